/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A GRE tunnel end in user space (RFC 2784, RFC 2890), for hosts whose kernel has no GRE device:
 * packets of a TUN device (IP) or TAP device (Ethernet) go out through a raw socket, and back.
 *
 *   gretun DEVICE LOCAL REMOTE [key N] [csum] [seq] [tap]
 *
 * The device is made, up, and the line "ready" printed; ends with SIGTERM. Sequence numbers are
 * sent and received in any order: order is the other end's matter.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loader/mem.h"

#define GRE 47
#define F_CSUM 0x8000
#define F_KEY 0x2000
#define F_SEQ 0x1000

struct tunnel {
	int tun, raw;
	bool v6, tap;
	uint16_t flags;
	uint32_t key, seq;
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static uint16_t checksum(const uint8_t *p, size_t n)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < n; i += 2)
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	if (n & 1)
		sum += (uint32_t)p[n - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, (uint16_t)(v >> 16));
	put16(p + 2, (uint16_t)v);
}

/* Bytes of GRE header with these flags. */
static size_t header_len(uint16_t flags)
{
	return 4 + (flags & F_CSUM ? 4 : 0) + (flags & F_KEY ? 4 : 0) + (flags & F_SEQ ? 4 : 0);
}

static int open_tun(const char *name, bool tap)
{
	struct ifreq ifr = {.ifr_flags = (short)((tap ? IFF_TAP : IFF_TUN) | IFF_NO_PI)};
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &ifr))
		die("tun");
	ifr.ifr_flags = IFF_UP;
	if (s < 0 || ioctl(s, SIOCSIFFLAGS, &ifr))
		die("up");
	close(s);
	return fd;
}

static int open_raw(const char *local, const char *remote, bool *v6)
{
	struct sockaddr_in a4 = {.sin_family = AF_INET}, b4 = a4;
	struct sockaddr_in6 a6 = {.sin6_family = AF_INET6}, b6 = a6;
	int buf = 4 << 20, fd;

	*v6 = strchr(local, ':') != NULL;
	fd = socket(*v6 ? AF_INET6 : AF_INET, SOCK_RAW | SOCK_CLOEXEC, GRE);
	if (fd < 0)
		die("raw socket");
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buf, sizeof(buf));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &buf, sizeof(buf));
	if (*v6) {
		if (inet_pton(AF_INET6, local, &a6.sin6_addr) != 1 ||
		    inet_pton(AF_INET6, remote, &b6.sin6_addr) != 1 ||
		    bind(fd, (struct sockaddr *)&a6, sizeof(a6)) ||
		    connect(fd, (struct sockaddr *)&b6, sizeof(b6)))
			die("addresses");
	} else if (inet_pton(AF_INET, local, &a4.sin_addr) != 1 ||
		   inet_pton(AF_INET, remote, &b4.sin_addr) != 1 ||
		   bind(fd, (struct sockaddr *)&a4, sizeof(a4)) ||
		   connect(fd, (struct sockaddr *)&b4, sizeof(b4))) {
		die("addresses");
	}
	return fd;
}

static void send_one(struct tunnel *t)
{
	uint8_t buf[65536];
	size_t head = header_len(t->flags), at = 4;
	ssize_t n = read(t->tun, buf + head, sizeof(buf) - head);
	uint16_t proto;

	if (n <= 0)
		return;
	proto = t->tap ? 0x6558 : (buf[head] >> 4) == 6 ? 0x86dd : 0x0800;
	memset(buf, 0, head);
	put16(buf, t->flags);
	put16(buf + 2, proto);
	if (t->flags & F_CSUM)
		at += 4;
	if (t->flags & F_KEY) {
		put32(buf + at, t->key);
		at += 4;
	}
	if (t->flags & F_SEQ)
		put32(buf + at, t->seq++);
	if (t->flags & F_CSUM)
		put16(buf + 4, checksum(buf, head + (size_t)n));
	if (send(t->raw, buf, head + (size_t)n, 0) < 0 && errno != ENOBUFS && errno != EPERM)
		perror("send");
}

static void receive_one(struct tunnel *t)
{
	uint8_t buf[65536], *p = buf;
	ssize_t n = recv(t->raw, buf, sizeof(buf), 0);
	size_t head, at = 4;
	uint16_t flags;

	if (n <= 0)
		return;
	if (!t->v6) {
		/* IPv4 raw sockets deliver the outer header, too. */
		head = (size_t)(p[0] & 15) * 4;
		if (n < (ssize_t)head)
			return;
		p += head;
		n -= (ssize_t)head;
	}
	if (n < 4)
		return;
	flags = (uint16_t)(p[0] << 8 | p[1]);
	if (flags != t->flags)
		return;
	head = header_len(flags);
	if (n < (ssize_t)head || (flags & F_CSUM && checksum(p, (size_t)n)))
		return;
	if (flags & F_CSUM)
		at += 4;
	if (flags & F_KEY) {
		uint8_t want[4];

		put32(want, t->key);
		if (memcmp(p + at, want, 4))
			return;
	}
	if (write(t->tun, p + head, (size_t)n - head) < 0 && errno != EIO)
		perror("write");
}

int main(int argc, char **argv)
{
	struct tunnel t = {0};
	struct pollfd fds[2];

	if (argc < 4) {
		fputs("usage: gretun DEVICE LOCAL REMOTE [key N] [csum] [seq] [tap]\n", stderr);
		return 2;
	}
	for (int i = 4; i < argc; i++) {
		if (!strcmp(argv[i], "key") && i + 1 < argc) {
			t.flags |= F_KEY;
			t.key = (uint32_t)strtoul(argv[++i], NULL, 0);
		} else if (!strcmp(argv[i], "csum")) {
			t.flags |= F_CSUM;
		} else if (!strcmp(argv[i], "seq")) {
			t.flags |= F_SEQ;
		} else if (!strcmp(argv[i], "tap")) {
			t.tap = true;
		} else {
			fprintf(stderr, "gretun: what is '%s'?\n", argv[i]);
			return 2;
		}
	}
	t.raw = open_raw(argv[2], argv[3], &t.v6);
	t.tun = open_tun(argv[1], t.tap);
	puts("ready");
	fflush(stdout);
	fds[0] = (struct pollfd){.fd = t.tun, .events = POLLIN};
	fds[1] = (struct pollfd){.fd = t.raw, .events = POLLIN};
	while (poll(fds, 2, -1) >= 0 || errno == EINTR) {
		if (fds[0].revents)
			send_one(&t);
		if (fds[1].revents)
			receive_one(&t);
	}
	return 1;
}
