// SPDX-License-Identifier: GPL-2.0-only
/* Values of the argument types: from text to what conf stores. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "loader/config/config.h"
#include "loader/mem.h"

size_t sl_type_size(enum sl_ptype type)
{
	switch (type) {
	case SL_T_U8:
	case SL_T_BOOL:
	case SL_T_ANNO8:
	case SL_T_ANNO32:
	case SL_T_DEV:
		return 1;
	case SL_T_U16:
		return 2;
	case SL_T_U32:
	case SL_T_S32:
	case SL_T_IP4:
	case SL_T_PROB:
		return 4;
	case SL_T_ETHER:
		return 6;
	case SL_T_IP4PREFIX:
	case SL_T_NS:
	case SL_T_BPS:
		return 8;
	case SL_T_IP6:
		return 16;
	case SL_T_IP6PREFIX:
		return sizeof(struct sl_prefix6);
	case SL_T_TEXT:
	case SL_T_ARG:
		return 0;
	}
	return 0;
}

size_t sl_kind_size(enum sl_kind kind)
{
	switch (kind) {
	case SL_K_U8:
	case SL_K_BOOL:
		return 1;
	case SL_K_U16:
	case SL_K_BE16:
		return 2;
	case SL_K_U32:
	case SL_K_S32:
	case SL_K_IP4:
		return 4;
	case SL_K_U64:
		return 8;
	case SL_K_ETHER:
		return 6;
	case SL_K_IP6:
		return 16;
	case SL_K_BYTES:
		return 0;
	}
	return 0;
}

size_t sl_field_size(const struct sl_field *f)
{
	size_t one = f->kind == SL_K_BYTES ? 1 : sl_kind_size(f->kind);

	return f->count ? one * f->count : one;
}

const char *sl_type_text(enum sl_ptype type)
{
	switch (type) {
	case SL_T_U8:
		return "a number from 0 to 255";
	case SL_T_U16:
		return "a number from 0 to 65535";
	case SL_T_U32:
		return "a number from 0 to 4294967295";
	case SL_T_S32:
		return "a number from -2147483648 to 2147483647";
	case SL_T_BOOL:
		return "true or false";
	case SL_T_IP4:
		return "an IP address such as 192.0.2.1, or a name from AddressInfo";
	case SL_T_IP4PREFIX:
		return "an IP prefix such as 192.0.2.0/24, or a name from AddressInfo";
	case SL_T_IP6:
		return "an IPv6 address such as 2001:db8::1, or a name from AddressInfo";
	case SL_T_IP6PREFIX:
		return "an IPv6 prefix such as 2001:db8::/32, or a name from AddressInfo";
	case SL_T_ETHER:
		return "an Ethernet address such as 02:00:00:00:00:01, or a name from AddressInfo";
	case SL_T_NS:
		return "a time such as 20ms, 1.5 s or 5m";
	case SL_T_BPS:
		return "a bandwidth such as 10Mbps or 125kBps";
	case SL_T_ANNO8:
		return "a one-byte annotation such as PAINT, or its offset";
	case SL_T_ANNO32:
		return "a four-byte annotation such as DST_IP, or its offset";
	case SL_T_DEV:
		return "a device of the tenant such as eth0";
	case SL_T_PROB:
		return "a probability from 0 to 1";
	case SL_T_TEXT:
		return "a text";
	case SL_T_ARG:
		return "an argument of the class's own syntax";
	}
	return "";
}

static int refuse(const char **why, const char *sentence)
{
	*why = sentence;
	return -EINVAL;
}

static int unsigned_int(const char *text, uint64_t max, const char *range, uint64_t *out,
			const char **why)
{
	bool negative;

	if (!sl_text_int(text, &negative, out))
		return refuse(why, "not a whole number");
	if ((negative && *out) || *out > max)
		return refuse(why, range);
	return 0;
}

static int signed_int(const char *text, int32_t *out, const char **why)
{
	bool negative;
	uint64_t n;

	if (!sl_text_int(text, &negative, &n))
		return refuse(why, "not a whole number");
	if (n > (negative ? 0x80000000ull : 0x7fffffffull))
		return refuse(why, "out of range: must be -2147483648 to 2147483647");
	*out = (int32_t)(negative ? -(int64_t)n : (int64_t)n);
	return 0;
}

static const char *skip_space(const char *s)
{
	while (isspace((unsigned char)*s))
		s++;
	return s;
}

static int seconds(const char *text, uint64_t *out, const char **why)
{
	static const struct {
		const char *unit;
		uint64_t ns;
	} units[] = {
		{"", 1000000000},
		{"s", 1000000000},
		{"sec", 1000000000},
		{"ms", 1000000},
		{"msec", 1000000},
		{"us", 1000},
		{"usec", 1000},
		{"ns", 1},
		{"nsec", 1},
		{"m", 60000000000},
		{"min", 60000000000},
		{"h", 3600000000000},
		{"hr", 3600000000000},
		{"d", 86400000000000},
		{"day", 86400000000000},
	};
	const char *end = text;
	uint64_t n;
	int ret = sl_text_decimal(&end, 1, &n);

	if (ret == -EINVAL)
		return refuse(why, "not a time");
	end = skip_space(end);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(end, units[i].unit))
			continue;
		if (sl_text_decimal(&text, units[i].ns, out))
			return refuse(why, "out of range: a time is 0 to 18446744073 s");
		return 0;
	}
	return refuse(why, "unknown unit of time: use s, ms, us, ns, m, h or d");
}

static int bandwidth(const char *text, uint64_t *out, const char **why)
{
	const char *end = text;
	uint64_t n, scale = 1;
	bool bits;
	int ret = sl_text_decimal(&end, 1, &n);

	if (ret == -EINVAL)
		return refuse(why, "not a bandwidth");
	end = skip_space(end);
	if (*end == 'k' || *end == 'K')
		scale = 1000;
	else if (*end == 'M')
		scale = 1000000;
	else if (*end == 'G')
		scale = 1000000000;
	if (scale != 1)
		end++;
	bits = !strcmp(end, "bps") || !strcmp(end, "b/s") || !strcmp(end, "baud");
	if (!bits && *end && strcmp(end, "Bps") && strcmp(end, "B/s"))
		return refuse(why, "unknown unit of bandwidth: use bps or Bps, with k, M or G");
	if (sl_text_decimal(&text, scale, out))
		return refuse(why, "out of range for a bandwidth");
	if (bits)
		*out = *out / 8 + (*out % 8 >= 4);
	return 0;
}

static int probability(const char *text, uint32_t *out, const char **why)
{
	uint64_t n;
	int ret = sl_text_decimal(&text, 1u << 28, &n);

	if (ret == -EINVAL || *text)
		return refuse(why, "not a number");
	if (ret || n > 1u << 28)
		return refuse(why, "out of range: a probability is 0 to 1");
	*out = (uint32_t)n;
	return 0;
}

static int device(const char *text, const struct sl_program *p, uint8_t *out, const char **why)
{
	size_t len;
	_free_ char *name = sl_unquote(text, &len);

	if (!name)
		return refuse(why, "out of memory");
	for (size_t i = 0; p && i < p->devices.n; i++) {
		if (len == strlen(name) && !strcmp(name, p->devices.list[i].name)) {
			*out = p->devices.list[i].index;
			return 0;
		}
	}
	return refuse(why, "not a device of this tenant");
}

static int named(int ret, const char *sentence, const char **why)
{
	if (ret == -ESRCH)
		return refuse(why, "this name has no address of the kind needed here");
	return ret ? refuse(why, sentence) : 0;
}

int sl_parse_value(enum sl_ptype type, const char *text, const struct sl_program *p,
		   const struct sl_elem *where, void *out, const char **why)
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
	uint64_t n = 0;
	bool b;
	int ret = 0;

	switch (type) {
	case SL_T_U8:
		ret = unsigned_int(text, UINT8_MAX, "out of range: must be 0 to 255", &n, why);
		v.u8 = (uint8_t)n;
		break;
	case SL_T_U16:
		ret = unsigned_int(text, UINT16_MAX, "out of range: must be 0 to 65535", &n, why);
		v.u16 = (uint16_t)n;
		break;
	case SL_T_U32:
		ret = unsigned_int(text, UINT32_MAX, "out of range: must be 0 to 4294967295", &n,
				   why);
		v.u32 = (uint32_t)n;
		break;
	case SL_T_S32:
		ret = signed_int(text, &v.s32, why);
		break;
	case SL_T_BOOL:
		if (!sl_text_bool(text, &b))
			ret = refuse(why, "neither true nor false");
		else
			v.u8 = b;
		break;
	case SL_T_IP4:
		if (!sl_text_ip4(text, &v.u32))
			ret = named(sl_names_ip4(p, where, text, &v.u32), "not an IP address", why);
		break;
	case SL_T_IP4PREFIX:
		if (!sl_text_prefix4(text, &v.prefix))
			ret = named(sl_names_prefix4(p, where, text, &v.prefix), "not an IP prefix",
				    why);
		break;
	case SL_T_IP6:
		if (!sl_text_ip6(text, v.ip6))
			ret = named(sl_names_ip6(p, where, text, v.ip6), "not an IPv6 address",
				    why);
		break;
	case SL_T_IP6PREFIX:
		if (!sl_text_prefix6(text, &v.prefix6))
			ret = named(sl_names_prefix6(p, where, text, &v.prefix6),
				    "not an IPv6 prefix", why);
		break;
	case SL_T_ETHER:
		if (!sl_text_ether(text, v.ether))
			ret = named(sl_names_ether(p, where, text, v.ether),
				    "not an Ethernet address", why);
		break;
	case SL_T_NS:
		ret = seconds(text, &v.u64, why);
		break;
	case SL_T_BPS:
		ret = bandwidth(text, &v.u64, why);
		break;
	case SL_T_ANNO8:
		ret = sl_text_anno(text, 1, &v.u8, why);
		break;
	case SL_T_ANNO32:
		ret = sl_text_anno(text, 4, &v.u8, why);
		break;
	case SL_T_DEV:
		ret = device(text, p, &v.u8, why);
		break;
	case SL_T_PROB:
		ret = probability(text, &v.u32, why);
		break;
	case SL_T_TEXT:
	case SL_T_ARG:
		break;
	}
	if (!ret)
		memcpy(out, &v, sl_type_size(type));
	return ret;
}
