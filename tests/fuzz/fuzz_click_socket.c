// SPDX-License-Identifier: GPL-2.0-only
/*
 * Click's protocol as a client can abuse it. The first byte says who is at the other end; the rest
 * goes to a server over a node that is not there, in pieces. Whatever the bytes are: nobody but the
 * owner gets to a handler, every answer is one by the protocol's grammar, and the next client is
 * served.
 */
#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ctl/click.h"
#include "ctl/log.h"

#define OWNER 1000
#define STRANGER 2000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uid_t caller;
static bool read_only;

static void check(bool ok)
{
	if (!ok)
		abort();
}

/* ---- A node that only looks who gets through -------------------------------------------------*/

static void reached(const char *tenant, bool write)
{
	check(!strcmp(tenant, "red") && caller != STRANGER && !(write && read_only));
}

static int do_owner(const struct sl_node *n, const char *tenant, uid_t *uid)
{
	(void)n;
	*uid = OWNER;
	return strcmp(tenant, "red") ? -ENOENT : 0;
}

static const struct sl_node_config *do_config(const struct sl_node *n)
{
	static const struct sl_node_config none;

	(void)n;
	return &none;
}

static int do_handler(struct sl_node *n, const char *tenant, const char *path, unsigned int *flags,
		      struct sl_diags *d)
{
	(void)n;
	reached(tenant, false);
	check(strchr(path, '.') != NULL);
	if (*path == 'x') {
		sl_error(d, SL_NOPOS, "no-element", "none");
		return -ENOENT;
	}
	*flags = (unsigned int)*path % 4;
	return *flags ? 0 : -EINVAL;
}

static bool do_read_only(struct sl_node *n, const char *tenant)
{
	(void)n, (void)tenant;
	return read_only;
}

static int do_graph(struct sl_node *n, const char *tenant, bool flat, struct json_object **out,
		    struct sl_diags *d)
{
	(void)n, (void)d;
	reached(tenant, false);
	*out = json_tokener_parse(flat ? "{\"flat\":\"f\",\"requirements\":[\"r\"]}"
				       : "{\"text\":\"t\",\"elements\":[\"e\"]}");
	return 0;
}

static int do_read(struct sl_node *n, const char *tenant, const char *path, const char *args,
		   char **value, struct sl_diags *d)
{
	(void)n;
	reached(tenant, false);
	check(strchr(path, '.') != NULL);
	if (*args == 'f') {
		sl_error(d, SL_NOPOS, "fails", "%s\r\n200 forged", args);
		return -EINVAL;
	}
	*value = strdup(args);
	return *value ? 0 : -ENOMEM;
}

static int do_write(struct sl_node *n, const char *tenant, const char *path, const char *value,
		    struct sl_diags *d)
{
	(void)n;
	reached(tenant, true);
	check(strchr(path, '.') != NULL);
	if (*value == 'w')
		sl_warn(d, SL_NOPOS, "warns", "%s", value);
	return *value == 'f' ? -EINVAL : 0;
}

static int do_install(struct sl_node *n, const char *tenant, const struct sl_submission *s,
		      struct sl_hand *hand, struct sl_diags *d, struct json_object *stages)
{
	(void)n, (void)hand, (void)d, (void)stages;
	reached(tenant, true);
	check(s->graph.name && s->graph.text && strlen(s->graph.text) == s->graph.len);
	return 0;
}

static int do_active(struct sl_node *n, const char *tenant, bool active, struct sl_diags *d)
{
	(void)n, (void)d;
	reached(tenant, true);
	check(!active);
	return 0;
}

static const struct ctl_node_ops ops = {
	.config = do_config,
	.owner = do_owner,
	.handler = do_handler,
	.read_only = do_read_only,
	.graph = do_graph,
	.read = do_read,
	.write = do_write,
	.install = do_install,
	.set_active = do_active,
};

/* ---- The grammar of answers ------------------------------------------------------------------*/

