/* SPDX-License-Identifier: GPL-2.0-only */
/* Click's classes that are not here: what each needs, or why it is none for Sluice, and what to do.
 */
#ifndef SL_CONFIG_ELSEWHERE_H
#define SL_CONFIG_ELSEWHERE_H

#include <stddef.h>
#include <stdio.h>

struct sl_elsewhere {
	/* With the name in front a sentence: "needs a container ...". */
	const char *why;
	const char *hint;
	const char *names; /* with a space between */
};

extern const struct sl_elsewhere sl_elsewhere[];
extern const size_t sl_elsewhere_n;

/* What is known of a class of Click's, or NULL. Whether the class is here after all is not looked
 * at. */
const struct sl_elsewhere *sl_elsewhere_find(const char *name);

#endif
