// SPDX-License-Identifier: GPL-2.0-only
/* Values of the argument types in Click's syntax, for handlers and new configurations. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

#include "loader/config/config.h"

/* `n` / 10^digits without trailing zeroes; at most 20 digits. */
static void print_decimal(uint64_t n, unsigned int digits, FILE *out)
{
	char fraction[24];
	uint64_t whole = n;
	unsigned int last = 0;

	for (unsigned int i = digits; i > 0; i--, whole /= 10) {
		fraction[i - 1] = (char)('0' + whole % 10);
		if (!last && whole % 10)
			last = i;
	}
	fprintf(out, "%" PRIu64, whole);
	if (last)
		fprintf(out, ".%.*s", (int)last, fraction);
}

static void print_ip4(uint32_t addr, FILE *out)
{
	uint8_t b[4];

	memcpy(b, &addr, 4);
	fprintf(out, "%u.%u.%u.%u", b[0], b[1], b[2], b[3]);
}

static void print_prefix4(struct sl_prefix4 v, FILE *out)
{
	uint32_t host_bits = ~ntohl(v.mask);

	print_ip4(v.addr, out);
	fputc('/', out);
	if (host_bits & (host_bits + 1))
		print_ip4(v.mask, out);
	else
		fprintf(out, "%d", 32 - __builtin_popcount(host_bits));
}

/*
 * The form of RFC 5952: lower case, no leading zeroes, the first of the longest runs of zeroes left
 * out if it is longer than one; IPv4-mapped addresses end in their IPv4 address.
 */
static void print_ip6(const uint8_t a[16], FILE *out)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	int groups = memcmp(a, mapped, 12) ? 8 : 6, best = 0, best_len = 1, run = 0;
	uint32_t ip4;

	for (int i = 0; i < groups; i++) {
		run = a[2 * i] || a[2 * i + 1] ? 0 : run + 1;
		if (run > best_len) {
			best_len = run;
			best = i + 1 - run;
		}
	}
	for (int i = 0; i < groups; i++) {
		if (best_len > 1 && i == best) {
			fputs("::", out);
			i += best_len - 1;
			continue;
		}
		fprintf(out, "%s%x", i && (best_len == 1 || i != best + best_len) ? ":" : "",
			a[2 * i] << 8 | a[2 * i + 1]);
	}
	if (groups == 6) {
		memcpy(&ip4, a + 12, 4);
		fputc(':', out);
		print_ip4(ip4, out);
	}
}

/* The shortest number that is read as the same probability. */
static void print_probability(uint64_t v, FILE *out)
{
	uint64_t pow = 1, n = 0;
	unsigned int digits;

	for (digits = 0; digits < 9; digits++, pow *= 10) {
		n = (v * pow + (1u << 27)) >> 28;
		if (((n << 28) + pow / 2) / pow == v)
			break;
	}
	if (digits == 9)
		n = (v * pow + (1u << 27)) >> 28;
	print_decimal(n, digits, out);
}

void sl_value_print(enum sl_ptype type, const void *value, const struct sl_program *p, FILE *out)
{
	union {
		uint64_t u64;
		uint32_t u32;
		int32_t s32;
		uint16_t u16;
		uint8_t u8, ether[6], ip6[16];
		struct sl_prefix4 prefix;
		struct sl_prefix6 prefix6;
	} v = {0};

	memcpy(&v, value, sl_type_size(type));
	switch (type) {
	case SL_T_U8:
	case SL_T_ANNO8:
	case SL_T_ANNO32:
		fprintf(out, "%u", v.u8);
		break;
	case SL_T_U16:
		fprintf(out, "%u", v.u16);
		break;
	case SL_T_U32:
		fprintf(out, "%" PRIu32, v.u32);
		break;
	case SL_T_S32:
		fprintf(out, "%" PRId32, v.s32);
		break;
	case SL_T_BOOL:
		fputs(v.u8 ? "true" : "false", out);
		break;
	case SL_T_IP4:
		print_ip4(v.u32, out);
		break;
	case SL_T_IP4PREFIX:
		print_prefix4(v.prefix, out);
		break;
	case SL_T_IP6:
		print_ip6(v.ip6, out);
		break;
	case SL_T_IP6PREFIX:
		print_ip6(v.prefix6.addr, out);
		fprintf(out, "/%" PRIu32, v.prefix6.len);
		break;
	case SL_T_ETHER:
		fprintf(out, "%02X-%02X-%02X-%02X-%02X-%02X", v.ether[0], v.ether[1], v.ether[2],
			v.ether[3], v.ether[4], v.ether[5]);
		break;
	case SL_T_NS:
		print_decimal(v.u64, 9, out);
		fputc('s', out);
		break;
	case SL_T_BPS:
		fprintf(out, "%" PRIu64 "Bps", v.u64);
		break;
	case SL_T_DEV:
		for (size_t i = 0; p && i < p->devices.n; i++) {
			if (p->devices.list[i].index == v.u8)
				fputs(p->devices.list[i].name, out);
		}
		break;
	case SL_T_PROB:
		print_probability(v.u32, out);
		break;
	case SL_T_TEXT:
	case SL_T_ARG:
		break;
	}
}
