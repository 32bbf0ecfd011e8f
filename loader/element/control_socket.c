// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of ControlSocket. */
#include <errno.h>
#include <strings.h>

#include "loader/config/config.h"
#include "loader/element/element.h"
#include "loader/mem.h"
#include "bpf/element/control_socket.h"

static const struct sl_param params[] = {
	SL_PARAM_X("TYPE", TEXT, SL_P_REQ | SL_P_POS, NULL, "UNIX or TCP"),
	SL_PARAM_X("FILENAME", TEXT, SL_P_REQ | SL_P_POS, NULL,
		   "the file or the port that Click would listen at; here the node says where"),
	SL_PARAM_X("READONLY", BOOL, 0, "false", "clients may read handlers and not write them"),
	SL_PARAM_X("PROXY", TEXT, 0, NULL, "not to be had here"),
	SL_PARAM_X("VERBOSE", BOOL, SL_P_IGNORED, "false", "`sluicectl events` shows what is done"),
	SL_PARAM_X("LOCALHOST", BOOL, SL_P_IGNORED, "false", "the socket is of this host alone"),
	SL_PARAM_X("RETRIES", S32, SL_P_IGNORED, "0", "the socket is there before the graph is"),
	SL_PARAM_X("RETRY_WARNINGS", BOOL, SL_P_IGNORED, "true", "there are no retries"),
	SL_PARAMS_END,
};

static const struct sl_field rw[] = {
	SL_FIELD(struct control_socket_rw, readonly, U32),
	SL_FIELDS_END,
};

static void init_rw(const struct sl_inst *in, void *bytes)
{
	struct control_socket_rw *w = bytes;
	uint8_t readonly = 0;

	sl_inst_param(in, "READONLY", &readonly);
	w->readonly = readonly;
}

static int configure(struct sl_conf *cf)
{
	const struct sl_arg *type = sl_conf_arg(cf, "TYPE"), *proxy = sl_conf_arg(cf, "PROXY");
	const struct sl_arg *file = sl_conf_arg(cf, "FILENAME");
	_free_ char *word = type ? sl_unquote(type->text, &(size_t){0}) : NULL;

	if (proxy) {
		sl_diag_hint(sl_conf_error(cf, proxy, "unsupported",
					   "there are no elements that stand for another router"),
			     "leave out PROXY; each tenant has a socket of its own");
		return -EINVAL;
	}
	if (!word || (strcasecmp(word, "UNIX") && strcasecmp(word, "TCP"))) {
		sl_diag_hint(sl_conf_error(cf, type, "bad-argument", "no type of socket"),
			     "UNIX, or TCP");
		return -EINVAL;
	}
	sl_diag_hint(
		sl_conf_note(cf, file, "elsewhere",
			     "the node has a socket for this graph; it is not at '%s'",
			     file ? file->text : ""),
		"connect to /run/sluice/TENANT.control (a program that needs TCP: socat "
		"TCP-LISTEN:PORT,bind=127.0.0.1,fork UNIX-CONNECT:/run/sluice/TENANT.control)");
	return 0;
}

static const struct sl_handler handlers[] = {
	SL_HANDLER_PARAM_RO("filename", "FILENAME", "the file or port as it was given"),
	SL_HANDLERS_END,
};

const struct sl_class sl_class_control_socket = {
	.spec = {.name = "ControlSocket", .ports = "0/0", .processing = "a", .info = true},
	.base = "control_socket",
	.summary = "accepted; the node has the socket",
	.help = "Programs that talk to Click's ControlSocket talk to the socket that the node has "
		"for each tenant, "
		"/run/sluice/TENANT.control, whether this element is there or not; file and port "
		"are "
		"not looked at. "
		"docs/controlsocket.md says what is spoken there, and who may. With READONLY true "
		"no "
		"client of that "
		"socket may write a handler, hotconfig included; `sluicectl` still can. Of several "
		"such elements, one "
		"without READONLY is enough for writing.",
	.flags = SL_C_INFO,
	.params = params,
	.handlers = handlers,
	.rw_size = sizeof(struct control_socket_rw),
	.rw = rw,
	.configure = configure,
	.init_rw = init_rw,
};
