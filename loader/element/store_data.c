// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of StoreData. */
#include <errno.h>
#include <string.h>

#include "loader/element/element.h"
#include "loader/mem.h"
#include "bpf/element/store_data.h"

static const struct sl_param params[] = {
	SL_PARAM("OFFSET", U32, SL_P_REQ | SL_P_POS, NULL, struct store_data_conf, offset,
		 "where, bytes from the packet's start"),
	SL_PARAM_X("DATA", TEXT, SL_P_REQ | SL_P_POS, NULL,
		   "what: text, \"text\" or \\<hexadecimal>, at most 256 bytes"),
	SL_PARAMS_END,
};

static const struct sl_field conf[] = {
	SL_FIELD(struct store_data_conf, offset, U32),
	SL_FIELD(struct store_data_conf, length, U32),
	{"data", SL_K_BYTES, offsetof(struct store_data_conf, data), STORE_DATA_MAX, false},
	SL_FIELDS_END,
};

static int configure(struct sl_conf *cf)
{
	struct store_data_conf *c = cf->inst->conf;
	const struct sl_arg *arg = sl_conf_arg(cf, "DATA");
	_free_ char *data = NULL;
	size_t len = 0;

	if (c->offset > SL_OFF_MASK)
		return sl_conf_too_far(cf, "OFFSET");
	data = sl_unquote(arg->text, &len);
	if (!data)
		return -ENOMEM;
	if (len > STORE_DATA_MAX) {
		sl_diag_hint(sl_conf_error(cf, arg, "bad-argument",
					   "DATA: %zu bytes: must be at most %d", len,
					   STORE_DATA_MAX),
			     "write the rest with another StoreData");
		return -EINVAL;
	}
	memcpy(c->data, data, len);
	c->length = (uint32_t)len;
	return 0;
}

const struct sl_class sl_class_store_data = {
	.spec = {.name = "StoreData", .ports = "1/1", .processing = "a"},
	.base = "store_data",
	.summary = "writes bytes into packets",
	.help = "DATA replaces what is at OFFSET, as much of it as the packet has room for: the "
		"length stays. Checksums are left as they are.",
	.flags = SL_C_STILL,
	.params = params,
	.conf_size = sizeof(struct store_data_conf),
	.conf = conf,
	.configure = configure,
	.weight = 200,
};
