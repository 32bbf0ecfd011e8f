// SPDX-License-Identifier: GPL-2.0-only
/*
 * One client of the control socket. Reading stops while a request is at hand, so a client cannot
 * pile requests up here; what it sends further waits in the kernel.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "ctl/click.h"
#include "ctl/protocol.h"
#include "ctl/server.h"
#include "loader/mem.h"

/* Bytes of answers that may wait: one frame. Of a command that goes on: this much. */
#define OUT_MAX (CTL_FRAME_HEAD + CTL_FRAME_MAX)
#define WATCH_OUT_MAX (1u << 20)
/* Frames taken from one client before others have their turn to be read. */
#define READS 8
/* Requests that are answered at once, from one client before others have their turn. */
#define ANSWERS 16

static void forget_request(struct ctl_conn *c)
{
	json_object_put(c->request);
	json_object_put(c->stages);
	json_object_put(c->kept);
	sl_hand_free(TAKE_PTR(c->hand));
	c->request = c->args = c->stages = c->kept = NULL;
	c->command = NULL;
	c->compiled = false;
	c->started_ns = 0;
}

void ctl_conn_free(struct ctl_conn *c)
{
	struct ctl_server *s = c->server;

	if (c->state == CTL_CONN_WORKING)
		ctl_worker_orphan(c);
	ctl_watch_stop(c);
	ctl_timer_cancel(s->loop, &c->timer);
	ctl_loop_del(s->loop, &c->source);
	close(c->source.fd);
	forget_request(c);
	ctl_buf_free(&c->in);
	ctl_buf_free(&c->out);
	s->n_conns -= !c->click;
	ctl_click_free(c->click);
	for (struct ctl_conn **p = &s->conns; *p; p = &(*p)->next) {
		if (*p != c)
			continue;
		*p = c->next;
		break;
	}
	free(c);
}

/* ---- Out -------------------------------------------------------------------------------------*/

/* A message that has to arrive whatever else waits, then the end. */
static void refuse(struct ctl_conn *c, int err, const char *code, const char *message)
{
	struct sl_diags d = {0};
	struct json_object *o;

	c->state = CTL_CONN_CLOSING;
	if (c->click) {
		ctl_click_say(c, 590, false, "%s", message);
		return;
	}
	sl_error(&d, SL_NOPOS, code, "%s", message);
	o = ctl_answer_new(err, NULL, &d);
	if (o)
		ctl_frame_put(&c->out, o, SIZE_MAX);
	json_object_put(o);
	sl_diags_free(&d);
}

void ctl_conn_answer(struct ctl_conn *c, int err, struct json_object *result,
		     const struct sl_diags *d)
{
	struct json_object *o;
	int ret;

	c->state = CTL_CONN_READING;
	if (c->click) {
		ctl_click_answer(c, err, result, d);
		forget_request(c);
		return;
	}
	o = ctl_answer_new(err, result, d);
	ret = o ? ctl_frame_put(&c->out, o, OUT_MAX) : -ENOMEM;
	json_object_put(o);
	forget_request(c);
	if (ret == -EMSGSIZE)
		refuse(c, -EFBIG, "too-large",
		       "the answer is too large for one frame: ask about one tenant");
	else if (ret)
		refuse(c, ret, "no-memory", "the daemon is out of memory");
}

int ctl_conn_part(struct ctl_conn *c, struct json_object *part)
{
	struct json_object *o = ctl_part_new(part);
	int ret = o ? ctl_frame_put(&c->out, o, WATCH_OUT_MAX) : -ENOMEM;

	json_object_put(o);
	return ret;
}

/* ---- In --------------------------------------------------------------------------------------*/

/* Nothing more is asked before the last answer was taken. */
static bool may_read(const struct ctl_conn *c)
{
	return c->state == CTL_CONN_READING && !ctl_buf_len(&c->out);
}

/* Takes a request if one is whole. */
static void take_request(struct ctl_conn *c)
{
	struct sl_diags d = {0};
	int ret;

	if (c->click) {
		if (may_read(c))
			ctl_click_take(c);
		return;
	}
	ret = may_read(c) ? ctl_frame_get(&c->in, CTL_REQUEST_VALUES, &c->request) : 0;

	if (ret == 0)
		return;
	if (ret < 0) {
		refuse(c, -EPROTO, "protocol",
		       ret == -EMSGSIZE ? "the request is too large"
					: "the request is no JSON object of the control protocol");
		return;
	}
	ret = ctl_request_check(c->request, &d, &c->command, &c->args);
	if (ret) {
		ctl_conn_answer(c, ret, NULL, &d);
	} else {
		c->state = CTL_CONN_QUEUED;
		c->arrived = ++c->server->arrivals;
	}
	sl_diags_free(&d);
}

/* Bytes of incomplete requests of one user. */
static size_t input_of(const struct ctl_server *s, uid_t uid)
{
	size_t sum = 0;

	for (const struct ctl_conn *c = s->conns; c; c = c->next)
		if (c->uid == uid)
			sum += c->in.cap;
	return sum;
}

