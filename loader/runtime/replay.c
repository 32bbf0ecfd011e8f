/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Replay: one packet at a time through a compiled graph. A copy that the graph asks for is made
 * here as the platform would make it: the packet as left, entered again once for each branch, as
 * often as the packet's credit allows.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "bpf/pkt.h"
#include "loader/mem.h"
#include "loader/runtime/live.h"
#include "loader/runtime/native.h"
#include "loader/runtime/replay.h"
#include "replay.skel.h"

/* What BPF_PROG_RUN takes: a page less its head room and the shared info behind. */
#define RUN_MIN 14
#define RUN_MAX 3400
#define PACKET_MAX 16384

struct sl_replay {
	const struct sl_compiled *c;
	struct sl_live live;
	uint8_t *frames[SL_REPLAY_MAX_OUT];
	uint32_t head;
	/* BPF */
	struct sl_loaded *loaded;
	struct replay *skel;
	struct sl_live_maps maps;
	struct ring_buffer *ring;
	int first; /* the program packets enter by, as the wrapper has it; 0: none yet */
	void (*event_fn)(void *arg, const void *record, size_t len);
	void *event_arg;
	/* native */
	struct sl_native *native;
	void (*step_fn)(void *arg, const struct sl_native_step *step);
	void *step_arg;
};

/* ---- Opening ---------------------------------------------------------------------------------*/

static int on_event(void *ctx, void *data, size_t len)
{
	struct sl_replay *r = ctx;

	if (r->event_fn)
		r->event_fn(r->event_arg, data, len);
	return 0;
}

static int quiet(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	(void)level;
	(void)fmt;
	(void)ap;
	return 0;
}

static int open_bpf(struct sl_replay *r, const struct sl_replay_opts *o, struct sl_diags *d)
{
	struct sl_load_opts lo = {.name = "replay"};
	struct sl_env *env;
	int ret = sl_load(r->c, &lo, d, &r->loaded);

	if (ret)
		return ret;
	env = r->loaded->data_map;
	env->fixed = o->fixed_clock;
	env->now_ns = o->now_ns;
	env->rnd = o->rnd;
	libbpf_set_print(quiet);
	r->skel = replay__open_and_load();
	if (!r->skel) {
		sl_error(d, SL_NOPOS, "replay", "the kernel refuses the wrapper program: %s",
			 strerror(errno));
		return -errno;
	}
	if (r->loaded->events >= 0) {
		r->ring = ring_buffer__new(r->loaded->events, on_event, r, NULL);
		if (!r->ring)
			return -errno;
	}
	r->maps = (struct sl_live_maps){.c = r->c, .l = r->loaded};
	r->live = (struct sl_live){
		.ops = &sl_live_map_ops, .program = r->c->program, .arg = &r->maps};
	return 0;
}

static int open_native(struct sl_replay *r, const struct sl_replay_opts *o, struct sl_diags *d)
{
	int ret = sl_native_new(r->c, d, &r->native);

	if (ret)
		return ret;
	sl_native_fix(r->native, o->fixed_clock, o->now_ns, o->rnd);
	r->live = (struct sl_live){
		.ops = &sl_live_native_ops, .program = r->c->program, .arg = r->native};
	return 0;
}

int sl_replay_new(const struct sl_compiled *c, const struct sl_replay_opts *opts,
		  struct sl_diags *d, struct sl_replay **out)
{
	struct sl_replay *r = calloc(1, sizeof(*r));
	int ret = -ENOMEM;

	if (!r)
		return -ENOMEM;
	r->c = c;
	r->head = c->bundle->head;
	for (size_t i = 0; i < SL_REPLAY_MAX_OUT; i++) {
		r->frames[i] = malloc(PACKET_MAX);
		if (!r->frames[i])
			goto fail;
	}
	ret = opts->native ? open_native(r, opts, d) : open_bpf(r, opts, d);
	if (ret)
		goto fail;
	*out = r;
	return 0;
fail:
	sl_replay_free(r);
	return ret;
}

void sl_replay_free(struct sl_replay *r)
{
	if (!r)
		return;
	ring_buffer__free(r->ring);
	if (r->skel)
		replay__destroy(r->skel);
	sl_loaded_free(r->loaded);
	sl_native_free(r->native);
	for (size_t i = 0; i < SL_REPLAY_MAX_OUT; i++)
		free(r->frames[i]);
	free(r);
}

struct sl_live *sl_replay_live(struct sl_replay *r)
{
	return &r->live;
}

struct sl_loaded *sl_replay_loaded(struct sl_replay *r)
{
	return r->loaded;
}

void sl_replay_set_clock(struct sl_replay *r, uint64_t now_ns)
{
	struct sl_env *env;

	if (r->native) {
		sl_native_clock(r->native, now_ns);
		return;
	}
	env = r->loaded->data_map;
	env->fixed = 1;
	env->now_ns = now_ns;
}

