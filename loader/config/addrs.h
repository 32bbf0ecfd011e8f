/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sets of IPv4 addresses in arguments (BADSRC, OTHERADDRS, ...): read from a list separated by
 * spaces, written as a C function that knows whether an address is in the set.
 */
#ifndef SL_ADDRS_H
#define SL_ADDRS_H

#include "loader/config/config.h"

struct sl_addrs {
	uint32_t *list; /* network order */
	size_t n, cap;
};

/* 0 or -ENOMEM. Adding twice is adding once. */
int sl_addrs_add(struct sl_addrs *a, uint32_t addr);
bool sl_addrs_has(const struct sl_addrs *a, uint32_t addr);
/* Adds all addresses of an argument (NULL: none). 0, -ENOMEM, or -EINVAL with a message. */
int sl_addrs_read(struct sl_addrs *a, struct sl_conf *cf, const char *param,
		  const struct sl_arg *arg);
/* Writes `static int eN_NAME(__be32 a)`: nonzero if `a` is in the set. */
void sl_addrs_emit(const struct sl_addrs *a, uint32_t inst, const char *name, FILE *out);
void sl_addrs_free(struct sl_addrs *a);

/*
 * An address with or without a prefix length; a name that is both an address and a network is the
 * address, as in Click. 0 or -EINVAL with *why.
 */
int sl_parse_addr_or_prefix(const char *text, const struct sl_program *p,
			    const struct sl_elem *where, struct sl_prefix4 *out, const char **why);

#endif
