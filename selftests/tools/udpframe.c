// SPDX-License-Identifier: GPL-2.0-only
/* Writes a pcap file with one UDP packet, as calibration measures with, to standard output. */
#include <stdio.h>
#include <stdlib.h>

#include "loader/cost/cost.h"

int main(int argc, char **argv)
{
	uint32_t file[6] = {0xa1b2c3d4, 4 << 16 | 2, 0, 0, 65535, 1}, record[4] = {1, 0, 0, 0};
	uint8_t frame[1514];
	size_t len = cost_frame(COST_UDP, argc > 1 ? (size_t)atoi(argv[1]) : 64, frame);

	record[2] = record[3] = (uint32_t)len;
	return fwrite(file, sizeof(file), 1, stdout) != 1 ||
	       fwrite(record, sizeof(record), 1, stdout) != 1 ||
	       fwrite(frame, len, 1, stdout) != 1 || fflush(stdout);
}
