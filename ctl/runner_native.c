// SPDX-License-Identifier: GPL-2.0-only
/*
 * The native build of a graph in a process of its own, without privilege: a tenant's graph that
 * goes wrong there ends that process and nothing else.
 *
 * Over a pair of sockets go requests {op, device, time, length} with a frame or a path behind, and
 * answers {return value, length} with results behind: for a packet struct result and its bytes, for
 * the others JSON. What comes from there is checked as coming from a stranger.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctl/child.h"
#include "ctl/runner.h"
#include "loader/mem.h"

#define SEED 0x9e3779b9u
/* Bytes of one answer, and of the frame in one result. */
#define ANSWER_MAX (4u << 20)
#define FRAME_MAX 16384
/* Bytes of a state that is put into a graph. */
#define STATE_MAX (16u << 20)
/* CPU seconds for all packets together: a graph that loops ends. */
#define CPU_S 600

enum op { OP_READY, OP_PACKET, OP_FOLLOW, OP_STEPS, OP_RESTORE, OP_EVENTS, OP_READ };

struct request {
	uint32_t op, dev;
	uint64_t now_ns;
	uint32_t len, zero;
};

struct reply {
	int32_t ret;
	uint32_t len;
};

struct result {
	uint32_t verdict, dev, reason, elem, len;
};

struct ctl_remote {
	int fd;
	pid_t pid;
	uint8_t *answer; /* ANSWER_MAX */
	uint32_t answer_len;
	uint8_t *kept; /* results of the packet that was followed last */
	bool dead;
};

