// SPDX-License-Identifier: GPL-2.0-only
/*
 * Click's spellings of plain values: numbers, truth, addresses. No names, no element, no context;
 * what is in scope by name is in names.c.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "loader/config/config.h"

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 99;
}

bool sl_text_int(const char *text, bool *negative, uint64_t *magnitude)
{
	const char *s = text;
	uint64_t value = 0;
	bool over = false;
	int base = 10;

	*negative = *s == '-';
	if (*s == '-' || *s == '+')
		s++;
	if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) {
		base = 16;
		s += 2;
	} else if (s[0] == '0' && (s[1] == 'b' || s[1] == 'B')) {
		base = 2;
		s += 2;
	} else if (s[0] == '0') {
		base = 8;
	}
	if (digit(*s) >= base)
		return false;
	for (; *s; s++) {
		if (*s == '_' && digit(s[1]) < base)
			continue;
		if (digit(*s) >= base)
			return false;
		if (__builtin_mul_overflow(value, (uint64_t)base, &value) ||
		    __builtin_add_overflow(value, (uint64_t)digit(*s), &value))
			over = true;
	}
	*magnitude = over ? UINT64_MAX : value;
	return true;
}

/*
 * Works in integers throughout, so that what is written is what is stored: the mantissa's first 22
 * digits (further ones are below a part in 10^21) times the scale, then shifted by powers of ten.
 */
int sl_text_decimal(const char **text, uint64_t scale, uint64_t *out)
{
	const char *s = *text;
	unsigned __int128 value = 0;
	int shift = 0, kept = 0;
	bool negative = *s == '-', any = false, point = false;

	if (*s == '-' || *s == '+')
		s++;
	for (; isdigit((unsigned char)*s) || (*s == '.' && !point); s++) {
		if (*s == '.') {
			point = true;
			continue;
		}
		any = true;
		if (kept < 22) {
			value = value * 10 + (unsigned int)(*s - '0');
			kept += value != 0;
			shift -= point;
		} else {
			shift += !point;
		}
	}
	if (!any)
		return -EINVAL;
	if ((*s == 'e' || *s == 'E') &&
	    (isdigit((unsigned char)s[1]) ||
	     ((s[1] == '-' || s[1] == '+') && isdigit((unsigned char)s[2])))) {
		bool down = s[1] == '-';
		int e = 0;

		s += 1 + !isdigit((unsigned char)s[1]);
		for (; isdigit((unsigned char)*s); s++)
			e = e < 10000 ? e * 10 + (*s - '0') : e;
		shift += down ? -e : e;
	}
	*text = s;
	if (negative && value)
		return -ERANGE;
	value *= scale;
	for (; shift > 0 && value; shift--) {
		if (value > UINT64_MAX)
			return -ERANGE;
		value *= 10;
	}
	if (shift < 0 && value) {
		unsigned __int128 div = 1;

		for (; shift < 0 && div < value * 2; shift++)
			div *= 10;
		value = shift < 0 ? 0 : (value + div / 2) / div;
	}
	if (value > UINT64_MAX)
		return -ERANGE;
	*out = (uint64_t)value;
	return 0;
}

bool sl_text_bool(const char *text, bool *out)
{
	static const char *const no[] = {"0", "n", "f", "no", "false"};
	static const char *const yes[] = {"1", "y", "t", "yes", "true"};

	for (size_t i = 0; i < 5; i++) {
		if (!strcmp(text, no[i]) || !strcmp(text, yes[i])) {
			*out = !strcmp(text, yes[i]);
			return true;
		}
	}
	return false;
}

/* Up to `max` dotted decimal bytes; how many, or 0 if malformed. Moves *text. */
static int dotted(const char **text, uint8_t out[4], int max)
{
	const char *s = *text;
	int n = 0;

	for (;;) {
		unsigned int v = 0;
		int digits = 0;

		for (; isdigit((unsigned char)*s) && digits < 4; s++, digits++)
			v = v * 10 + (unsigned int)(*s - '0');
		if (!digits || digits > 3 || v > 255 || n == max)
			return 0;
		out[n++] = (uint8_t)v;
		if (*s != '.')
			break;
		s++;
	}
	*text = s;
	return n;
}

bool sl_text_ip4(const char *text, uint32_t *out)
{
	uint8_t b[4];

	if (dotted(&text, b, 4) != 4 || *text)
		return false;
	memcpy(out, b, 4);
	return true;
}

bool sl_text_prefix4(const char *text, struct sl_prefix4 *out)
{
	uint8_t b[4] = {0};
	uint32_t mask;

	if (!dotted(&text, b, 4) || *text++ != '/')
		return false;
	if (!sl_text_ip4(text, &mask)) {
		unsigned int len = 0;
		int digits = 0;

		for (; isdigit((unsigned char)*text) && digits < 3; text++, digits++)
			len = len * 10 + (unsigned int)(*text - '0');
		if (!digits || *text || len > 32)
			return false;
		mask = len ? htonl(~0u << (32 - len)) : 0;
	}
	memcpy(&out->addr, b, 4);
	out->mask = mask;
	return true;
}