/* -EPIPE: the client is gone. */
static int read_some(struct ctl_conn *c)
{
	for (int i = 0; i < READS; i++) {
		int n;

		take_request(c);
		if (!may_read(c))
			return 0;
		n = c->click ? ctl_click_read(c) : ctl_buf_read(&c->in, c->source.fd);
		if (n == -EAGAIN)
			return 0;
		/* A client of Click's that has said all it wants waits for the answers. */
		if (n == 0 && c->click) {
			take_request(c);
			return 0;
		}
		if (n == -EMSGSIZE) {
			refuse(c, -EPROTO, "protocol", "the request is too large");
			return 0;
		}
		if (n <= 0)
			return -EPIPE;
		if (c->uid && input_of(c->server, c->uid) > c->server->limits.input_per_uid)
			refuse(c, -EBUSY, "busy", "too many large requests of one user at once");
	}
	return 0;
}

/* ---- Both ------------------------------------------------------------------------------------*/

static void on_timeout(struct ctl_timer *t)
{
	ctl_conn_free(t->arg);
}

static void set_timeout(struct ctl_conn *c, bool progress)
{
	const struct ctl_limits *l = &c->server->limits;
	unsigned int ms = 0;

	if (ctl_buf_len(&c->out))
		ms = l->drain_ms;
	else if (c->state == CTL_CONN_READING)
		ms = ctl_buf_len(&c->in) ? l->frame_ms : l->idle_ms;
	/* People type, and programs stay. */
	if (!ctl_buf_len(&c->out) && c->click && c->state == CTL_CONN_READING)
		ms = ctl_click_begun(&c->click->parser, &c->in) ? l->idle_ms : 0;
	if (!ms) {
		ctl_timer_cancel(c->server->loop, &c->timer);
		return;
	}
	/* A byte now and then does not make a request last longer. */
	if (progress || !c->timer.armed)
		ctl_timer_set(c->server->loop, &c->timer, ms);
}

/* Writes what goes. -EPIPE: the client is gone. */
static int write_some(struct ctl_conn *c, bool *progress)
{
	while (ctl_buf_len(&c->out)) {
		int n = ctl_buf_write(&c->out, c->source.fd);

		if (n == -EAGAIN)
			return 0;
		if (n < 0)
			return -EPIPE;
		*progress = true;
	}
	return c->state == CTL_CONN_CLOSING ? -EPIPE : 0;
}

static void update(struct ctl_conn *c, bool progress)
{
	uint32_t events = c->click ? 0 : EPOLLRDHUP;
	unsigned int answers = 0;
	bool all = false;

	while (!all) {
		if (write_some(c, &progress)) {
			ctl_conn_free(c);
			return;
		}
		if (!may_read(c) || answers++ == ANSWERS)
			break;
		/* What was sent along with the last request may be there already. */
		take_request(c);
		all = may_read(c);
	}
	/* Of what is there already, nothing else tells: there is room for its answer. */
	if (ctl_buf_len(&c->out) || (!all && may_read(c)))
		events |= EPOLLOUT;
	else if (c->state == CTL_CONN_READING)
		events |= EPOLLIN;
	ctl_loop_change(c->server->loop, &c->source, events);
	set_timeout(c, progress);
}

void ctl_conn_update(struct ctl_conn *c)
{
	update(c, false);
}

static void on_io(struct ctl_source *src, uint32_t events)
{
	struct ctl_conn *c = src->arg;
	bool began = ctl_buf_len(&c->in) > 0;

	if (events & (EPOLLHUP | EPOLLERR)) {
		ctl_conn_free(c);
		return;
	}
	/* A client that is going and still has bytes for us is read to the end first. */
	if (events & EPOLLRDHUP && c->state != CTL_CONN_READING) {
		ctl_conn_free(c);
		return;
	}
	if (c->state == CTL_CONN_READING && read_some(c)) {
		ctl_conn_free(c);
		return;
	}
	update(c, began != (ctl_buf_len(&c->in) > 0) || c->state != CTL_CONN_READING);
}

int ctl_conn_new(struct ctl_server *s, int fd, uid_t uid, pid_t pid, struct ctl_click *click)
{
	struct ctl_conn *c = calloc(1, sizeof(*c));
	int ret;

	if (!c)
		return -ENOMEM;
	c->server = s;
	c->uid = uid;
	c->pid = pid;
	c->source = (struct ctl_source){.fd = fd, .fn = on_io, .arg = c};
	c->timer = (struct ctl_timer){.fn = on_timeout, .arg = c};
	c->click = click;
	ret = click ? ctl_click_greet(c) : 0;
	ret = ret ? ret
		  : ctl_loop_add(s->loop, &c->source, click ? EPOLLOUT : EPOLLIN | EPOLLRDHUP);
	if (ret) {
		ctl_buf_free(&c->out);
		free(c);
		return ret;
	}
	c->next = s->conns;
	s->conns = c;
	s->n_conns += !click;
	set_timeout(c, true);
	return 0;
}
