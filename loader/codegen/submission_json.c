/* SPDX-License-Identifier: GPL-2.0-only */
/* Submissions as JSON: to the compiler process, over the control socket, and on disk. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "loader/codegen/compile.h"

static json_object *file_json(const struct sl_file *f)
{
	json_object *o = json_object_new_object();

	json_object_object_add(o, "name", json_object_new_string(f->name ? f->name : ""));
	json_object_object_add(o, "text",
			       json_object_new_string_len(f->text ? f->text : "", (int)f->len));
	return o;
}

/* Two strings an item, one after the other. */
static void add_pair(json_object *a, const char *first, const char *second)
{
	json_object_array_add(a, json_object_new_string(first));
	json_object_array_add(a, json_object_new_string(second));
}

static json_object *shares_json(const struct sl_submission *s)
{
	json_object *a = json_object_new_array();

	for (size_t i = 0; i < s->n_shares; i++) {
		json_object *outs = json_object_new_array();

		for (uint32_t k = 0; k < s->shares[i].n_outs; k++)
			json_object_array_add(outs, json_object_new_int64(s->shares[i].outs[k]));
		json_object_array_add(a, json_object_new_string(s->shares[i].element));
		json_object_array_add(a, outs);
	}
	return a;
}

json_object *sl_submission_json(const struct sl_submission *s)
{
	json_object *o = json_object_new_object(), *a;

	if (!o)
		return NULL;
	json_object_object_add(o, "graph", file_json(&s->graph));
	a = json_object_new_array();
	for (size_t i = 0; i < s->n_libs; i++)
		json_object_array_add(a, file_json(&s->libs[i]));
	json_object_object_add(o, "libs", a);
	a = json_object_new_array();
	for (size_t i = 0; i < s->n_vars; i++)
		add_pair(a, s->vars[i].name, s->vars[i].value);
	json_object_object_add(o, "vars", a);
	a = json_object_new_array();
	for (size_t i = 0; i < s->n_overrides; i++)
		add_pair(a, s->overrides[i].element, s->overrides[i].config);
	json_object_object_add(o, "overrides", a);
	if (s->n_shares)
		json_object_object_add(o, "shares", shares_json(s));
	return o;
}

static int read_file(json_object *o, struct sl_file *f)
{
	json_object *text, *name;

	if (!json_object_object_get_ex(o, "text", &text) ||
	    !json_object_object_get_ex(o, "name", &name) ||
	    !json_object_is_type(text, json_type_string) ||
	    !json_object_is_type(name, json_type_string))
		return -EBADMSG;
	f->len = (size_t)json_object_get_string_len(text);
	f->name = strdup(json_object_get_string(name));
	f->text = malloc(f->len + 1);
	if (!f->name || !f->text)
		return -ENOMEM;
	memcpy(f->text, json_object_get_string(text), f->len);
	f->text[f->len] = 0;
	return 0;
}

static json_object *array(json_object *o, const char *key, size_t *n)
{
	json_object *a;

	*n = 0;
	if (!json_object_object_get_ex(o, key, &a) || !json_object_is_type(a, json_type_array))
		return NULL;
	*n = json_object_array_length(a);
	return a;
}

static char *nth_string(json_object *a, size_t i)
{
	json_object *s = json_object_array_get_idx(a, i);

	return strdup(json_object_is_type(s, json_type_string) ? json_object_get_string(s) : "");
}

static int read_share(json_object *a, size_t at, struct sl_share *s)
{
	json_object *outs = json_object_array_get_idx(a, at + 1);
	size_t n = json_object_is_type(outs, json_type_array) ? json_object_array_length(outs) : 0;

	s->element = nth_string(a, at);
	s->outs = calloc(n + 1, sizeof(*s->outs));
	if (!s->element || !s->outs)
		return -ENOMEM;
	for (; s->n_outs < n; s->n_outs++) {
		int64_t v = json_object_get_int64(json_object_array_get_idx(outs, s->n_outs));

		s->outs[s->n_outs] = v < 0 ? 0 : v > UINT32_MAX ? UINT32_MAX : (uint32_t)v;
	}
	return 0;
}

static int read_shares(json_object *o, struct sl_submission *s)
{
	size_t n;
	json_object *a = array(o, "shares", &n);
	int ret = 0;

	s->shares = calloc(n / 2 + 1, sizeof(*s->shares));
	if (!s->shares)
		return -ENOMEM;
	while (s->n_shares < n / 2 && !ret) {
		ret = read_share(a, 2 * s->n_shares, &s->shares[s->n_shares]);
		s->n_shares++;
	}
	return ret;
}

int sl_submission_from_json(json_object *o, struct sl_submission *s)
{
	struct sl_submission t = {0};
	json_object *graph, *a;
	int ret = -EBADMSG;
	size_t n;

	if (!o || !json_object_object_get_ex(o, "graph", &graph))
		return -EBADMSG;
	ret = read_file(graph, &t.graph);
	a = array(o, "libs", &n);
	t.libs = calloc(n + 1, sizeof(*t.libs));
	for (; t.libs && !ret && t.n_libs < n; t.n_libs++)
		ret = read_file(json_object_array_get_idx(a, t.n_libs), &t.libs[t.n_libs]);
	a = array(o, "vars", &n);
	t.vars = calloc(n / 2 + 1, sizeof(*t.vars));
	for (; t.vars && !ret && t.n_vars < n / 2; t.n_vars++) {
		t.vars[t.n_vars].name = nth_string(a, 2 * t.n_vars);
		t.vars[t.n_vars].value = nth_string(a, 2 * t.n_vars + 1);
	}
	a = array(o, "overrides", &n);
	t.overrides = calloc(n / 2 + 1, sizeof(*t.overrides));
	for (; t.overrides && !ret && t.n_overrides < n / 2; t.n_overrides++) {
		t.overrides[t.n_overrides].element = nth_string(a, 2 * t.n_overrides);
		t.overrides[t.n_overrides].config = nth_string(a, 2 * t.n_overrides + 1);
	}
	if (!ret && (!t.libs || !t.vars || !t.overrides))
		ret = -ENOMEM;
	ret = ret ? ret : read_shares(o, &t);
	if (ret) {
		sl_submission_free(&t);
		return ret;
	}
	*s = t;
	return 0;
}
