// SPDX-License-Identifier: GPL-2.0-only
/*
 * Both ends of a TCP transfer that is its own proof: each side sends BYTES of random data and their
 * SHA-256, at the same time, and checks what it gets from the other.
 *   xfer listen ADDRESS PORT BYTES        prints "listening" when a connection would succeed
 *   xfer connect ADDRESS PORT BYTES
 * IPv4 or IPv6 addresses. Status 0 only when everything arrived, and unchanged; gives up when
 * nothing moves for 15 seconds.
 */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sha2.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loader/mem.h"

#define STALL_MS 15000
#define CHUNK 65536

struct stream {
	SHA2_CTX hash;
	uint64_t left; /* bytes of data still to come or to go */
	uint8_t digest[SHA256_DIGEST_LENGTH];
	size_t digest_done;
	bool sealed; /* `digest` is final */
};

static void stream_init(struct stream *s, uint64_t bytes)
{
	memset(s, 0, sizeof(*s));
	s->left = bytes;
	SHA256Init(&s->hash);
}

static bool stream_done(const struct stream *s)
{
	return s->digest_done == SHA256_DIGEST_LENGTH;
}

/* xorshift64*, seeded from the kernel: the data need only be different each time. */
static uint64_t random_state;

static void fill(uint8_t *buf, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		random_state ^= random_state >> 12;
		random_state ^= random_state << 25;
		random_state ^= random_state >> 27;
		buf[i] = (random_state * 0x2545f4914f6cdd1dULL) >> 56;
	}
}

/* What was generated and not yet taken by the socket. */
static uint8_t pending[CHUNK];
static size_t pending_at, pending_len;

static int send_some(int fd, struct stream *s)
{
	ssize_t n;

	if (pending_at == pending_len && s->left) {
		pending_len = s->left < CHUNK ? s->left : CHUNK;
		pending_at = 0;
		fill(pending, pending_len);
		SHA256Update(&s->hash, pending, pending_len);
		s->left -= pending_len;
	}
	if (pending_at < pending_len) {
		n = send(fd, pending + pending_at, pending_len - pending_at, MSG_NOSIGNAL);
		if (n > 0)
			pending_at += n;
	} else {
		if (!s->sealed)
			SHA256Final(s->digest, &s->hash);
		s->sealed = true;
		n = send(fd, s->digest + s->digest_done, sizeof(s->digest) - s->digest_done,
			 MSG_NOSIGNAL);
		if (n > 0)
			s->digest_done += n;
		if (stream_done(s))
			shutdown(fd, SHUT_WR);
	}
	return n < 0 && errno != EAGAIN && errno != EINTR ? -errno : 0;
}

static int receive_some(int fd, struct stream *s, uint8_t *theirs)
{
	static uint8_t buf[CHUNK];
	size_t want = s->left < CHUNK ? s->left : CHUNK;
	ssize_t n;

	if (s->left) {
		n = recv(fd, buf, want, 0);
		if (n > 0) {
			SHA256Update(&s->hash, buf, n);
			s->left -= n;
		}
	} else {
		n = recv(fd, theirs + s->digest_done, SHA256_DIGEST_LENGTH - s->digest_done, 0);
		if (n > 0)
			s->digest_done += n;
	}
	if (n < 0)
		return errno != EAGAIN && errno != EINTR ? -errno : 0;
	return n ? 0 : -ECONNRESET;
}

static void print_hash(const char *word, uint64_t bytes, const uint8_t *digest)
{
	printf("%s %llu bytes, sha256 ", word, (unsigned long long)bytes);
	for (int i = 0; i < SHA256_DIGEST_LENGTH; i++)
		printf("%02x", digest[i]);
	printf("\n");
}

static int transfer(int fd, uint64_t bytes)
{
	struct stream in, out;
	uint8_t theirs[SHA256_DIGEST_LENGTH];
	int err = 0;

	stream_init(&in, bytes);
	stream_init(&out, bytes);
	while (!err && (!stream_done(&in) || !stream_done(&out))) {
		struct pollfd p = {.fd = fd};

		p.events = (stream_done(&in) ? 0 : POLLIN) | (stream_done(&out) ? 0 : POLLOUT);
		if (poll(&p, 1, STALL_MS) == 0)
			err = -ETIMEDOUT;
		else if (p.revents & (POLLIN | POLLHUP | POLLERR) && !stream_done(&in))
			err = receive_some(fd, &in, theirs);
		if (!err && p.revents & POLLOUT && !stream_done(&out))
			err = send_some(fd, &out);
	}
	if (err) {
		fprintf(stderr, "xfer: %s, with %llu bytes to receive and %llu to send\n",
			strerror(-err), (unsigned long long)in.left, (unsigned long long)out.left);
		return err;
	}
	SHA256Final(in.digest, &in.hash);
	print_hash("sent", bytes, out.digest);
	print_hash("received", bytes, in.digest);
	if (memcmp(in.digest, theirs, sizeof(theirs))) {
		fprintf(stderr, "xfer: what was received is not what was sent\n");
		return -EBADMSG;
	}
	return 0;
}

static int wait_for(int fd, short events)
{
	struct pollfd p = {.fd = fd, .events = events};

	return poll(&p, 1, STALL_MS) == 1 ? 0 : -ETIMEDOUT;
}

static int open_listening(const struct addrinfo *ai, int *out)
{
	_close_ int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int one = 1, conn;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    bind(fd, ai->ai_addr, ai->ai_addrlen) || listen(fd, 1))
		return -errno;
	printf("listening\n");
	fflush(stdout);
	if (wait_for(fd, POLLIN))
		return -ETIMEDOUT;
	conn = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (conn < 0)
		return -errno;
	*out = conn;
	return 0;
}

static int open_connected(const struct addrinfo *ai, int *out)
{
	_close_ int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	socklen_t len = sizeof(int);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (connect(fd, ai->ai_addr, ai->ai_addrlen) && errno != EINPROGRESS)
		return -errno;
	if (wait_for(fd, POLLOUT))
		return -ETIMEDOUT;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len))
		return -errno;
	if (err)
		return -err;
	*out = TAKE_FD(fd);
	return 0;
}

int main(int argc, char **argv)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
				 .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
	struct addrinfo *ai;
	_close_ int fd = -1;
	char *end;
	uint64_t bytes;
	int err;

	if (argc != 5 || (strcmp(argv[1], "listen") && strcmp(argv[1], "connect"))) {
		fprintf(stderr, "usage: xfer listen|connect ADDRESS PORT BYTES\n");
		return 2;
	}
	bytes = strtoull(argv[4], &end, 10);
	if (!bytes || *end || getaddrinfo(argv[2], argv[3], &hints, &ai)) {
		fprintf(stderr, "xfer: bad address, port or size\n");
		return 2;
	}
	if (getrandom(&random_state, sizeof(random_state), 0) != sizeof(random_state))
		return 1;
	random_state |= 1;
	err = argv[1][0] == 'l' ? open_listening(ai, &fd) : open_connected(ai, &fd);
	freeaddrinfo(ai);
	if (err) {
		fprintf(stderr, "xfer: %s %s: %s\n", argv[1], argv[2], strerror(-err));
		return 1;
	}
	return transfer(fd, bytes) ? 1 : 0;
}