static int send_all(int fd, const void *bytes, size_t len)
{
	const uint8_t *p = bytes;

	while (len) {
		ssize_t n = send(fd, p, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -EPIPE;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static int receive_all(int fd, void *bytes, size_t len)
{
	uint8_t *p = bytes;

	while (len) {
		ssize_t n = read(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -EPIPE;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

/* ---- The process -----------------------------------------------------------------------------*/

static int reply(int fd, int ret, const void *bytes, size_t len)
{
	struct reply r = {ret, (uint32_t)len};

	if (len > ANSWER_MAX)
		r = (struct reply){-EMSGSIZE, 0};
	return send_all(fd, &r, sizeof(r)) || send_all(fd, bytes, r.len) ? -EPIPE : 0;
}

static int reply_json(int fd, int ret, struct json_object *value, const struct sl_diags *d)
{
	struct json_object *o = json_object_new_object();
	const char *text;
	size_t len;

	if (value)
		json_object_object_add(o, "value", value);
	if (d && d->n)
		json_object_object_add(o, "messages", sl_diags_json(d));
	text = json_object_to_json_string_length(o, JSON_C_TO_STRING_PLAIN, &len);
	ret = reply(fd, ret, text, len);
	json_object_put(o);
	return ret;
}

static int serve_packet(int fd, struct ctl_runner *r, const struct request *q, const void *frame)
{
	struct sl_diags d = {0};
	struct sl_replay_out out[SL_REPLAY_MAX_OUT];
	struct json_object *steps = NULL;
	_free_ uint8_t *buf = NULL;
	size_t len = 0;
	int n;

	if (q->op == OP_FOLLOW)
		n = ctl_runner_follow(r, q->now_ns, (uint8_t)q->dev, frame, q->len, out, &steps,
				      &d);
	else
		n = ctl_runner_packet(r, q->now_ns, (uint8_t)q->dev, frame, q->len, out, &d);
	json_object_put(steps);
	sl_diags_free(&d);
	for (int i = 0; i < n; i++)
		len += sizeof(struct result) + out[i].len;
	buf = malloc(len + 1);
	if (!buf)
		return reply(fd, -ENOMEM, NULL, 0);
	len = 0;
	for (int i = 0; i < n; i++) {
		struct result res = {out[i].verdict, out[i].dev, out[i].reason, out[i].elem,
				     (uint32_t)out[i].len};

		memcpy(buf + len, &res, sizeof(res));
		len += sizeof(res);
		if (out[i].len)
			memcpy(buf + len, out[i].frame, out[i].len);
		len += out[i].len;
	}
	return reply(fd, n, buf, len);
}

static int serve_events(int fd, struct ctl_runner *r)
{
	struct json_object *list;
	struct sl_diags d = {0};
	int ret = ctl_runner_events(r, &list, &d);

	ret = reply_json(fd, ret, list, &d);
	sl_diags_free(&d);
	return ret;
}

static int serve_read(int fd, struct ctl_runner *r, const char *path)
{
	_free_ char *value = NULL;
	struct sl_diags d = {0};
	int ret = ctl_runner_read(r, path, &value, &d);

	ret = reply_json(fd, ret, ret ? NULL : json_object_new_string(value), &d);
	sl_diags_free(&d);
	return ret;
}

static int serve_restore(int fd, struct ctl_runner *r, uint32_t len)
{
	_free_ char *text = len > STATE_MAX ? NULL : malloc(len + 1ul);
	struct sl_diags d = {0};
	json_tokener *tok = json_tokener_new();
	json_object *o;
	int ret;

	if (!text || !tok || receive_all(fd, text, len))
		return -EPIPE;
	o = json_tokener_parse_ex(tok, text, (int)len);
	json_tokener_free(tok);
	ret = reply_json(fd, ctl_runner_restore(r, o, &d), NULL, &d);
	json_object_put(o);
	sl_diags_free(&d);
	return ret;
}

static int serve_one(int fd, struct ctl_runner *r)
{
	static uint8_t payload[FRAME_MAX + 1];
	struct request q;

	if (receive_all(fd, &q, sizeof(q)))
		return -EPIPE;
	if (q.op == OP_RESTORE)
		return serve_restore(fd, r, q.len);
	if (q.len > FRAME_MAX || receive_all(fd, payload, q.len))
		return -EPIPE;
	payload[q.len] = 0;
	switch (q.op) {
	case OP_PACKET:
	case OP_FOLLOW:
		return serve_packet(fd, r, &q, payload);
	case OP_STEPS:
		return reply_json(fd, 0, json_object_get(r->steps), NULL);
	case OP_EVENTS:
		return serve_events(fd, r);
	case OP_READ:
		return serve_read(fd, r, (const char *)payload);
	default:
		return -EPIPE;
	}
}

static void __attribute__((noreturn)) serve(int fd, const struct ctl_graph *g)
{
	struct sl_replay_opts o = {.native = true, .fixed_clock = true, .rnd = SEED};
	struct rlimit cpu = {CPU_S, CPU_S};
	struct ctl_runner r = {.graph = *g};
	struct sl_diags d = {0};
	int ret = ctl_drop_privileges();

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setrlimit(RLIMIT_CPU, &cpu);
	ret = ret ? ret : sl_replay_new(g->compiled, &o, &d, &r.replay);
	if (!reply_json(fd, ret, NULL, &d) && !ret)
		while (!serve_one(fd, &r))
			;
	_exit(0);
}

/* ---- The caller's side -----------------------------------------------------------------------*/

static int died(struct ctl_remote *m, struct sl_diags *d)
{
	char how[96];
	int status = 0;

	if (m->dead)
		return -EINVAL;
	m->dead = true;
	kill(m->pid, SIGKILL);
	waitpid(m->pid, &status, 0);
	if (d)
		sl_diag_hint(
			sl_error(d, SL_NOPOS, "crash", "the native graph %s",
				 ctl_child_end(status, how, sizeof(how))),
			"this is a mistake in Sluice: report it with the graph and the packets");
	return -EINVAL;
}

static int call(struct ctl_remote *m, const struct request *q, const void *payload)
{
	struct reply r;

	if (m->dead || send_all(m->fd, q, sizeof(*q)) || send_all(m->fd, payload, q->len) ||
	    receive_all(m->fd, &r, sizeof(r)) || r.len > ANSWER_MAX ||
	    receive_all(m->fd, m->answer, r.len))
		return -EPIPE;
	m->answer_len = r.len;
	return r.ret;
}

/* The last answer as JSON: the member `value`, messages to `d`. */
static struct json_object *answer_json(struct ctl_remote *m, struct sl_diags *d)
{
	struct json_tokener *tok = json_tokener_new();
	struct json_object *o, *v = NULL;

	if (!tok)
		return NULL;
	o = json_tokener_parse_ex(tok, (const char *)m->answer, (int)m->answer_len);
	json_tokener_free(tok);
	if (d && json_object_object_get_ex(o, "messages", &v))
		sl_diags_from_json(d, v);
	v = NULL;
	if (json_object_object_get_ex(o, "value", &v))
		json_object_get(v);
	json_object_put(o);
	return v;
}

static int wait_ready(struct ctl_remote *m, struct sl_diags *d)
{
	struct reply r;

	if (receive_all(m->fd, &r, sizeof(r)) || r.len > ANSWER_MAX ||
	    receive_all(m->fd, m->answer, r.len))
		return died(m, d);
	m->answer_len = r.len;
	json_object_put(answer_json(m, d));
	return r.ret;
}

int ctl_remote_new(const struct ctl_graph *g, struct sl_diags *d, struct ctl_remote **out)
{
	struct ctl_remote *m = calloc(1, sizeof(*m));
	int fds[2], ret;

	if (!m)
		return -ENOMEM;
	m->fd = -1;
	m->dead = true;
	m->answer = malloc(ANSWER_MAX + 1);
	ret = m->answer ? 0 : -ENOMEM;
	if (!ret && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds))
		ret = -errno;
	if (!ret) {
		fflush(NULL);
		m->fd = fds[0];
		m->pid = fork();
		if (!m->pid) {
			close(fds[0]);
			serve(fds[1], g);
		}
		close(fds[1]);
		ret = m->pid < 0 ? -errno : 0;
		m->dead = ret != 0;
		ret = ret ? ret : wait_ready(m, d);
	}
	if (ret) {
		ctl_remote_free(m);
		return ret;
	}
	*out = m;
	return 0;
}

void ctl_remote_free(struct ctl_remote *m)
{
	if (!m)
		return;
	if (m->fd >= 0)
		close(m->fd);
	if (!m->dead) {
		kill(m->pid, SIGKILL);
		waitpid(m->pid, NULL, 0);
	}
	free(m->answer);
	free(m->kept);
	free(m);
}

/* Takes the results apart; they point into the answer. */
static int results(struct ctl_remote *m, int n, struct sl_replay_out out[SL_REPLAY_MAX_OUT])
{
	uint32_t at = 0;

	for (int i = 0; i < n; i++) {
		struct result res;

		if (m->answer_len - at < sizeof(res))
			return -EPIPE;
		memcpy(&res, m->answer + at, sizeof(res));
		at += sizeof(res);
		if (res.len > m->answer_len - at)
			return -EPIPE;
		out[i] = (struct sl_replay_out){.verdict = res.verdict,
						.dev = res.dev,
						.reason = res.reason,
						.elem = res.elem,
						.len = res.len,
						.frame = m->answer + at};
		at += res.len;
	}
	return n;
}

static int run_packet(struct ctl_remote *m, enum op op, uint64_t now_ns, uint8_t dev,
		      const void *frame, size_t len, struct sl_replay_out out[SL_REPLAY_MAX_OUT],
		      struct sl_diags *d)
{
	struct request q = {.op = op, .dev = dev, .now_ns = now_ns, .len = (uint32_t)len};
	int n;

	if (len > FRAME_MAX)
		return -EMSGSIZE;
	n = call(m, &q, frame);
	if (n > 0 && n <= SL_REPLAY_MAX_OUT)
		n = results(m, n, out);
	if (n > SL_REPLAY_MAX_OUT || n == -EPIPE)
		return died(m, d);
	if (n < 0 && n != -EMSGSIZE)
		sl_error(d, SL_NOPOS, "run", "a packet could not be run: %s", strerror(-n));
	return n;
}

int ctl_remote_packet(struct ctl_remote *m, uint64_t now_ns, uint8_t dev, const void *frame,
		      size_t len, struct sl_replay_out out[SL_REPLAY_MAX_OUT], struct sl_diags *d)
{
	return run_packet(m, OP_PACKET, now_ns, dev, frame, len, out, d);
}

/* Frames in `out` point into the answer: what is asked next would be written over them. */
static int keep_frames(struct ctl_remote *m, int n, struct sl_replay_out out[SL_REPLAY_MAX_OUT])
{
	free(m->kept);
	m->kept = malloc(m->answer_len + 1ul);
	if (!m->kept)
		return -ENOMEM;
	memcpy(m->kept, m->answer, m->answer_len);
	for (int i = 0; i < n; i++)
		out[i].frame = m->kept + (out[i].frame - m->answer);
	return 0;
}

int ctl_remote_follow(struct ctl_remote *m, uint64_t now_ns, uint8_t dev, const void *frame,
		      size_t len, struct sl_replay_out out[SL_REPLAY_MAX_OUT],
		      struct json_object **steps, struct sl_diags *d)
{
	struct request q = {.op = OP_STEPS};
	int n = run_packet(m, OP_FOLLOW, now_ns, dev, frame, len, out, d);

	if (n < 0)
		return n;
	if (keep_frames(m, n, out))
		return -ENOMEM;
	if (call(m, &q, NULL) == -EPIPE)
		return died(m, d);
	*steps = answer_json(m, d);
	if (json_object_is_type(*steps, json_type_array))
		return n;
	json_object_put(*steps);
	*steps = NULL;
	return -EPROTO;
}

int ctl_remote_restore(struct ctl_remote *m, struct json_object *state, struct sl_diags *d)
{
	struct request q = {.op = OP_RESTORE};
	size_t len;
	const char *text = json_object_to_json_string_length(state, JSON_C_TO_STRING_PLAIN, &len);
	int ret;

	if (!text || len > STATE_MAX)
		return -EMSGSIZE;
	q.len = (uint32_t)len;
	ret = call(m, &q, text);
	if (ret == -EPIPE)
		return died(m, d);
	json_object_put(answer_json(m, d));
	return ret;
}

int ctl_remote_events(struct ctl_remote *m, struct json_object **list, struct sl_diags *d)
{
	struct request q = {.op = OP_EVENTS};
	int ret = call(m, &q, NULL);

	if (ret == -EPIPE)
		return died(m, d);
	*list = answer_json(m, d);
	if (*list && !json_object_is_type(*list, json_type_array)) {
		json_object_put(*list);
		*list = NULL;
	}
	return ret;
}

int ctl_remote_read(struct ctl_remote *m, const char *path, char **value, struct sl_diags *d)
{
	struct request q = {.op = OP_READ, .len = (uint32_t)strlen(path)};
	struct json_object *v;
	int ret;

	if (q.len > FRAME_MAX)
		return -EMSGSIZE;
	ret = call(m, &q, path);
	if (ret == -EPIPE)
		return died(m, d);
	v = answer_json(m, d);
	if (!ret) {
		*value = strdup(v && json_object_get_string(v) ? json_object_get_string(v) : "");
		ret = *value ? 0 : -ENOMEM;
	}
	json_object_put(v);
	return ret;
}
