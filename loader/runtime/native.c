/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The native build's host: loads the shared object, lays a packet out as XDP would, keeps the
 * event records. Tables are in native_tables.c, handlers in native_live.c.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "loader/mem.h"
#include "loader/runtime/native_int.h"

/* As XDP: room in front of a packet, and the end of what a page leaves behind it. */
#define HEADROOM 256
#define PAGE_ROOM (4096 - 320)
/* Whatever elements do to a packet, there is no offset in it that they may not use. */
#define BUFFER (SL_OFF_MASK + 1)
#define MAX_EVENTS 4096

/* ---- What elements call ----------------------------------------------------------------------*/

uint64_t native_now(void *arg)
{
	struct timespec ts;

	(void)arg;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

/* splitmix64 */
static uint32_t host_random(void *arg)
{
	struct sl_native *n = arg;
	uint64_t z = n->rnd += 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return (uint32_t)(z >> 32);
}

static void host_event(void *arg, void *ring, const void *record, uint32_t len)
{
	struct sl_native *n = arg;
	uint8_t *copy;

	(void)ring;
	if (n->n_events >= MAX_EVENTS || SL_GROW(n->events, n->n_events, n->cap_events))
		return;
	copy = malloc(len + 1);
	if (!copy)
		return;
	memcpy(copy, record, len);
	n->events[n->n_events++] = (struct native_record){len, copy};
}

void sl_native_events(struct sl_native *n, void (*fn)(void *arg, const void *record, size_t len),
		      void *arg)
{
	for (size_t i = 0; i < n->n_events; i++) {
		fn(arg, n->events[i].bytes, n->events[i].len);
		free(n->events[i].bytes);
	}
	n->n_events = 0;
}

static void host_step(void *arg, const struct sl_pkt *p, uint32_t elem, uint32_t r)
{
	struct sl_native *n = arg;
	const struct sl_native_ctx *x = &n->ctx;
	const struct sl_native_step step = {
		.elem = elem,
		.r = r,
		.off = p->off,
		.mac = p->mac,
		.nh = p->nh,
		.th = p->th,
		.type = p->type,
		.anno = &p->anno,
		.start = x->data - (n->buffer + HEADROOM),
		.bytes = x->data,
		.len = (size_t)(x->data_end - x->data),
	};

	n->step_fn(n->step_arg, &step);
}

void sl_native_follow(struct sl_native *n, void (*fn)(void *arg, const struct sl_native_step *step),
		      void *arg)
{
	n->step_fn = fn;
	n->step_arg = arg;
	n->host.step = fn ? host_step : NULL;
}

/* ---- Loading ---------------------------------------------------------------------------------*/

static int load_object(struct sl_native *n, struct sl_diags *d)
{
	_close_ int fd = memfd_create("graph", MFD_CLOEXEC);
	char path[64];

	if (fd < 0)
		return -errno;
	if (write(fd, n->c->native_so, n->c->native_len) != (ssize_t)n->c->native_len)
		return -EIO;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n->so = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	n->g = n->so ? dlsym(n->so, "sl_native_graph") : NULL;
	if (!n->g || n->g->abi != SL_ABI_VERSION || n->g->n_pages != n->c->layout->n_pages ||
	    n->g->n_tables != n->c->layout->n_tables) {
		const char *why = dlerror();

		sl_error(d, SL_NOPOS, "native", "the native build cannot be loaded: %s",
			 why ? why : "not an object of this version");
		return -EINVAL;
	}
	return 0;
}

int sl_native_new(const struct sl_compiled *c, struct sl_diags *d, struct sl_native **out)
{
	struct sl_native *n = calloc(1, sizeof(*n));
	int ret;

	if (!n)
		return -ENOMEM;
	n->c = c;
	n->rnd = native_now(NULL);
	n->host = (struct sl_host){
		native_now, host_random, native_table_find, native_table_set, native_table_del,
		host_event, NULL};
	n->buffer = malloc(BUFFER);
	n->bases = calloc(c->bundle->n_elems + 1ul, sizeof(*n->bases));
	ret = n->buffer && n->bases ? load_object(n, d) : -ENOMEM;
	ret = ret ? ret : native_tables_make(n);
	if (ret) {
		sl_native_free(n);
		return ret;
	}
	*n->g->events = n;
	for (uint32_t i = 0; i < c->bundle->n_elems; i++)
		if (c->bundle->elems[i].rw_len)
			memcpy((uint8_t *)n->g->data + c->layout->elems[i].rw,
			       c->bundle->elems[i].rw, c->bundle->elems[i].rw_len);
	*out = n;
	return 0;
}

void sl_native_free(struct sl_native *n)
{
	if (!n)
		return;
	native_tables_free(n);
	for (size_t i = 0; i < n->n_events; i++)
		free(n->events[i].bytes);
	free(n->events);
	free(n->buffer);
	free(n->bases);
	if (n->so)
		dlclose(n->so);
	free(n);
}

/* ---- Running ---------------------------------------------------------------------------------*/

void sl_native_fix(struct sl_native *n, bool fixed, uint64_t now_ns, uint32_t rnd)
{
	struct sl_env *env = n->g->data;

	env->fixed = fixed;
	env->now_ns = now_ns;
	env->rnd = rnd;
}

void sl_native_clock(struct sl_native *n, uint64_t now_ns)
{
	struct sl_env *env = n->g->data;

	env->fixed = 1;
	env->now_ns = now_ns;
}

uint32_t sl_native_run(struct sl_native *n, const void *meta, size_t meta_len, const uint8_t **buf,
		       size_t *len, bool resume)
{
	struct sl_native_ctx *x = &n->ctx;
	uint32_t answer;

	if (*len > BUFFER - HEADROOM - 1024)
		return SL_ANSWER(SL_V_DROP, SL_R_ABORTED, SL_ELEM_NONE);
	x->head = n->buffer;
	x->data = x->data_meta = n->buffer + HEADROOM;
	memmove(x->data, *buf, *len);
	x->data_end = x->data + *len;
	x->tail = n->buffer + (HEADROOM + *len < PAGE_ROOM ? PAGE_ROOM : BUFFER);
	if (meta_len) {
		x->data_meta -= meta_len;
		memcpy(x->data_meta, meta, meta_len);
	}
	x->host = &n->host;
	x->host_arg = n;
	answer = n->g->run(x, resume);
	*buf = x->data;
	*len = (size_t)(x->data_end - x->data);
	return answer;
}
