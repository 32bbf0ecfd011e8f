// SPDX-License-Identifier: GPL-2.0-only
/* Descriptor of AddressInfo. */
#include "loader/config/config.h"
#include "loader/element/element.h"

static const struct sl_param params[] = {
	SL_PARAM_X("NAMES", ARG, SL_P_POS | SL_P_REST, NULL, "NAME ADDRESS..., once or more"),
	SL_PARAMS_END,
};

static int configure(struct sl_conf *cf)
{
	int status = 0;

	for (size_t i = 0; i < cf->n_rest; i++) {
		int ret = sl_names_add_address(cf, cf->rest[i]);

		if (ret)
			status = ret;
	}
	return status;
}

const struct sl_class sl_class_address_info = {
	.spec = {.name = "AddressInfo", .ports = "0/0", .processing = "a", .info = true},
	.base = "address_info",
	.summary = "names for addresses",
	.help = "Each argument is a name and its addresses: IP address, IP prefix, IPv6 address, "
		"IPv6 prefix, Ethernet address. `10.0.0.1/8` and `2001:db8::1/32` are both an "
		"address and a network. Elements of the same compound, and of those inside it, may "
		"then use NAME, or NAME:ip, NAME:ipnet, NAME:bcast, NAME:ip6, NAME:ip6net, "
		"NAME:eth where one kind is to be told from the others. A device's name stands for "
		"its own addresses.",
	.flags = SL_C_INFO,
	.params = params,
	.configure = configure,
};
