// SPDX-License-Identifier: GPL-2.0-only
/* Sets of IPv4 addresses in arguments. */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "loader/config/addrs.h"
#include "loader/mem.h"

bool sl_addrs_has(const struct sl_addrs *a, uint32_t addr)
{
	for (size_t i = 0; i < a->n; i++) {
		if (a->list[i] == addr)
			return true;
	}
	return false;
}

int sl_addrs_add(struct sl_addrs *a, uint32_t addr)
{
	if (sl_addrs_has(a, addr))
		return 0;
	if (SL_GROW(a->list, a->n, a->cap))
		return -ENOMEM;
	a->list[a->n++] = addr;
	return 0;
}

int sl_addrs_read(struct sl_addrs *a, struct sl_conf *cf, const char *param,
		  const struct sl_arg *arg)
{
	const char *s = arg ? arg->text : "";

	for (;;) {
		_free_ char *word = sl_next_word(&s);
		const char *why = "";
		uint32_t addr;

		if (!word)
			return *s ? -ENOMEM : 0;
		if (sl_parse_value(SL_T_IP4, word, cf->program, cf->inst->elem, &addr, &why)) {
			sl_diag_hint(sl_conf_error(cf, arg, "bad-argument", "%s: '%s': %s", param,
						   word, why),
				     "give IP addresses with spaces between them");
			return -EINVAL;
		}
		if (sl_addrs_add(a, addr))
			return -ENOMEM;
	}
}

/* The least address, or the least above `above`; a->n: there is none. */
static size_t least(const struct sl_addrs *a, const uint32_t *above)
{
	size_t found = a->n;

	for (size_t i = 0; i < a->n; i++)
		if ((!above || a->list[i] > *above) &&
		    (found == a->n || a->list[i] < a->list[found]))
			found = i;
	return found;
}

/* In order of the addresses: elements with the same set have the same code (loader/plan/alike.c).
 */
void sl_addrs_emit(const struct sl_addrs *a, uint32_t inst, const char *name, FILE *out)
{
	fprintf(out, "sl_inline int e%" PRIu32 "_%s(__be32 a)\n{\n\tswitch (a) {\n", inst, name);
	for (size_t i = least(a, NULL); i < a->n; i = least(a, &a->list[i]))
		fprintf(out, "\tcase 0x%" PRIx32 "u:\n", a->list[i]);
	if (a->n)
		fputs("\t\treturn 1;\n", out);
	fputs("\tdefault:\n\t\treturn 0;\n\t}\n}\n", out);
}

void sl_addrs_free(struct sl_addrs *a)
{
	free(a->list);
	*a = (struct sl_addrs){0};
}

int sl_parse_addr_or_prefix(const char *text, const struct sl_program *p,
			    const struct sl_elem *where, struct sl_prefix4 *out, const char **why)
{
	const char *net = strrchr(text, ':');
	uint32_t addr;

	/* NAME:ipnet asks for the network, which is an address, too. */
	if ((!net || strcmp(net, ":ipnet")) &&
	    !sl_parse_value(SL_T_IP4, text, p, where, &addr, why)) {
		*out = (struct sl_prefix4){.addr = addr, .mask = UINT32_MAX};
		return 0;
	}
	return sl_parse_value(SL_T_IP4PREFIX, text, p, where, out, why);
}
