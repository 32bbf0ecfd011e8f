// SPDX-License-Identifier: GPL-2.0-only
/*
 * JSON from strangers: submissions over the control socket, messages from the compiler process.
 * What is taken is written back to the same, and prints.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "loader/codegen/compile.h"
#include "loader/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
	if (!ok)
		abort();
}

static void same_file(const struct sl_file *a, const struct sl_file *b)
{
	check(!strcmp(a->name, b->name));
	check(a->len == b->len && !memcmp(a->text, b->text, a->len) && !a->text[a->len]);
}

static void submission(json_object *o)
{
	struct sl_submission s = {0}, again = {0};
	_free_ char *text = NULL;
	json_object *back;
	size_t len = 0;

	if (sl_submission_from_json(o, &s)) {
		check(!s.graph.text && !s.libs && !s.vars && !s.overrides);
		return;
	}
	back = sl_submission_json(&s);
	check(back && !sl_submission_from_json(back, &again));
	same_file(&s.graph, &again.graph);
	check(s.n_libs == again.n_libs && s.n_vars == again.n_vars &&
	      s.n_overrides == again.n_overrides);
	for (size_t i = 0; i < s.n_libs; i++) {
		same_file(&s.libs[i], &again.libs[i]);
		check(!sl_submission_library(s.libs[i].name, "x", &text, &len, &s));
		free(TAKE_PTR(text));
	}
	for (size_t i = 0; i < s.n_vars; i++)
		check(!strcmp(s.vars[i].name, again.vars[i].name) &&
		      !strcmp(s.vars[i].value, again.vars[i].value));
	json_object_put(back);
	sl_submission_free(&s);
	sl_submission_free(&again);
}

static void messages(json_object *o)
{
	_fclose_ FILE *null = fopen("/dev/null", "we");
	struct sl_diags d = {0};

	if (!sl_diags_from_json(&d, o)) {
		json_object *back = sl_diags_json(&d);

		check(back && null);
		sl_diags_print(&d, null);
		json_object_put(back);
	}
	sl_diags_free(&d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_tokener *tok = json_tokener_new();
	json_object *o = tok ? json_tokener_parse_ex(tok, (const char *)data, (int)size) : NULL;

	if (o) {
		submission(o);
		messages(o);
	}
	json_object_put(o);
	json_tokener_free(tok);
	return 0;
}
