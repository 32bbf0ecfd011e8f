// SPDX-License-Identifier: GPL-2.0-only
/* `ar` archives, with the long names of GNU ("//" table) and BSD ("#1/LEN"); see ar(5). */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "loader/click/ar.h"

#define MAGIC "!<arch>\n"
#define MAGIC_LEN 8

struct ar_header {
	char name[16];
	char date[12];
	char uid[6];
	char gid[6];
	char mode[8];
	char size[10];
	char end[2];
};

/* A decimal field padded with spaces; false when it is none. */
static bool number(const char *s, size_t n, size_t *out)
{
	size_t i = 0, v = 0;

	for (; i < n && s[i] >= '0' && s[i] <= '9'; i++)
		v = v * 10 + (size_t)(s[i] - '0');
	if (!i)
		return false;
	for (; i < n; i++) {
		if (s[i] != ' ')
			return false;
	}
	*out = v;
	return true;
}

static bool is_config(const char *name, size_t len)
{
	while (len && (name[len - 1] == ' ' || name[len - 1] == '\0'))
		len--;
	if (len && name[len - 1] == '/')
		len--;
	return len == 6 && !memcmp(name, "config", 6);
}

/* Whether the long name at `off` in the "//" table is "config". */
static bool long_is_config(const char *table, size_t table_len, size_t off)
{
	const char *end;

	if (!table || off >= table_len)
		return false;
	end = memchr(table + off, '\n', table_len - off);
	return end && is_config(table + off, end - (table + off));
}

static int damaged(struct sl_diags *d, const char *file)
{
	sl_diag_hint(sl_error(d, (struct sl_pos){file, 0, 0}, "archive", "damaged ar archive"),
		     "make the archive anew, or give the configuration as plain text");
	return -EINVAL;
}

int click_ar_member(struct sl_diags *d, const char *file, const char **text, size_t *len)
{
	const char *p = *text, *end = *text + *len, *table = NULL;
	size_t table_len = 0;

	if (*len < MAGIC_LEN || memcmp(p, MAGIC, MAGIC_LEN) != 0)
		return 0;
	p += MAGIC_LEN;
	while (p < end) {
		struct ar_header h;
		size_t size, n, pad;
		bool found;

		if ((size_t)(end - p) < sizeof(h))
			return damaged(d, file);
		memcpy(&h, p, sizeof(h));
		p += sizeof(h);
		if (memcmp(h.end, "`\n", 2) != 0 || !number(h.size, sizeof(h.size), &size) ||
		    size > (size_t)(end - p))
			return damaged(d, file);
		pad = size & 1;
		if (!memcmp(h.name, "#1/", 3) && number(h.name + 3, sizeof(h.name) - 3, &n)) {
			if (n > size)
				return damaged(d, file);
			found = is_config(p, n);
			p += n;
			size -= n;
		} else if (!memcmp(h.name, "//", 2)) {
			table = p;
			table_len = size;
			found = false;
		} else if (h.name[0] == '/' && number(h.name + 1, sizeof(h.name) - 1, &n)) {
			found = long_is_config(table, table_len, n);
		} else {
			found = is_config(h.name, sizeof(h.name));
		}
		if (found) {
			*text = p;
			*len = size;
			return 0;
		}
		p += size;
		if (pad && p < end)
			p++;
	}
	sl_diag_hint(sl_error(d, (struct sl_pos){file, 0, 0}, "archive",
			      "this ar archive has no member 'config'"),
		     "the configuration must be in the archive under the name 'config'");
	return -EINVAL;
}
