/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sends Ethernet frames as they are given, whatever they are: each line of the input is one, in
 * hexadecimal.
 *
 *   sendframes DEVICE [TIMES] <FRAMES
 *
 * A frame is sent TIMES times. Nothing is filled in, no length or checksum is looked at.
 */
#include <arpa/inet.h>
#include <linux/if.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loader/mem.h"

static int open_device(const char *name)
{
	struct sockaddr_ll at = {.sll_family = AF_PACKET};
	_close_ int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	struct ifreq ifr = {0};

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	if (fd < 0 || ioctl(fd, SIOCGIFINDEX, &ifr))
		return -1;
	at.sll_ifindex = ifr.ifr_ifindex;
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)))
		return -1;
	return TAKE_FD(fd);
}

/* Bytes of a line of hexadecimal digits, or -1. */
static ssize_t parse(const char *line, uint8_t *buf, size_t room)
{
	size_t n = strspn(line, "0123456789abcdefABCDEF");

	if (n % 2 || n / 2 > room || line[n + strspn(line + n, " \n")])
		return -1;
	for (size_t i = 0; i < n / 2; i++) {
		char byte[3] = {line[2 * i], line[2 * i + 1], 0};

		buf[i] = (uint8_t)strtoul(byte, NULL, 16);
	}
	return (ssize_t)(n / 2);
}

int main(int argc, char **argv)
{
	unsigned long times = argc > 2 ? strtoul(argv[2], NULL, 10) : 1;
	_close_ int fd = -1;
	_free_ char *line = NULL;
	size_t room = 0;

	if (argc < 2 || argc > 3 || !times) {
		fputs("usage: sendframes DEVICE [TIMES] <FRAMES\n", stderr);
		return 2;
	}
	fd = open_device(argv[1]);
	if (fd < 0) {
		perror(argv[1]);
		return 1;
	}
	for (int number = 1; getline(&line, &room, stdin) >= 0; number++) {
		uint8_t buf[16384];
		ssize_t n = parse(line, buf, sizeof(buf));

		if (n < ETH_HLEN) {
			fprintf(stderr, "sendframes: line %d is no frame\n", number);
			return 2;
		}
		for (unsigned long i = 0; i < times; i++)
			if (send(fd, buf, (size_t)n, 0) != n) {
				perror("sendframes");
				return 1;
			}
	}
	return 0;
}