/* Checks what is whole of the lines in `b`: NNN-text, NNN text, DATA n with n bytes behind it. */
static void take_answers(struct ctl_buf *b, int *code)
{
	for (;;) {
		const char *s = (const char *)b->bytes + b->start;
		const char *end = ctl_buf_len(b) ? memchr(s, '\n', ctl_buf_len(b)) : NULL;
		size_t data = 0;

		if (!end)
			return;
		check(end > s && end[-1] == '\r');
		for (const char *p = s; p < end - 1; p++)
			check(!iscntrl((unsigned char)*p));
		if (!strncmp(s, "DATA ", 5)) {
			data = strtoul(s + 5, NULL, 10);
			if (ctl_buf_len(b) < (size_t)(end + 1 - s) + data)
				return;
			check(!*code);
		} else if (strncmp(s, "Click::", 7)) {
			check(end - s > 4 && isdigit(s[0]) && isdigit(s[1]) && isdigit(s[2]) &&
			      (s[3] == ' ' || s[3] == '-'));
			/* All lines of an answer have one code. */
			check(!*code || *code == atoi(s));
			*code = s[3] == '-' ? atoi(s) : 0;
		}
		ctl_buf_drop(b, (size_t)(end + 1 - s) + data);
	}
}

static void hear(int fd, struct ctl_buf *in, int *code)
{
	for (;;) {
		ssize_t n;

		check(!ctl_buf_room(in, 4096));
		n = read(fd, in->bytes + in->end, 4096);
		if (n <= 0)
			return;
		in->end += (size_t)n;
		take_answers(in, code);
	}
}

/* ---- One client ------------------------------------------------------------------------------*/

static void serve(struct ctl_loop *loop, struct ctl_server *s, int fd, struct ctl_buf *in,
		  int *code)
{
	for (int i = 0; i < 40; i++) {
		bool more = ctl_server_work(s);

		check(!ctl_loop_step(loop, 0));
		hear(fd, in, code);
		if (!more && i > 3)
			break;
	}
}

static void talk(struct ctl_loop *loop, struct ctl_server *s, const uint8_t *data, size_t size)
{
	struct ctl_buf in = {0};
	int fds[2], code = 0;

	check(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds));
	check(!ctl_click_adopt(s, "red", fds[1], caller, 1));
	while (size) {
		size_t n = data[0] & 0x80 ? size : (size_t)data[0] + 1;
		ssize_t sent;

		n = n < size ? n : size;
		sent = send(fds[0], data, n, MSG_NOSIGNAL);
		serve(loop, s, fds[0], &in, &code);
		if (sent <= 0)
			break;
		data += sent;
		size -= (size_t)sent;
	}
	shutdown(fds[0], SHUT_WR);
	for (int i = 0; i < 100 && s->conns; i++)
		serve(loop, s, fds[0], &in, &code);
	/* All was answered, and it has ended. */
	check(!s->conns && !code && !ctl_buf_len(&in));
	close(fds[0]);
	ctl_buf_free(&in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uid_t callers[] = {0, OWNER, STRANGER};
	static const uint8_t good[] = "READ e.h\r\nQUIT\r\n";
	struct ctl_server_opts so = {.socket = NULL};
	struct ctl_loop *loop = NULL;
	struct ctl_log *log = NULL;
	struct ctl_server *s = NULL;
	struct sl_diags d = {0};

	if (!size)
		return 0;
	check(!ctl_loop_new(&loop) && !ctl_log_open(NULL, true, &log));
	check(!ctl_server_new(loop, &so, &ops, NULL, log, &d, &s));
	caller = callers[data[0] % 3];
	read_only = data[0] & 0x40;
	talk(loop, s, data + 1, size - 1);
	caller = OWNER;
	talk(loop, s, good, sizeof(good) - 1);
	ctl_server_free(s);
	ctl_log_close(log);
	ctl_loop_free(loop);
	sl_diags_free(&d);
	return 0;
}
