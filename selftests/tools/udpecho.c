/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * UDP datagrams that come back, each compared byte for byte with what was sent.
 *   udpecho listen ADDRESS PORT              prints "listening", sends all back, ends with SIGTERM
 *   udpecho send ADDRESS PORT COUNT BYTES    one after the other
 * IPv4 or IPv6 addresses; datagrams larger than the MTU travel in fragments. Status 0 of `send`
 * only when every one came back, unchanged, within 10 seconds.
 */
#include <netdb.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loader/mem.h"

#define MOST 65507
#define PATIENCE_MS 10000

_Noreturn static void echo(int fd)
{
	static uint8_t buf[MOST];

	puts("listening");
	fflush(stdout);
	for (;;) {
		struct sockaddr_storage from;
		socklen_t len = sizeof(from);
		ssize_t n = recvfrom(fd, buf, sizeof(buf), 0, (struct sockaddr *)&from, &len);

		if (n >= 0)
			sendto(fd, buf, (size_t)n, 0, (struct sockaddr *)&from, len);
	}
}

/* Sends one datagram of random bytes and compares what comes back. */
static int round_trip(int fd, size_t bytes)
{
	static uint8_t out[MOST], in[MOST];
	struct pollfd p = {.fd = fd, .events = POLLIN};

	for (size_t at = 0; at < bytes;) {
		ssize_t n = getrandom(out + at, bytes - at, 0);

		if (n < 0)
			return -1;
		at += (size_t)n;
	}
	if (send(fd, out, bytes, 0) != (ssize_t)bytes) {
		perror("udpecho: send");
		return -1;
	}
	if (poll(&p, 1, PATIENCE_MS) != 1) {
		fputs("udpecho: nothing comes back\n", stderr);
		return -1;
	}
	if (recv(fd, in, sizeof(in), 0) != (ssize_t)bytes || memcmp(in, out, bytes)) {
		fputs("udpecho: what came back is not what was sent\n", stderr);
		return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct addrinfo hints = {.ai_socktype = SOCK_DGRAM,
				 .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
	bool listens = argc == 4 && !strcmp(argv[1], "listen");
	unsigned long count, bytes;
	struct addrinfo *ai;
	_close_ int fd = -1;

	if (!listens && (argc != 6 || strcmp(argv[1], "send"))) {
		fputs("usage: udpecho listen ADDRESS PORT | send ADDRESS PORT COUNT BYTES\n",
		      stderr);
		return 2;
	}
	if (getaddrinfo(argv[2], argv[3], &hints, &ai)) {
		fputs("udpecho: bad address or port\n", stderr);
		return 2;
	}
	fd = socket(ai->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || (listens ? bind : connect)(fd, ai->ai_addr, ai->ai_addrlen)) {
		perror("udpecho");
		freeaddrinfo(ai);
		return 1;
	}
	freeaddrinfo(ai);
	if (listens)
		echo(fd);
	count = strtoul(argv[4], NULL, 10);
	bytes = strtoul(argv[5], NULL, 10);
	if (!count || bytes > MOST)
		return 2;
	for (unsigned long i = 0; i < count; i++)
		if (round_trip(fd, bytes))
			return 1;
	printf("%lu datagrams of %lu bytes came back\n", count, bytes);
	return 0;
}
