/* SPDX-License-Identifier: GPL-2.0-only */
/* Handing loaded graphs to the daemon. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "loader/mem.h"
#include "loader/runtime/config.h"
#include "loader/runtime/hand.h"
#include "loader/runtime/recut.h"
#include "loader/runtime/send_fds.h"

/* More than any graph has. */
#define MAX_FDS 65536

/* First message; the descriptors follow, in the order of gather(). */
struct head {
	uint8_t digest[32];
	uint32_t before;
	int32_t cut;
	uint32_t n_fds;
	uint32_t thread;
	uint64_t maps_ns, btf_ns, progs_ns;
	char tenant[SL_NAME_MAX + 1];
};

/* One graph of those that were sent. */
struct sl_hand {
	struct sl_hand *next;
	struct head head;
	int *fds; /* -1: taken */
	uint32_t n;
};

uint32_t sl_hand_mark(const struct sl_loaded *before)
{
	struct bpf_map_info info = {0};
	uint32_t len = sizeof(info);

	/* No graph shares this map with another. */
	if (!before || bpf_obj_get_info_by_fd(before->scratch, &info, &len))
		return 0;
	return info.id;
}

/* ---- Which descriptors -----------------------------------------------------------------------*/

static uint32_t count(const struct sl_compiled *c)
{
	return 4 + !!c->bundle->rodata_len + c->layout->events + (uint32_t)c->layout->n_pages +
	       c->layout->n_tables + c->bundle->n_progs;
}

static uint32_t gather(const struct sl_compiled *c, const struct sl_loaded *l, int *fds)
{
	uint32_t n = 0;

	fds[n++] = l->scratch;
	fds[n++] = l->chain;
	fds[n++] = l->data;
	fds[n++] = l->shown;
	if (c->bundle->rodata_len)
		fds[n++] = l->rodata;
	if (c->layout->events)
		fds[n++] = l->events;
	for (uint32_t i = 0; i < l->n_pages; i++)
		fds[n++] = l->pages[i];
	for (uint32_t i = 0; i < l->n_tables; i++)
		fds[n++] = l->tables[i];
	for (uint32_t i = 0; i < l->n_progs; i++)
		fds[n++] = l->progs[i];
	return n;
}

static int take(struct sl_hand *h, uint32_t *at)
{
	int *fd = &h->fds[(*at)++];

	return TAKE_FD(*fd);
}

static int take_all(struct sl_hand *h, uint32_t *at, uint32_t n, int **fds, uint32_t *got)
{
	*fds = malloc((n + 1) * sizeof(**fds));
	if (!*fds)
		return -ENOMEM;
	for (; *got < n; (*got)++)
		(*fds)[*got] = take(h, at);
	return 0;
}

/* In the order of gather(). */
static int scatter(struct sl_hand *h, const struct sl_compiled *c, struct sl_loaded *l)
{
	uint32_t at = 0;
	int ret;

	l->scratch = take(h, &at);
	l->chain = take(h, &at);
	l->data = take(h, &at);
	l->shown = take(h, &at);
	if (c->bundle->rodata_len)
		l->rodata = take(h, &at);
	if (c->layout->events)
		l->events = take(h, &at);
	ret = take_all(h, &at, c->layout->n_pages, &l->pages, &l->n_pages);
	ret = ret ? ret : take_all(h, &at, c->layout->n_tables, &l->tables, &l->n_tables);
	return ret ? ret : take_all(h, &at, c->bundle->n_progs, &l->progs, &l->n_progs);
}

/* ---- Sending ---------------------------------------------------------------------------------*/

int sl_hand_send(int sock, const char *tenant, const struct sl_compiled *c,
		 const struct sl_loaded *l, int cut, uint32_t before)
{
	uint32_t n = count(c);
	_free_ int *fds = calloc(n + 1, sizeof(*fds));
	struct head h = {.before = before,
			 .cut = cut,
			 .n_fds = n,
			 .thread = l->thread,
			 .maps_ns = l->maps_ns,
			 .btf_ns = l->btf_ns,
			 .progs_ns = l->progs_ns};
	int ret;

	if (!fds)
		return -ENOMEM;
	if (n > MAX_FDS || gather(c, l, fds) != n)
		return -EINVAL;
	memcpy(h.digest, c->digest, sizeof(h.digest));
	snprintf(h.tenant, sizeof(h.tenant), "%s", tenant);
	ret = sl_send_fds(sock, &h, sizeof(h), NULL, 0, MSG_DONTWAIT);
	for (uint32_t at = 0; at < n && !ret; at += SL_SEND_FDS_MOST) {
		uint32_t left = n - at;

		ret = sl_send_fds(sock, "", 1, fds + at,
				  left < SL_SEND_FDS_MOST ? left : SL_SEND_FDS_MOST, MSG_DONTWAIT);
	}
	return ret;
}

