/* SPDX-License-Identifier: GPL-2.0-only */
/* Filter expressions: a test as its words give it, between reading and checking. */
#ifndef SL_FILTER_GIVEN_H
#define SL_FILTER_GIVEN_H

#include "loader/config/filter.h"

enum sl_fside { SRC = 1, DST, BOTH, EITHER };
enum sl_relation { EQUAL, GREATER, LESS };

/* A test as its words give it. Addresses in host order. */
struct sl_filter_given {
	struct sl_filter_text *t;
	size_t first; /* its words, for messages */
	enum sl_ftype type;
	struct sl_filter_field field;
	int proto;
	int srcdst;
	bool said_srcdst;
	char header; /* 'i', 'e', or 0: not said */
	enum sl_relation relation;
	bool negated;
	enum sl_ftype value_type; /* SL_FT_NONE: no value */
	size_t value_at;
	struct sl_filter_field value_field; /* value_type is SL_FT_FIELD */
	uint32_t value, net_mask;
	uint8_t ether[6], ether_mask[6];
	enum sl_ftype mask_type; /* SL_FT_NONE: no mask */
	size_t mask_at;
	uint32_t mask;
};

/* Reports at word `at`, with what to do about it. -EINVAL. */
int sl_filter_complain(struct sl_filter_given *g, size_t at, const char *what, const char *hint);
/* Says what is wrong with the test as a whole, or what it is. 0 or -EINVAL (reported). */
int sl_filter_check(struct sl_filter_given *g, struct sl_filter_test *out);

#endif
