// SPDX-License-Identifier: GPL-2.0-only
/* ICMP types and codes (RFC 792, 950, 1122, 1256, 1812) by the names Click knows them by. */
#include <string.h>

#include "bpf/icmp.h"
#include "loader/config/config.h"
#include "loader/config/icmp_names.h"

struct name {
	const char *name;
	uint8_t value;
};

static const struct name types[] = {
	{"echo-reply", SL_ICMP_ECHO_REPLY},
	{"unreachable", SL_ICMP_UNREACHABLE},
	{"sourcequench", SL_ICMP_SOURCE_QUENCH},
	{"redirect", SL_ICMP_REDIRECT},
	{"echo", SL_ICMP_ECHO},
	{"routeradvert", 9},
	{"routersolicit", 10},
	{"timeexceeded", SL_ICMP_TIME_EXCEEDED},
	{"parameterproblem", SL_ICMP_PARAMETER_PROBLEM},
	{"timestamp", SL_ICMP_TIMESTAMP},
	{"timestamp-reply", SL_ICMP_TIMESTAMP_REPLY},
	{"inforeq", SL_ICMP_INFO},
	{"inforeq-reply", SL_ICMP_INFO_REPLY},
	{"maskreq", 17},
	{"maskreq-reply", 18},
	{NULL, 0},
};

static const struct name unreachable[] = {
	{"net", 0},
	{"host", 1},
	{"protocol", 2},
	{"port", 3},
	{"needfrag", SL_ICMP_UNREACHABLE_NEEDFRAG},
	{"srcroutefail", 5},
	{"netunknown", 6},
	{"hostunknown", 7},
	{"isolated", 8},
	{"netprohibited", 9},
	{"hostprohibited", 10},
	{"tosnet", 11},
	{"toshost", 12},
	{"filterprohibited", 13},
	{"hostprecedence", 14},
	{"precedencecutoff", 15},
	{NULL, 0},
};

static const struct name redirect[] = {
	{"net", 0}, {"host", 1}, {"tosnet", 2}, {"toshost", 3}, {NULL, 0},
};

static const struct name time_exceeded[] = {
	{"transit", 0},
	{"reassembly", 1},
	{NULL, 0},
};

static const struct name parameter_problem[] = {
	{"erroratptr", SL_ICMP_PARAMETER_AT_POINTER},
	{"missingopt", 1},
	{"length", 2},
	{NULL, 0},
};

static bool number_or_name(const char *text, const struct name *names, uint8_t *out)
{
	uint64_t n;
	bool negative;

	if (sl_text_int(text, &negative, &n)) {
		if ((negative && n) || n > UINT8_MAX)
			return false;
		*out = (uint8_t)n;
		return true;
	}
	for (; names && names->name; names++) {
		if (!strcmp(names->name, text)) {
			*out = names->value;
			return true;
		}
	}
	return false;
}

bool sl_icmp_type(const char *text, uint8_t *out)
{
	return number_or_name(text, types, out);
}

static const struct name *codes_of(uint8_t type)
{
	switch (type) {
	case SL_ICMP_UNREACHABLE:
		return unreachable;
	case SL_ICMP_REDIRECT:
		return redirect;
	case SL_ICMP_TIME_EXCEEDED:
		return time_exceeded;
	case SL_ICMP_PARAMETER_PROBLEM:
		return parameter_problem;
	default:
		return NULL;
	}
}

bool sl_icmp_code(uint8_t type, const char *text, uint8_t *out)
{
	return number_or_name(text, codes_of(type), out);
}

static const char *name_of(const struct name *names, uint8_t value)
{
	for (; names && names->name; names++) {
		if (names->value == value)
			return names->name;
	}
	return NULL;
}

const char *sl_icmp_type_name(uint8_t type)
{
	return name_of(types, type);
}

const char *sl_icmp_code_name(uint8_t type, uint8_t code)
{
	return name_of(codes_of(type), code);
}