/* ---- Receiving -------------------------------------------------------------------------------*/

/* Descriptors of one message behind those there are. What is too many is closed again. */
static int receive_fds(int sock, struct sl_hand *h)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(SL_SEND_FDS_MOST * sizeof(int))];
	} control;
	char byte;
	struct iovec iov = {&byte, 1};
	struct msghdr m = {.msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = &control,
			   .msg_controllen = sizeof(control)};
	uint32_t before = h->n;

	if (recvmsg(sock, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) != 1)
		return -EBADMSG;
	for (struct cmsghdr *cm = CMSG_FIRSTHDR(&m); cm; cm = CMSG_NXTHDR(&m, cm)) {
		size_t n = (cm->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		const unsigned char *p = CMSG_DATA(cm);

		if (cm->cmsg_level != SOL_SOCKET || cm->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, p + i * sizeof(fd), sizeof(fd));
			if (h->n < h->head.n_fds)
				h->fds[h->n++] = fd;
			else
				close(fd);
		}
	}
	return (m.msg_flags & MSG_CTRUNC) || h->n == before ? -EBADMSG : 0;
}

static void free_one(struct sl_hand *h)
{
	for (uint32_t i = 0; h && i < h->n; i++)
		if (h->fds[i] >= 0)
			close(h->fds[i]);
	if (h)
		free(h->fds);
	free(h);
}

static struct sl_hand *receive_one(int sock)
{
	struct sl_hand *h = calloc(1, sizeof(*h));
	int ret = 0;

	if (!h)
		return NULL;
	if (recv(sock, &h->head, sizeof(h->head), MSG_DONTWAIT) != sizeof(h->head) ||
	    h->head.n_fds > MAX_FDS || h->head.cut < 0 || h->head.cut > SL_RECUTS)
		ret = -EBADMSG;
	else
		h->fds = calloc(h->head.n_fds + 1, sizeof(*h->fds));
	h->head.tenant[SL_NAME_MAX] = 0;
	while (!ret && h->fds && h->n < h->head.n_fds)
		ret = receive_fds(sock, h);
	if (!ret && h->fds)
		return h;
	free_one(h);
	return NULL;
}

struct sl_hand *sl_hand_receive(int sock)
{
	struct sl_hand *first = NULL, *h;

	/* Of each tenant the last. */
	while ((h = receive_one(sock))) {
		h->next = first;
		first = h;
	}
	return first;
}

static struct sl_hand *of_tenant(const struct sl_hand *h, const char *tenant)
{
	while (h && strcmp(h->head.tenant, tenant))
		h = h->next;
	return (struct sl_hand *)h;
}

int sl_hand_cut(const struct sl_hand *h, const char *tenant)
{
	h = of_tenant(h, tenant);
	return h ? h->head.cut : 0;
}

int sl_hand_take(struct sl_hand *h, const char *tenant, const struct sl_compiled *c, bool thread,
		 const struct sl_loaded *before, struct sl_loaded **out)
{
	SL_CLEANUP(sl_loaded_freep) struct sl_loaded *l = NULL;
	int ret;

	h = of_tenant(h, tenant);
	if (!h || !h->n || h->n != count(c) || h->fds[0] < 0 ||
	    memcmp(h->head.digest, c->digest, sizeof(c->digest)) || h->head.thread != thread ||
	    h->head.before != sl_hand_mark(before))
		return -ENOENT;
	ret = sl_loaded_new(c, &l);
	ret = ret ? ret : scatter(h, c, l);
	ret = ret ? ret : sl_loaded_words(l, c);
	if (ret)
		return ret;
	l->thread = thread;
	l->maps_ns = h->head.maps_ns;
	l->btf_ns = h->head.btf_ns;
	l->progs_ns = h->head.progs_ns;
	*out = TAKE_PTR(l);
	return 0;
}

void sl_hand_free(struct sl_hand *h)
{
	while (h) {
		struct sl_hand *next = h->next;

		free_one(h);
		h = next;
	}
}