int sl_replay_events(struct sl_replay *r, void (*fn)(void *arg, const void *record, size_t len),
		     void *arg)
{
	int ret = 0;

	if (r->native) {
		sl_native_events(r->native, fn, arg);
		return 0;
	}
	if (!r->ring)
		return 0;
	r->event_fn = fn;
	r->event_arg = arg;
	ret = ring_buffer__consume(r->ring);
	r->event_fn = NULL;
	return ret < 0 ? ret : 0;
}

int sl_replay_follow(struct sl_replay *r, void (*fn)(void *arg, const struct sl_native_step *step),
		     void *arg)
{
	if (!r->native)
		return -EOPNOTSUPP;
	r->step_fn = fn;
	r->step_arg = arg;
	sl_native_follow(r->native, fn, arg);
	return 0;
}

bool sl_replay_evicted(const struct sl_replay *r)
{
	return r->native && sl_native_evicted(r->native);
}

/* ---- Running ---------------------------------------------------------------------------------*/

/* A packet as segment 0 is to find it. */
struct laid {
	struct sl_entry entry;
	bool meta; /* the entry record is metadata, not in `bytes` */
	size_t len;
	uint8_t bytes[PACKET_MAX];
};

static void lay(const struct sl_replay *r, struct laid *p, uint8_t dev, const void *frame,
		size_t len)
{
	p->entry = (struct sl_entry){.dev = dev};
	p->meta = r->head < SL_ENTRY_LEN;
	memset(p->bytes, 0, r->head);
	if (!p->meta)
		memcpy(p->bytes, &p->entry, sizeof(p->entry));
	memcpy(p->bytes + r->head, frame, len);
	p->len = r->head + len;
}

/* Setting the slot costs more than a run, and is the same for one packet after the other. */
static int enter_by(struct sl_replay *r, int prog)
{
	uint32_t zero = 0;

	if (r->first == prog)
		return 0;
	if (bpf_map_update_elem(bpf_map__fd(r->skel->maps.chain), &zero, &prog, BPF_ANY))
		return -1;
	r->first = prog;
	return 0;
}

static int run_bpf(struct sl_replay *r, struct laid *p, bool resume, uint32_t *answer)
{
	uint8_t in[SL_ENTRY_LEN + PACKET_MAX];
	uint32_t meta = p->meta ? sizeof(p->entry) : 0;
	struct bpf_md {
		uint32_t data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex;
	} ctx = {.data = meta, .data_end = meta + (uint32_t)p->len};
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = in, .data_size_in = meta + (uint32_t)p->len,
		    .data_out = p->bytes, .data_size_out = sizeof(p->bytes), .repeat = 1);
	int first = resume ? r->loaded->progs[r->loaded->n_segments] : r->loaded->progs[0];

	if (p->len < RUN_MIN || p->len > RUN_MAX)
		return -EMSGSIZE;
	memcpy(in, &p->entry, meta);
	memcpy(in + meta, p->bytes, p->len);
	if (meta) {
		o.ctx_in = &ctx;
		o.ctx_size_in = sizeof(ctx);
	}
	if (enter_by(r, first) ||
	    bpf_prog_test_run_opts(bpf_program__fd(r->skel->progs.sl_replay), &o))
		return -errno;
	*answer = o.retval;
	p->len = o.data_size_out;
	return 0;
}

static int run_native(struct sl_replay *r, struct laid *p, bool resume, uint32_t *answer)
{
	const uint8_t *buf = p->bytes;
	size_t len = p->len;

	*answer = sl_native_run(r->native, &p->entry, p->meta ? sizeof(p->entry) : 0, &buf, &len,
				resume);
	if (len > sizeof(p->bytes))
		return -EMSGSIZE;
	memcpy(p->bytes, buf, len);
	p->len = len;
	return 0;
}

/* `left`: copies that may still be made of the packet. */
static int run(struct sl_replay *r, struct laid *p, bool resume, struct sl_replay_out *out, int n,
	       unsigned int left);

/* Both branches of a copy, the first one's packet kept for the second: that which leaves the
 * copying element, then that which goes on to the ways behind. */
static int run_copies(struct sl_replay *r, struct laid *p, uint32_t point,
		      struct sl_replay_out *out, int n, unsigned int left)
{
	_free_ struct laid *again = malloc(sizeof(*again));
	struct sl_split split;
	unsigned int part[2];

