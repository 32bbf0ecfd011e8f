// SPDX-License-Identifier: GPL-2.0-only
/* Diagnostics as JSON and back: how they travel between processes and to programs. */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "loader/diag.h"
#include "loader/mem.h"
#include "loader/utf8.h"

static const char *const levels[] = {
	[SL_DIAG_NOTE] = "note",
	[SL_DIAG_WARNING] = "warning",
	[SL_DIAG_ERROR] = "error",
};

static int put(struct json_object *obj, const char *key, struct json_object *val)
{
	if (!val)
		return -1;
	if (json_object_object_add(obj, key, val) < 0) {
		json_object_put(val);
		return -1;
	}
	return 0;
}

/* JSON is UTF-8: bytes that are none are written as the text form shows them. */
static struct json_object *new_string(const char *text)
{
	_free_ char *clean = NULL;
	size_t len = 0, n;
	FILE *f;

	for (const char *s = text; (n = sl_utf8_len(s)); s += n)
		len += n;
	if (!text[len])
		return json_object_new_string(text);
	f = open_memstream(&clean, &len);
	if (!f)
		return NULL;
	for (const char *s = text; *s; s += n ? n : 1) {
		n = sl_utf8_len(s);
		if (n)
			fwrite(s, 1, n, f);
		else
			fprintf(f, "\\x%02x", (unsigned char)*s);
	}
	return fclose(f) == 0 ? json_object_new_string(clean) : NULL;
}

static int put_string(struct json_object *obj, const char *key, const char *text)
{
	return text ? put(obj, key, new_string(text)) : 0;
}

static int put_number(struct json_object *obj, const char *key, unsigned int n)
{
	return n ? put(obj, key, json_object_new_int64(n)) : 0;
}

static struct json_object *diag_json(const struct sl_diag *diag)
{
	struct json_object *obj = json_object_new_object();

	if (!obj)
		return NULL;
	if (put_string(obj, "level", levels[diag->level]) < 0 ||
	    put_string(obj, "code", diag->code) < 0 || put_string(obj, "file", diag->file) < 0 ||
	    put_number(obj, "line", diag->line) < 0 || put_number(obj, "col", diag->col) < 0 ||
	    put_string(obj, "element", diag->element) < 0 ||
	    put_string(obj, "message", diag->message) < 0 ||
	    put_string(obj, "hint", diag->hint) < 0 ||
	    put_string(obj, "detail", diag->detail) < 0) {
		json_object_put(obj);
		return NULL;
	}
	return obj;
}

struct json_object *sl_diags_json(const struct sl_diags *d)
{
	struct json_object *array = json_object_new_array();

	if (!array)
		return NULL;
	for (size_t i = 0; i < d->n; i++) {
		struct json_object *obj = diag_json(&d->list[i]);

		if (!obj || json_object_array_add(array, obj) < 0) {
			json_object_put(obj);
			json_object_put(array);
			return NULL;
		}
	}
	return array;
}

/* A member that must be a string where it is there; *text NULL where it is not. */
static int get_string(struct json_object *obj, const char *key, const char **text)
{
	struct json_object *val;

	*text = NULL;
	if (!json_object_object_get_ex(obj, key, &val) || !val)
		return 0;
	if (!json_object_is_type(val, json_type_string))
		return -EINVAL;
	*text = json_object_get_string(val);
	return 0;
}

static int get_number(struct json_object *obj, const char *key, unsigned int *n)
{
	struct json_object *val;
	int64_t v;

	*n = 0;
	if (!json_object_object_get_ex(obj, key, &val) || !val)
		return 0;
	v = json_object_get_int64(val);
	if (!json_object_is_type(val, json_type_int) || v < 0 || v > UINT_MAX)
		return -EINVAL;
	*n = v;
	return 0;
}

static int get_level(const char *name, enum sl_diag_level *level)
{
	for (size_t i = 0; name && i < sizeof(levels) / sizeof(levels[0]); i++) {
		if (!strcmp(name, levels[i])) {
			*level = i;
			return 0;
		}
	}
	return -EINVAL;
}

static int add_one(struct sl_diags *d, struct json_object *obj)
{
	const char *level_text, *code, *file, *element, *message, *hint, *detail;
	enum sl_diag_level level;
	struct sl_pos pos = SL_NOPOS;
	struct sl_diag *diag;

	if (!json_object_is_type(obj, json_type_object) ||
	    get_string(obj, "level", &level_text) < 0 || get_string(obj, "code", &code) < 0 ||
	    get_string(obj, "file", &file) < 0 || get_string(obj, "element", &element) < 0 ||
	    get_string(obj, "message", &message) < 0 || get_string(obj, "hint", &hint) < 0 ||
	    get_string(obj, "detail", &detail) < 0 || get_number(obj, "line", &pos.line) < 0 ||
	    get_number(obj, "col", &pos.col) < 0 || !code || !message ||
	    get_level(level_text, &level) < 0)
		return -EINVAL;
	pos.file = file;
	diag = sl_diag_add(d, level, pos, code, "%s", message);
	if (element)
		sl_diag_element(diag, element);
	if (hint)
		sl_diag_hint(diag, "%s", hint);
	if (detail)
		sl_diag_detail(diag, "%s", detail);
	return 0;
}

int sl_diags_from_json(struct sl_diags *d, struct json_object *array)
{
	size_t n;

	if (!json_object_is_type(array, json_type_array))
		return -EINVAL;
	n = json_object_array_length(array);
	for (size_t i = 0; i < n; i++) {
		if (add_one(d, json_object_array_get_idx(array, i)) < 0)
			return -EINVAL;
	}
	return 0;
}
