// SPDX-License-Identifier: GPL-2.0-only
/* What a value on the command line, or in a request, may be. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "ctl/command.h"
#include "loader/config/config.h"
#include "loader/mem.h"

int ctl_time_ms(const char *text, unsigned long long *ms)
{
	uint64_t v;

	if (sl_text_decimal(&text, 1000, &v))
		return -EINVAL;
	if (!strcmp(text, "ms"))
		v /= 1000;
	else if (!strcmp(text, "m") || !strcmp(text, "min"))
		v = v > UINT64_MAX / 60 ? UINT64_MAX : v * 60;
	else if (strcmp(text, "s") && *text)
		return -EINVAL;
	/* A year is for ever. */
	if (v > 366ull * 86400 * 1000)
		return -EINVAL;
	*ms = v;
	return 0;
}

static bool is_number(const char *text)
{
	size_t n = strspn(text, "0123456789");

	return n > 0 && n < 10 && !text[n];
}

static bool is_name(const char *text)
{
	size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-");

	return n > 0 && n < 32 && !text[n] && islower((unsigned char)text[0]);
}

/* A name, a separator, and something behind it. */
static bool is_name_and(const char *text, char sep)
{
	const char *at = strchr(text, sep);
	_free_ char *name = at ? strndup(text, (size_t)(at - text)) : NULL;

	return name && is_name(name) && at[1];
}

static bool is_assignment(const char *text)
{
	size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");

	return n > 0 && text[n] == '=' && !isdigit((unsigned char)text[0]);
}

int ctl_check_value(enum ctl_kind kind, const char *const *choices, const char *text,
		    const char **why)
{
	unsigned long long ms;

	switch (kind) {
	case CTL_NUMBER:
		*why = "a number from 0 to 999999999";
		return is_number(text) ? 0 : -EINVAL;
	case CTL_TIME:
		*why = "a time like 60s, 500ms or 2m";
		return ctl_time_ms(text, &ms);
	case CTL_CHOICE:
		*why = "one of the values that the help lists";
		for (; *choices; choices++)
			if (!strcmp(*choices, text))
				return 0;
		return -EINVAL;
	case CTL_ASSIGN:
		*why = "a variable as NAME=value";
		return is_assignment(text) ? 0 : -EINVAL;
	case CTL_TENANT:
	case CTL_PORT:
		*why = "a name of at most 31 small letters, digits, '-' and '_'";
		return is_name(text) ? 0 : -EINVAL;
	case CTL_LINK:
		*why = "a link as TENANT/DEVICE";
		return is_name_and(text, '/') ? 0 : -EINVAL;
	case CTL_HANDLER:
		*why = "a handler as TENANT/ELEMENT.HANDLER";
		return is_name_and(text, '/') && strrchr(text, '.') &&
				       strrchr(text, '.') > strchr(text, '/') + 1 &&
				       strrchr(text, '.')[1]
			       ? 0
			       : -EINVAL;
	case CTL_INTERFACE:
		*why = "the name of a network interface";
		return *text && strlen(text) < 16 && !strchr(text, '/') ? 0 : -EINVAL;
	case CTL_LIMIT:
		*why = "a limit as cpu=15%, or cpu=none";
		return strchr(text, '=') > text ? 0 : -EINVAL;
	case CTL_ROUTER:
		*why = "a router as NAME=FILE";
		return strchr(text, '=') > text && strchr(text, '=')[1] ? 0 : -EINVAL;
	case CTL_INPUT:
		*why = "inputs as eth0=a.pcap,eth1=b.pcap";
		return is_name_and(text, '=') ? 0 : -EINVAL;
	case CTL_FILE:
	case CTL_DIR:
		*why = "a path";
		return *text ? 0 : -EINVAL;
	case CTL_FLAG:
	case CTL_TEXT:
	case CTL_COMMAND:
		return 0;
	}
	return -EINVAL;
}