	if (!again)
		return -ENOMEM;
	if (p->len < sizeof(split))
		return -EBADMSG;
	memcpy(&split, p->bytes, sizeof(split));
	split.branch &= 1;
	part[split.branch] = split.copies < left - 1 ? split.copies : left - 1;
	part[!split.branch] = left - 1 - part[split.branch];
	for (int branch = 1; branch >= 0; branch--) {
		struct sl_entry en = {
			.flags = (uint8_t)(SL_ENTRY_COPY | (branch ? SL_ENTRY_BRANCH : 0)),
			.point = (uint16_t)point};

		*again = *p;
		again->meta = false;
		memcpy(again->bytes, &en, sizeof(en));
		n = run(r, again, true, out, n, part[branch]);
		if (n < 0)
			return n;
	}
	return n;
}

static int run(struct sl_replay *r, struct laid *p, bool resume, struct sl_replay_out *out, int n,
	       unsigned int left)
{
	struct sl_replay_out *o = &out[n];
	uint32_t answer, low;
	int ret;

	if (n >= SL_REPLAY_MAX_OUT)
		return n;
	ret = r->native ? run_native(r, p, resume, &answer) : run_bpf(r, p, resume, &answer);
	if (ret)
		return ret;
	low = SL_ANSWER_LOW(answer);
	if (SL_ANSWER_VERDICT(answer) == SL_V_COPY && left)
		return run_copies(r, p, SL_ANSWER_ARG(answer), out, n, left);
	memset(o, 0, sizeof(*o));
	o->verdict = SL_ANSWER_VERDICT(answer);
	o->elem = SL_ELEM_NONE;
	switch (o->verdict) {
	case SL_V_OUT:
	case SL_V_HOST:
		o->dev = SL_ANSWER_ARG(answer);
		if (low > p->len) {
			o->verdict = SL_V_DROP;
			o->reason = SL_R_BADANSWER;
			break;
		}
		o->len = p->len - low;
		o->frame = r->frames[n];
		memcpy(o->frame, p->bytes + low, o->len);
		break;
	case SL_V_DROP:
		o->reason = SL_ANSWER_ARG(answer);
		o->elem = low;
		break;
	default:
		o->verdict = SL_V_DROP;
		o->reason = SL_ANSWER_VERDICT(answer) == SL_V_COPY ? SL_R_COPY : SL_R_BADANSWER;
	}
	return n + 1;
}

int sl_replay_packet(struct sl_replay *r, uint8_t dev, const void *frame, size_t len,
		     struct sl_replay_out out[SL_REPLAY_MAX_OUT])
{
	_free_ struct laid *p = malloc(sizeof(*p));

	if (!p)
		return -ENOMEM;
	if (len > PACKET_MAX - 256 - r->head)
		return -EMSGSIZE;
	lay(r, p, dev, frame, len);
	return run(r, p, false, out, 0, SL_COPY_CREDIT);
}

/* ---- Measuring -------------------------------------------------------------------------------*/

static int time_one(int fd, struct laid *p, unsigned int repeat, double *ns)
{
	uint8_t scrap[PACKET_MAX];
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = p->bytes, .data_size_in = (uint32_t)p->len,
		    .data_out = scrap, .data_size_out = sizeof(scrap), .repeat = (int)repeat);

	if (bpf_prog_test_run_opts(fd, &o))
		return -errno;
	*ns = o.duration;
	return 0;
}

int sl_replay_bench(struct sl_replay *r, uint8_t dev, const void *frame, size_t len,
		    unsigned int repeat, double *chain_ns, double *empty_ns)
{
	_free_ struct laid *p = malloc(sizeof(*p));
	_free_ struct sl_bench *b = calloc(1, sizeof(*b));
	uint32_t zero = 0;
	int map, ret;

	if (!p || !b)
		return -ENOMEM;
	if (r->native)
		return -EOPNOTSUPP;
	lay(r, p, dev, frame, len);
	if (p->len < RUN_MIN || p->len > RUN_MAX)
		return -EMSGSIZE;
	map = bpf_map__fd(r->skel->maps.bench);
	b->len = (uint32_t)p->len;
	b->meta = p->meta;
	b->entry = p->entry;
	memcpy(b->bytes, p->bytes, p->len);
	if (enter_by(r, r->loaded->progs[0]) || bpf_map_update_elem(map, &zero, b, BPF_ANY))
		return -errno;
	ret = empty_ns ? time_one(bpf_program__fd(r->skel->progs.sl_bench_empty), p, repeat,
				  empty_ns)
		       : 0;
	b->home = 0;
	if (!ret && bpf_map_update_elem(map, &zero, b, BPF_ANY))
		ret = -errno;
	ret = ret ? ret : time_one(bpf_program__fd(r->skel->progs.sl_bench), p, repeat, chain_ns);
	if (ret)
		return ret;
	if (bpf_map_lookup_elem(map, &zero, b) || b->failed)
		return -EIO;
	if (empty_ns)
		*chain_ns -= *empty_ns;
	return 0;
}
