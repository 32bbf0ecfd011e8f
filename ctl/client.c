// SPDX-License-Identifier: GPL-2.0-only
/* Asking the daemon. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "ctl/client.h"
#include "ctl/protocol.h"
#include "loader/mem.h"

/* ---- The connection --------------------------------------------------------------------------*/

int ctl_client_open(const char *path, struct sl_diags *d, struct ctl_client *c)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int err;

	if (fd < 0)
		return -errno;
	if (strlen(path) >= sizeof(sa.sun_path)) {
		sl_error(d, SL_NOPOS, "socket", "the socket's path is too long: %s", path);
		return -ENAMETOOLONG;
	}
	memcpy(sa.sun_path, path, strlen(path) + 1);
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa))) {
		err = errno;
		sl_diag_hint(sl_error(d, SL_NOPOS, "no-daemon", "no daemon answers at %s: %s", path,
				      strerror(err)),
			     "start sluiced, or name its socket with --socket");
		/* Not ENOENT: it is the daemon that is missing, not what was asked for. */
		return err == ENOENT ? -ECONNREFUSED : -err;
	}
	memset(c, 0, sizeof(*c));
	c->fd = TAKE_FD(fd);
	return 0;
}

void ctl_client_close(struct ctl_client *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	ctl_buf_free(&c->in);
}

static int lost(struct sl_diags *d, int err)
{
	sl_diag_hint(
		sl_error(d, SL_NOPOS, "connection", "the daemon closed the connection: %s",
			 strerror(err)),
		"see its log; whether the request was carried out, `sluicectl events --last 10` "
		"says");
	return -err;
}

int ctl_client_send(struct ctl_client *c, const char *command, struct json_object *args,
		    struct sl_diags *d)
{
	struct json_object *o = ctl_request_new(command, args);
	struct ctl_buf out = {0};
	int ret = o ? ctl_frame_put(&out, o, SIZE_MAX) : -ENOMEM;

	json_object_put(o);
	if (ret == -EMSGSIZE)
		sl_diag_hint(sl_error(d, SL_NOPOS, "too-large", "the request is larger than %u MiB",
				      CTL_FRAME_MAX >> 20),
			     "make the graph smaller");
	while (!ret && ctl_buf_len(&out)) {
		int n = ctl_buf_write(&out, c->fd);

		/* Turned away before all was sent: the answer says why. */
		if (n == -EPIPE || n == -ECONNRESET)
			break;
		if (n < 0 && n != -EAGAIN)
			ret = lost(d, -n);
	}
	ctl_buf_free(&out);
	return ret;
}

int ctl_client_receive(struct ctl_client *c, struct json_object **out, struct sl_diags *d)
{
	for (;;) {
		int ret = ctl_frame_get(&c->in, 0, out);

		if (ret > 0)
			return 0;
		if (ret < 0) {
			sl_error(d, SL_NOPOS, "protocol", "the daemon's answer is malformed");
			return ret == -ENOMEM ? ret : -EPROTO;
		}
		ret = ctl_buf_read(&c->in, c->fd);
		if (ret == 0)
			return lost(d, ECONNRESET);
		if (ret < 0 && ret != -EAGAIN)
			return lost(d, -ret);
	}
}

const char *ctl_socket_path(const struct ctl_call *call)
{
	const char *env = getenv("SLUICE_SOCKET");

	if (call->socket)
		return call->socket;
	return env && *env ? env : CTL_SOCKET;
}

/* ---- Requests --------------------------------------------------------------------------------*/

static void key_of(const char *name, char *key, size_t size)
{
	size_t i;

	for (i = 0; name[i] && i + 1 < size; i++)
		key[i] = name[i] == '-' ? '_' : (char)tolower((unsigned char)name[i]);
	key[i] = 0;
}

static int add_arg(struct json_object *o, const struct ctl_call *call, const char *name, bool many,
		   bool flag)
{
	struct json_object *v;
	const char *text;
	char key[64];

	if (!ctl_get(call, name))
		return 0;
	key_of(name, key, sizeof(key));
	if (flag) {
		v = json_object_new_boolean(true);
	} else if (many) {
		v = json_object_new_array();
		for (size_t i = 0; v && (text = ctl_get_nth(call, name, i)); i++)
			json_object_array_add(v, json_object_new_string(text));
	} else {
		v = json_object_new_string(ctl_get(call, name));
	}
	return v && !json_object_object_add(o, key, v) ? 0 : -ENOMEM;
}

struct json_object *ctl_call_args(const struct ctl_call *call)
{
	struct json_object *o = json_object_new_object();
	int ret = o ? 0 : -ENOMEM;

	for (const struct ctl_arg *a = call->command->args; !ret && a && a->name; a++)
		ret = add_arg(o, call, a->name, a->many, false);
	for (const struct ctl_option *p = call->command->options; !ret && p && p->name; p++)
		ret = add_arg(o, call, p->name, p->many, p->kind == CTL_FLAG);
	if (!ret)
		return o;
	json_object_put(o);
	return NULL;
}

/* ---- Answers ---------------------------------------------------------------------------------*/

static enum ctl_exit take_answer(struct ctl_call *call, struct json_object *o,
				 struct json_object **result)
{
	struct json_object *v;
	unsigned int errors = call->diags.errors;
	int status = CTL_SYSTEM;

	if (json_object_object_get_ex(o, "messages", &v))
		sl_diags_from_json(&call->diags, v);
	if (json_object_object_get_ex(o, "status", &v))
		status = json_object_get_int(v);
	if (status < CTL_DONE || status > CTL_SYSTEM)
		status = CTL_SYSTEM;
	if (status && call->diags.errors == errors) {
		const char *why = "for no reason given";

		if (json_object_object_get_ex(o, "error", &v))
			why = json_object_get_string(v);
		sl_error(&call->diags, SL_NOPOS, "refused", "the daemon refuses: %s", why);
	}
	if (result && json_object_object_get_ex(o, "result", &v))
		*result = json_object_get(v);
	return (enum ctl_exit)status;
}

enum ctl_exit ctl_ask(struct ctl_call *call, const char *command, struct json_object *args,
		      int (*part)(struct ctl_call *call, struct json_object *part),
		      struct json_object **result)
{
	struct ctl_client c __attribute__((cleanup(ctl_client_close))) = {.fd = -1};
	enum ctl_exit status = CTL_SYSTEM;
	bool done = false;

	if (ctl_client_open(ctl_socket_path(call), &call->diags, &c) ||
	    ctl_client_send(&c, command, args, &call->diags))
		return CTL_SYSTEM;
	while (!done) {
		struct json_object *o = NULL, *v;

		if (ctl_client_receive(&c, &o, &call->diags))
			return CTL_SYSTEM;
		if (!json_object_object_get_ex(o, "part", &v)) {
			status = take_answer(call, o, result);
			done = true;
		} else if (part && part(call, v)) {
			status = CTL_SYSTEM;
			done = true;
		}
		json_object_put(o);
	}
	return status;
}