bool sl_text_ip6(const char *text, uint8_t out[16])
{
	struct in6_addr a;

	if (inet_pton(AF_INET6, text, &a) != 1)
		return false;
	memcpy(out, &a, 16);
	return true;
}

/* Length of the prefix that a mask stands for, or -1 if a one follows a zero. */
static int mask_len(const uint8_t mask[16])
{
	int len = 0;

	while (len < 128 && (mask[len / 8] & (0x80 >> len % 8)))
		len++;
	for (int i = len; i < 128; i++) {
		if (mask[i / 8] & (0x80 >> i % 8))
			return -1;
	}
	return len;
}

bool sl_text_prefix6(const char *text, struct sl_prefix6 *out)
{
	const char *slash = strchr(text, '/'), *s;
	char addr_text[INET6_ADDRSTRLEN];
	struct sl_prefix6 p = {0};
	uint8_t mask[16];
	int len = 0, digits = 0;

	if (!slash || (size_t)(slash - text) >= sizeof(addr_text))
		return false;
	memcpy(addr_text, text, (size_t)(slash - text));
	addr_text[slash - text] = 0;
	if (!sl_text_ip6(addr_text, p.addr))
		return false;
	for (s = slash + 1; isdigit((unsigned char)*s) && digits < 4; s++, digits++)
		len = len * 10 + (*s - '0');
	if (sl_text_ip6(slash + 1, mask))
		len = mask_len(mask);
	else if (!digits || digits > 3 || *s)
		return false;
	if (len < 0 || len > 128)
		return false;
	p.len = (uint32_t)len;
	*out = p;
	return true;
}

void sl_prefix6_cut(struct sl_prefix6 *p)
{
	for (uint32_t i = p->len; i < 128; i++)
		p->addr[i / 8] &= (uint8_t) ~(0x80 >> i % 8);
}

bool sl_text_ether(const char *text, uint8_t out[6])
{
	uint8_t b[6];
	char sep = 0;

	for (int i = 0; i < 6; i++) {
		if (digit(text[0]) > 15)
			return false;
		b[i] = (uint8_t)digit(*text++);
		if (digit(text[0]) < 16)
			b[i] = (uint8_t)(b[i] << 4 | digit(*text++));
		if (i == 5)
			break;
		if ((*text != ':' && *text != '-') || (sep && *text != sep))
			return false;
		sep = *text++;
	}
	if (*text)
		return false;
	memcpy(out, b, 6);
	return true;
}

bool sl_text_has_unit(const char *text)
{
	size_t n = strlen(text);

	return n && isalpha((unsigned char)text[n - 1]) &&
	       (n < 2 || !strchr("kKMG", text[n - 1]) || isalpha((unsigned char)text[n - 2]));
}

static const struct {
	const char *name;
	uint8_t offset, size;
} annos[] = {
	{"DST_IP", 0, 4},	    {"DST_IP6", 0, 16},	      {"PAINT", 16, 1},
	{"ICMP_PARAMPROB", 17, 1},  {"FIX_IP_SRC", 19, 1},    {"VLAN_TCI", 20, 2},
	{"AGGREGATE", 20, 4},	    {"EXTRA_PACKETS", 24, 4}, {"EXTRA_LENGTH", 28, 4},
	{"FIRST_TIMESTAMP", 32, 8}, {"PACKET_NUMBER", 32, 4}, {"SEQUENCE_NUMBER", 36, 4},
};

int sl_text_anno(const char *text, unsigned int size, uint8_t *out, const char **why)
{
	bool negative;
	uint64_t n;

	for (size_t i = 0; i < sizeof(annos) / sizeof(annos[0]); i++) {
		if (strcasecmp(text, annos[i].name))
			continue;
		if (annos[i].size != size) {
			*why = size == 1   ? "this annotation is not one byte long"
			       : size == 4 ? "this annotation is not four bytes long"
					   : "this annotation has another length";
			return -EINVAL;
		}
		*out = annos[i].offset;
		return 0;
	}
	if (!sl_text_int(text, &negative, &n)) {
		*why = "not an annotation name, and not an offset";
		return -EINVAL;
	}
	if ((negative && n) || n + size > 48 || n > 48) {
		*why = "outside the 48 bytes of annotations";
		return -EINVAL;
	}
	if (n % size) {
		*why = "the offset of an annotation must be a multiple of its length";
		return -EINVAL;
	}
	*out = (uint8_t)n;
	return 0;
}
