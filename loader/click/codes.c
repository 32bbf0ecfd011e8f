// SPDX-License-Identifier: GPL-2.0-only
/* The codes in which a class says what ports it has, who moves packets, and where they go. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loader/click/check.h"
#include "loader/click/text.h"

/* "N", "A-B", "A-", "-B", "-": returns where it ends, or NULL. */
static const char *count_pair(const char *s, uint32_t *lo, uint32_t *hi)
{
	char *end = (char *)s;

	*lo = 0;
	if (click_isdigit(*s))
		*lo = (uint32_t)strtoul(s, &end, 10);
	else if (*s != '-')
		return NULL;
	*hi = *lo;
	if (*end == '-') {
		end++;
		*hi = UINT32_MAX;
		if (click_isdigit(*end))
			*hi = (uint32_t)strtoul(end, &end, 10);
	}
	return end;
}

int click_port_counts(const char *code, struct port_counts *c)
{
	struct port_counts r = {0};
	const char *s = count_pair(code, &r.in_lo, &r.in_hi);

	if (!s)
		return -EINVAL;
	if (!*s)
		s = code;
	else if (*s++ != '/')
		return -EINVAL;
	if (*s == '=') {
		r.out_follows = true;
		for (s++; *s == '+'; s++)
			r.out_more++;
	} else {
		s = count_pair(s, &r.out_lo, &r.out_hi);
	}
	if (!s || *s || r.in_lo > r.in_hi || r.out_lo > r.out_hi)
		return -EINVAL;
	*c = r;
	return 0;
}

/* The half of a code for inputs or outputs: without a slash it is the same for both. */
static const char *half(const char *code, bool output, const char **end)
{
	const char *slash = strchr(code, '/');

	*end = slash && !output ? slash : code + strlen(code);
	return slash && output ? slash + 1 : code;
}

enum sl_processing click_processing(const char *code, bool output, uint32_t port)
{
	const char *end, *s = half(code ? code : "a/a", output, &end);
	size_t n = end - s;

	if (!n)
		return SL_AGNOSTIC;
	switch (s[port < n ? port : n - 1]) {
	case 'h':
	case 'H':
		return SL_PUSH;
	case 'l':
	case 'L':
		return SL_PULL;
	default:
		return SL_AGNOSTIC;
	}
}

static uint64_t letter(char c)
{
	if (c >= 'a' && c <= 'z')
		return 1ULL << (c - 'a');
	if (c >= 'A' && c <= 'Z')
		return 1ULL << (26 + c - 'A');
	return 0;
}

/* One item, "x", "#", "[abc]" or "[^abc]"; returns where it ends. */
static const char *flow_item(const char *s, const char *end, struct flow *f)
{
	bool negated = false;

	*f = (struct flow){0};
	if (*s != '[') {
		f->letters = letter(*s);
		f->hash = *s == '#' ? HASH_OWN : HASH_NONE;
		return s + 1;
	}
	s++;
	if (s < end && *s == '^') {
		negated = true;
		s++;
	}
	for (; s < end && *s != ']'; s++) {
		f->letters |= letter(*s);
		if (*s == '#')
			f->hash = HASH_OWN;
	}
	if (negated) {
		f->letters = ~f->letters & ((1ULL << 52) - 1);
		f->hash = f->hash == HASH_OWN ? HASH_OTHERS : HASH_ALL;
	}
	return s < end ? s + 1 : end;
}

struct flow click_flow(const char *code, bool output, uint32_t port)
{
	const char *end, *s = half(code ? code : "x/x", output, &end);
	struct flow f = {.letters = 1};

	/* The last item goes for all further ports. */
	for (uint32_t i = 0; s < end && i <= port; i++)
		s = flow_item(s, end, &f);
	return f;
}

bool click_flows(const struct flow *in, const struct flow *out, uint32_t i, uint32_t o)
{
	if (in->letters & out->letters)
		return true;
	if (in->hash == HASH_NONE || out->hash == HASH_NONE)
		return false;
	if (in->hash == HASH_OWN && out->hash == HASH_OWN)
		return i == o;
	if ((in->hash == HASH_OWN && out->hash == HASH_OTHERS) ||
	    (in->hash == HASH_OTHERS && out->hash == HASH_OWN))
		return i != o;
	return true;
}
