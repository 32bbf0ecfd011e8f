/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A VLAN device in user space, for hosts whose kernel has none: a TAP device whose frames travel on
 * LOWER behind one tag (802.1Q), or two (802.1ad, then 802.1Q).
 *
 *   vlantap DEVICE LOWER VLAN [INNER]
 *
 * The device has LOWER's Ethernet address, is up, and the line "ready" is printed; ends with
 * SIGTERM. Frames with other tags are left alone.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
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

#define ADDRS (2 * ETH_ALEN)
#define TAG 4
#define FRAME 65536

struct ends {
	int tap, wire;
	uint8_t tags[2 * TAG]; /* as they are on the wire */
	size_t tags_len;
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void put_tag(uint8_t *p, uint16_t type, unsigned long vid)
{
	uint16_t words[2] = {htons(type), htons((uint16_t)vid)};

	memcpy(p, words, sizeof(words));
}

static void device_request(int s, unsigned long request, struct ifreq *ifr, const char *name)
{
	snprintf(ifr->ifr_name, sizeof(ifr->ifr_name), "%s", name);
	if (ioctl(s, request, ifr))
		die(name);
}

static int open_wire(const char *name)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), one = 1, buf = 4 << 20;
	struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
	struct ifreq ifr = {0};

	if (fd < 0)
		die("packet socket");
	device_request(fd, SIOCGIFINDEX, &ifr, name);
	at.sll_ifindex = ifr.ifr_ifindex;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buf, sizeof(buf));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &buf, sizeof(buf));
	if (setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &one, sizeof(one)) ||
	    bind(fd, (struct sockaddr *)&at, sizeof(at)))
		die(name);
	return fd;
}

static int open_tap(const char *name, const char *lower)
{
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq ifr = {.ifr_flags = IFF_TAP | IFF_NO_PI}, addr = {0};

	if (fd < 0 || s < 0)
		die("tun");
	device_request(fd, TUNSETIFF, &ifr, name);
	device_request(s, SIOCGIFHWADDR, &addr, lower);
	device_request(s, SIOCSIFHWADDR, &addr, name);
	ifr.ifr_flags = IFF_UP;
	device_request(s, SIOCSIFFLAGS, &ifr, name);
	close(s);
	return fd;
}

static void send_one(const struct ends *e)
{
	uint8_t buf[FRAME];
	ssize_t n = read(e->tap, buf + e->tags_len, sizeof(buf) - e->tags_len);

	if (n < ETH_HLEN)
		return;
	memmove(buf, buf + e->tags_len, ADDRS);
	memcpy(buf + ADDRS, e->tags, e->tags_len);
	if (send(e->wire, buf, (size_t)n + e->tags_len, 0) < 0 && errno != ENOBUFS)
		perror("send");
}

/* The kernel takes the outermost tag off and tells it beside the frame: puts it back. The length of
 * the frame, 0 when it is not one that came in. */
static size_t receive_tagged(int fd, uint8_t *buf, size_t room)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	} control;
	struct sockaddr_ll from;
	struct iovec io = {buf + TAG, room - TAG};
	struct msghdr m = {.msg_name = &from,
			   .msg_namelen = sizeof(from),
			   .msg_iov = &io,
			   .msg_iovlen = 1,
			   .msg_control = &control,
			   .msg_controllen = sizeof(control)};
	ssize_t n = recvmsg(fd, &m, 0);
	struct tpacket_auxdata aux;
	const struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&m) : NULL;

	if (n < ETH_HLEN || from.sll_pkttype == PACKET_OUTGOING)
		return 0;
	if (c && c->cmsg_level == SOL_PACKET && c->cmsg_type == PACKET_AUXDATA) {
		memcpy(&aux, CMSG_DATA(c), sizeof(aux));
		if (aux.tp_status & TP_STATUS_VLAN_VALID) {
			memmove(buf, buf + TAG, ADDRS);
			put_tag(buf + ADDRS, aux.tp_vlan_tpid, aux.tp_vlan_tci);
			return (size_t)n + TAG;
		}
	}
	memmove(buf, buf + TAG, (size_t)n);
	return (size_t)n;
}

static void receive_one(const struct ends *e)
{
	uint8_t buf[FRAME];
	size_t n = receive_tagged(e->wire, buf, sizeof(buf));

	if (n < ETH_HLEN + e->tags_len || memcmp(buf + ADDRS, e->tags, e->tags_len))
		return;
	memmove(buf + e->tags_len, buf, ADDRS);
	if (write(e->tap, buf + e->tags_len, n - e->tags_len) < 0 && errno != EIO)
		perror("write");
}

int main(int argc, char **argv)
{
	struct ends e = {0};
	struct pollfd fds[2];

	if (argc < 4 || argc > 5) {
		fputs("usage: vlantap DEVICE LOWER VLAN [INNER]\n", stderr);
		return 2;
	}
	put_tag(e.tags, argc == 5 ? ETH_P_8021AD : ETH_P_8021Q, strtoul(argv[3], NULL, 0));
	e.tags_len = TAG;
	if (argc == 5) {
		put_tag(e.tags + TAG, ETH_P_8021Q, strtoul(argv[4], NULL, 0));
		e.tags_len += TAG;
	}
	e.wire = open_wire(argv[2]);
	e.tap = open_tap(argv[1], argv[2]);
	puts("ready");
	fflush(stdout);
	fds[0] = (struct pollfd){.fd = e.tap, .events = POLLIN};
	fds[1] = (struct pollfd){.fd = e.wire, .events = POLLIN};
	while (poll(fds, 2, -1) >= 0 || errno == EINTR) {
		if (fds[0].revents)
			send_one(&e);
		if (fds[1].revents)
			receive_one(&e);
	}
	return 1;
}
