// SPDX-License-Identifier: GPL-2.0-only
/* What handlers ask of a route table. */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "loader/lpm/ask.h"
#include "loader/mem.h"

static bool has_gw(const struct sl_lpm_route *r)
{
	static const uint8_t none[16];

	return memcmp(r->gw, none, sizeof(none)) != 0;
}

void sl_lpm_print(const struct sl_lpm_route *r, enum sl_lpm_family family, bool tabs, FILE *out)
{
	int af = family == SL_LPM_IP4 ? AF_INET : AF_INET6, len;
	char addr[INET6_ADDRSTRLEN], gw[INET6_ADDRSTRLEN] = "-";
	char tab = tabs ? '\t' : ' ';

	inet_ntop(af, r->addr, addr, sizeof(addr));
	if (has_gw(r))
		inet_ntop(af, r->gw, gw, sizeof(gw));
	len = fprintf(out, "%s/%u%c", addr, r->len, tab);
	if (tabs && len < 17)
		fputc('\t', out);
	len = fprintf(out, "%s%c", gw, tab);
	if (tabs && len < 9)
		fputc('\t', out);
	fprintf(out, "%" PRId32, (int32_t)r->port);
}

void sl_lpm_print_hop(const struct sl_lpm_route *r, enum sl_lpm_family family, FILE *out)
{
	char gw[INET6_ADDRSTRLEN];

	if (!r) {
		fputs("-1", out);
		return;
	}
	fprintf(out, "%" PRIu32, r->port);
	if (has_gw(r))
		fprintf(out, " %s",
			inet_ntop(family == SL_LPM_IP4 ? AF_INET : AF_INET6, r->gw, gw,
				  sizeof(gw)));
}

struct list {
	FILE *out;
	enum sl_lpm_family family;
};

static int list_one(void *arg, const struct sl_lpm_route *r)
{
	const struct list *l = arg;

	sl_lpm_print(r, l->family, true, l->out);
	fputc('\n', l->out);
	return 0;
}

static int refuse(const char *name, enum sl_lpm_family family, const char *what,
		  const struct sl_lpm_route *r, const char *rest, const char *hint,
		  struct sl_diags *d)
{
	_free_ char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return -ENOMEM;
	sl_lpm_print(r, family, false, f);
	if (fclose(f))
		return -ENOMEM;
	sl_diag_hint(
		sl_diag_element(sl_error(d, SL_NOPOS, "bad-route", "%s'%s'%s", what, text, rest),
				name),
		"%s", hint);
	return -EINVAL;
}

static int change(struct sl_lpm *t, enum sl_lpm_family family, const struct sl_lpm_ask *ask,
		  const char *name, struct sl_diags *d)
{
	struct sl_lpm_route have;
	_free_ char *rest = NULL;
	struct sl_lpm_stats stats;
	size_t failed = 0;
	int ret = sl_lpm_apply(t, ask->ops, ask->n, &failed, &have);

	switch (ret) {
	case -EEXIST:
		return refuse(name, family, "conflict with existing route ", &have, "",
			      "write to 'set' to replace it", d);
	case -ENOENT:
		return refuse(name, family, "route ", &ask->ops[failed].route, " not found",
			      "the handler 'table' lists the routes", d);
	case -EDQUOT:
		sl_lpm_stats(t, &stats);
		if (asprintf(&rest, ": the tenant's budget for tables leaves room for %zu routes",
			     stats.limit) < 0)
			return -ENOMEM;
		return refuse(name, family, "no room for route ", &ask->ops[failed].route, rest,
			      "remove some routes first, or have the budget raised", d);
	case -E2BIG:
	case -ENOMEM:
		return refuse(name, family, "no memory to store route ", &ask->ops[failed].route,
			      "", "remove some routes first", d);
	case -EINVAL:
		return refuse(name, family, "bad route ", &ask->ops[failed].route, "",
			      "no bits may be set behind the prefix", d);
	default:
		return ret;
	}
}

int sl_lpm_answer(struct sl_lpm *t, enum sl_lpm_family family, const struct sl_lpm_ask *ask,
		  const char *name, FILE *out, struct sl_diags *d)
{
	struct list l = {out, family};
	struct sl_lpm_route r;

	switch (ask->what) {
	case SL_LPM_CHANGE:
		return change(t, family, ask, name, d);
	case SL_LPM_LIST:
		return sl_lpm_each(t, list_one, &l);
	case SL_LPM_LOOKUP:
		sl_lpm_print_hop(sl_lpm_lookup(t, ask->addr, &r) ? NULL : &r, family, out);
		return 0;
	}
	return -EINVAL;
}
