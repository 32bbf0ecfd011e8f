// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of Message. */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "loader/element/element.h"
#include "loader/mem.h"

static const struct sl_param params[] = {
	SL_PARAM_X("MESSAGE", TEXT, SL_P_REQ | SL_P_POS, NULL, "the text"),
	SL_PARAM_X("TYPE", ARG, SL_P_POS, "MESSAGE", "MESSAGE, WARNING or ERROR"),
	SL_PARAMS_END,
};

static int configure(struct sl_conf *cf)
{
	const struct sl_arg *text = sl_conf_arg(cf, "MESSAGE"), *type = sl_conf_arg(cf, "TYPE");
	const char *kind = type ? type->text : "MESSAGE";
	_free_ char *plain = NULL;
	struct sl_diag *m;
	size_t len;

	plain = sl_unquote(text->text, &len);
	if (!plain)
		return -ENOMEM;
	if (!strcasecmp(kind, "MESSAGE")) {
		sl_conf_note(cf, text, "message", "%s", plain);
		return 0;
	}
	if (!strcasecmp(kind, "WARNING")) {
		m = sl_warn(cf->diags, text->pos, "message", "%s", plain);
		sl_diag_element(m, cf->inst->elem->name);
		return 0;
	}
	if (!strcasecmp(kind, "ERROR")) {
		sl_diag_hint(sl_conf_error(cf, text, "message", "%s", plain),
			     "the graph's own Message says so");
		return -EINVAL;
	}
	sl_diag_hint(
		sl_conf_error(cf, type, "bad-argument", "TYPE: '%s': no kind of message", kind),
		"give MESSAGE, WARNING or ERROR");
	return -EINVAL;
}

const struct sl_class sl_class_message = {
	.spec = {.name = "Message", .ports = "0/0", .processing = "a", .info = true},
	.base = "message",
	.summary = "says something when a graph is checked",
	.help = "MESSAGE is reported with the other messages about the graph, as a note, a warning "
		"or an error. An error refuses the graph.",
	.flags = SL_C_INFO,
	.params = params,
	.configure = configure,
};
