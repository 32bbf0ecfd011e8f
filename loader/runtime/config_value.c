// SPDX-License-Identifier: GPL-2.0-only
/* Single values of a node file, from their text. */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <net/if.h>
#include <pwd.h>
#include <string.h>

#include "bpf/abi.h"
#include "loader/mem.h"
#include "loader/runtime/config.h"
#include "loader/runtime/config_value.h"

bool sl_name_valid(const char *name)
{
	size_t len = strlen(name);

	if (len < 1 || len > SL_NAME_MAX || name[0] < 'a' || name[0] > 'z')
		return false;
	return strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") == len;
}

bool sl_tenant_name_valid(const char *name)
{
	/* Directories beside the tenants' own (platform.h). */
	static const char *const taken[] = {"platform", "platform-new", "ports", "copies"};

	for (size_t i = 0; i < sizeof(taken) / sizeof(*taken); i++)
		if (!strcmp(name, taken[i]))
			return false;
	return sl_name_valid(name);
}

/* Digits of one base at `*s`, moved on. */
static int digits(const char **s, unsigned int base, uint64_t *out)
{
	const char *p = *s;
	uint64_t n = 0;

	for (;; p++) {
		unsigned int v;

		if (*p >= '0' && *p <= '9')
			v = *p - '0';
		else if (base == 16 && isxdigit((unsigned char)*p))
			v = tolower((unsigned char)*p) - 'a' + 10;
		else
			break;
		if (__builtin_mul_overflow(n, base, &n) || __builtin_add_overflow(n, v, &n))
			return -ERANGE;
	}
	if (p == *s)
		return -EINVAL;
	*s = p;
	*out = n;
	return 0;
}

int sl_value_uint(const char *text, uint64_t *out)
{
	const char *s = text;
	uint64_t n;
	int ret;

	if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) {
		s += 2;
		ret = digits(&s, 16, &n);
	} else {
		/* 010 would be eight to some readers. */
		if (s[0] == '0' && s[1])
			return -EINVAL;
		ret = digits(&s, 10, &n);
	}
	if (ret)
		return ret;
	if (*s)
		return -EINVAL;
	*out = n;
	return 0;
}

int sl_value_bool(const char *text, bool *out)
{
	if (!strcmp(text, "true") || !strcmp(text, "yes"))
		*out = true;
	else if (!strcmp(text, "false") || !strcmp(text, "no"))
		*out = false;
	else
		return -EINVAL;
	return 0;
}

/*
 * A decimal number with up to nine digits behind the point, times `scale(suffix)`. The result has
 * to come out whole.
 */
static int scaled(const char *text, int (*scale)(const char *suffix, uint64_t *factor),
		  uint64_t *out)
{
	uint64_t whole, frac = 0, factor, n, part;
	uint64_t unit = 1;
	const char *s = text;
	int ret = digits(&s, 10, &whole);

	if (ret)
		return ret;
	if (*s == '.') {
		const char *from = ++s;

		ret = digits(&s, 10, &frac);
		if (ret || s - from > 9)
			return -EINVAL;
		for (; from < s; from++)
			unit *= 10;
	}
	ret = scale(s, &factor);
	if (ret)
		return ret;
	if (__builtin_mul_overflow(whole, factor, &n) ||
	    __builtin_mul_overflow(frac, factor, &part))
		return -ERANGE;
	if (part % unit)
		return -EINVAL;
	if (__builtin_add_overflow(n, part / unit, &n))
		return -ERANGE;
	*out = n;
	return 0;
}

/* A prefix letter of `letters` at `*s`, as base^position; none is 1. */
static uint64_t prefix_factor(const char **s, const char *letters, unsigned int base)
{
	const char *at = **s ? strchr(letters, tolower((unsigned char)**s)) : NULL;
	uint64_t factor = 1;

	if (!at)
		return 1;
	for (const char *l = letters; l <= at; l++)
		factor *= base;
	(*s)++;
	return factor;
}

static int one_of(const char *s, const char *const *words)
{
	for (; *words; words++)
		if (!strcmp(s, *words))
			return 0;
	return -EINVAL;
}

static int cpu_scale(const char *suffix, uint64_t *factor)
{
	static const char *const words[] = {"", "%", " %", NULL};

	*factor = 10;
	return one_of(suffix, words);
}

static int rate_scale(const char *s, uint64_t *factor)
{
	static const char *const words[] = {"", "bit", "bit/s", "bps", "b/s", NULL};

	s += *s == ' ';
	*factor = prefix_factor(&s, "kmgt", 1000);
	return one_of(s, words);
}

static int count_scale(const char *s, uint64_t *factor)
{
	static const char *const words[] = {"", NULL};

	*factor = prefix_factor(&s, "kmg", 1000);
	return one_of(s, words);
}

static int size_scale(const char *s, uint64_t *factor)
{
	static const char *const words[] = {"", "iB", "B", NULL};

	s += *s == ' ';
	*factor = prefix_factor(&s, "kmgt", 1024);
	if (*factor == 1 && !strcmp(s, "iB"))
		return -EINVAL;
	return one_of(s, words);
}

