// SPDX-License-Identifier: GPL-2.0-only
/* Arguments and handlers of classes that prepend IPv4 and UDP headers. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "loader/config/udp_encap.h"

int sl_udp_encap_configure(struct sl_conf *cf)
{
	struct udp_encap *c = cf->inst->conf;
	int ret = sl_encap_port(cf, "SPORT", &c->sport);

	if (!ret)
		ret = sl_encap_dst(cf, &c->ip);
	if (!ret)
		ret = sl_encap_port(cf, "DPORT", &c->dport);
	c->ip.ttl = 250;
	c->ip.proto = SL_IPPROTO_UDP;
	return ret;
}

int sl_h_udp_encap_port_get(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
			    const char *args, FILE *out, struct sl_diags *d)
{
	uint16_t port;

	(void)l, (void)args, (void)d;
	memcpy(&port, (const char *)in->conf + h->offset, sizeof(port));
	fprintf(out, "%" PRIu16, port);
	return 0;
}

int sl_h_udp_encap_port_set(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
			    const char *value, struct sl_diags *d)
{
	uint16_t port;

	if (!sl_encap_parse_port(value, l->program, in->elem, &port))
		return sl_h_param_set(l, in, h, value, d);
	sl_diag_hint(sl_diag_element(sl_error(d, SL_NOPOS, "bad-value", "%s: '%s': no UDP port",
					      h->name, value),
				     in->elem->name),
		     "give a number from 0 to 65535, or a name from PortInfo");
	return -EINVAL;
}