int sl_value_cpu(const char *text, uint64_t *milli)
{
	return scaled(text, cpu_scale, milli);
}

int sl_value_rate(const char *text, uint64_t *bps)
{
	return scaled(text, rate_scale, bps);
}

int sl_value_count(const char *text, uint64_t *n)
{
	return scaled(text, count_scale, n);
}

int sl_value_size(const char *text, uint64_t *bytes)
{
	return scaled(text, size_scale, bytes);
}

int sl_value_key(const char *text, uint32_t *key)
{
	struct in_addr quad;
	uint64_t n;
	int ret;

	if (strchr(text, '.')) {
		if (inet_pton(AF_INET, text, &quad) != 1)
			return -EINVAL;
		*key = ntohl(quad.s_addr);
		return 0;
	}
	ret = sl_value_uint(text, &n);
	if (ret)
		return ret;
	if (n > UINT32_MAX)
		return -ERANGE;
	*key = n;
	return 0;
}

int sl_value_prefix(const char *text, __be32 *addr, uint8_t *len)
{
	const char *slash = strchr(text, '/');
	char host[INET_ADDRSTRLEN];
	struct in_addr a;
	uint32_t rest;
	uint64_t n;

	if (!slash || (size_t)(slash - text) >= sizeof(host))
		return -EINVAL;
	memcpy(host, text, slash - text);
	host[slash - text] = '\0';
	if (inet_pton(AF_INET, host, &a) != 1 || sl_value_uint(slash + 1, &n) || n < 1 || n > 32)
		return -EINVAL;
	if (!sl_addr_is_unicast(&(struct sl_addr){.family = AF_INET, .v4 = a}))
		return -EINVAL;
	rest = n == 32 ? 0 : UINT32_MAX >> n;
	if (n <= 30 && (!(ntohl(a.s_addr) & rest) || (ntohl(a.s_addr) & rest) == rest))
		return -EINVAL;
	*addr = a.s_addr;
	*len = n;
	return 0;
}

int sl_value_prefix6(const char *text, uint8_t addr[16], uint8_t *len)
{
	const char *slash = strchr(text, '/');
	char host[INET6_ADDRSTRLEN];
	struct sl_addr a = {.family = AF_INET6};
	uint64_t n;

	if (!slash || (size_t)(slash - text) >= sizeof(host))
		return -EINVAL;
	memcpy(host, text, slash - text);
	host[slash - text] = '\0';
	if (inet_pton(AF_INET6, host, &a.v6) != 1 || sl_value_uint(slash + 1, &n) || n < 1 ||
	    n > 128)
		return -EINVAL;
	if (!sl_addr_is_unicast(&a) || IN6_IS_ADDR_LINKLOCAL(&a.v6) ||
	    IN6_IS_ADDR_LOOPBACK(&a.v6) || IN6_IS_ADDR_V4MAPPED(&a.v6))
		return -EINVAL;
	memcpy(addr, a.bytes, 16);
	*len = n;
	return 0;
}

int sl_value_device(const char *text, uint8_t *index)
{
	uint64_t n;
	int ret;

	if (strncmp(text, "eth", 3) || text[3] < '0' || text[3] > '9')
		return -EINVAL;
	if (text[3] == '0' && text[4])
		return -EINVAL;
	ret = sl_value_uint(text + 3, &n);
	if (ret)
		return ret;
	if (n >= SL_MAX_DEVS)
		return -ERANGE;
	*index = n;
	return 0;
}

int sl_value_owner(const char *text, uid_t *uid)
{
	_free_ char *buf = NULL;
	struct passwd pw, *found = NULL;
	size_t size = 1024;
	uint64_t n;
	int ret;

	if (!*text)
		return -EINVAL;
	ret = sl_value_uint(text, &n);
	if (!ret) {
		/* The largest means "nobody in particular" to the kernel's calls. */
		if (n >= UINT32_MAX)
			return -ERANGE;
		*uid = n;
		return 0;
	}
	if (isdigit((unsigned char)text[0]))
		return ret;
	do {
		char *more = realloc(buf, size);

		if (!more)
			return -ENOMEM;
		buf = more;
		ret = getpwnam_r(text, &pw, buf, size, &found);
		size *= 2;
	} while (ret == ERANGE && size <= 1 << 20);
	if (!found)
		return ret == ENOMEM ? -ENOMEM : -ENOENT;
	*uid = pw.pw_uid;
	return 0;
}

bool sl_value_is_interface(const char *text)
{
	size_t len = strlen(text);

	if (len < 1 || len >= IFNAMSIZ || !strcmp(text, ".") || !strcmp(text, ".."))
		return false;
	for (size_t i = 0; i < len; i++)
		if (text[i] == '/' || text[i] == ':' || text[i] == '%' ||
		    isspace((unsigned char)text[i]) || iscntrl((unsigned char)text[i]))
			return false;
	return true;
}

bool sl_value_is_var(const char *text)
{
	const char *eq = strchr(text, '=');

	if (!eq || eq == text || !(isalpha((unsigned char)text[0]) || text[0] == '_'))
		return false;
	for (const char *s = text; s < eq; s++)
		if (!isalnum((unsigned char)*s) && *s != '_')
			return false;
	return true;
}
