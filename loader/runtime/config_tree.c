// SPDX-License-Identifier: GPL-2.0-only
/* libyaml's events → tree with places. Nothing recurses, so depth costs heap, and is limited. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include <yaml.h>

#include "loader/mem.h"
#include "loader/runtime/config_tree.h"

#define MAX_DEPTH 16
#define MAX_KEYS 1024 /* of one mapping: keys are compared pairwise */

/* What is open while reading. */
struct reader {
	const char *name;
	struct sl_diags *d;
	struct sl_yaml *stack[MAX_DEPTH];
	size_t depth;
	struct sl_yaml *root;
	bool bad;
};

void sl_yaml_free(struct sl_yaml *node)
{
	/* Depth is limited by MAX_DEPTH. */
	if (!node)
		return;
	for (size_t i = 0; i < node->n_kids; i++)
		sl_yaml_free(node->kids[i]);
	free(node->kids);
	free(node->text);
	free(node);
}

static struct sl_pos at(const struct reader *r, const yaml_mark_t *mark)
{
	return (struct sl_pos){r->name, mark->line + 1, mark->column + 1};
}

static struct sl_diag *complain(struct reader *r, const yaml_mark_t *mark, const char *code,
				const char *text)
{
	r->bad = true;
	return sl_error(r->d, at(r, mark), code, "%s", text);
}

/* A scalar that is the next key of the innermost mapping? */
static bool is_key(const struct reader *r)
{
	const struct sl_yaml *top = r->depth ? r->stack[r->depth - 1] : NULL;

	return top && top->kind == SL_YAML_MAP && top->n_kids % 2 == 0;
}

/* Hangs a node into the tree; frees it when that fails. */
static int hang(struct reader *r, struct sl_yaml *node)
{
	struct sl_yaml *top = r->depth ? r->stack[r->depth - 1] : NULL;

	if (!top) {
		sl_yaml_free(r->root);
		r->root = node;
		return 0;
	}
	if (SL_GROW(top->kids, top->n_kids, top->cap_kids) < 0) {
		sl_yaml_free(node);
		return -ENOMEM;
	}
	top->kids[top->n_kids++] = node;
	return 0;
}

static struct sl_yaml *new_node(enum sl_yaml_kind kind, const yaml_event_t *ev)
{
	struct sl_yaml *node = calloc(1, sizeof(*node));

	if (node) {
		node->kind = kind;
		node->line = ev->start_mark.line + 1;
		node->col = ev->start_mark.column + 1;
	}
	return node;
}

static void refuse_extras(struct reader *r, const yaml_event_t *ev, const yaml_char_t *anchor,
			  const yaml_char_t *tag)
{
	if (anchor)
		sl_diag_hint(complain(r, &ev->start_mark, "yaml-anchor",
				      "anchors are not used in a node file"),
			     "write the value out where it is needed");
	if (tag)
		sl_diag_hint(complain(r, &ev->start_mark, "yaml-tag",
				      "type tags are not used in a node file"),
			     "leave out the word that begins with '!'");
}

static void check_key(struct reader *r, const yaml_event_t *ev, const char *key)
{
	const struct sl_yaml *map = r->stack[r->depth - 1];

	if (map->n_kids / 2 >= MAX_KEYS) {
		if (map->n_kids / 2 == MAX_KEYS)
			complain(r, &ev->start_mark, "yaml-limit", "too many keys in one mapping");
		return;
	}
	for (size_t i = 0; i < map->n_kids; i += 2) {
		if (strcmp(map->kids[i]->text, key))
			continue;
		r->bad = true;
		sl_diag_hint(sl_error(r->d, at(r, &ev->start_mark), "duplicate-key",
				      "'%s' is given twice", key),
			     "the first is in line %u; keep one of them", map->kids[i]->line);
		return;
	}
}

static int scalar(struct reader *r, const yaml_event_t *ev)
{
	const char *value = (const char *)ev->data.scalar.value;
	struct sl_yaml *node;

	refuse_extras(r, ev, ev->data.scalar.anchor, ev->data.scalar.tag);
	if (strlen(value) != ev->data.scalar.length)
		complain(r, &ev->start_mark, "yaml-nul", "a value contains a NUL character");
	if (is_key(r))
		check_key(r, ev, value);
	node = new_node(SL_YAML_SCALAR, ev);
	if (!node)
		return -ENOMEM;
	node->text = strdup(value);
	node->quoted = ev->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	if (!node->text) {
		sl_yaml_free(node);
		return -ENOMEM;
	}
	return hang(r, node);
}

static int open_collection(struct reader *r, const yaml_event_t *ev, enum sl_yaml_kind kind)
{
	struct sl_yaml *node;
	int ret;

	if (kind == SL_YAML_SEQ)
		refuse_extras(r, ev, ev->data.sequence_start.anchor, ev->data.sequence_start.tag);
	else
		refuse_extras(r, ev, ev->data.mapping_start.anchor, ev->data.mapping_start.tag);
	if (is_key(r)) {
		complain(r, &ev->start_mark, "yaml-key",
			 "a key is a word, not a list or a mapping");
		return -EINVAL;
	}
	if (r->depth == MAX_DEPTH) {
		complain(r, &ev->start_mark, "yaml-limit", "nested too deeply");
		return -EINVAL;
	}
	node = new_node(kind, ev);
	if (!node)
		return -ENOMEM;
	ret = hang(r, node);
	if (!ret)
		r->stack[r->depth++] = node;
	return ret;
}

/* 0, 1 at the end of the stream, or -errno when reading cannot go on. */
static int event(struct reader *r, const yaml_event_t *ev)
{
	switch (ev->type) {
	case YAML_STREAM_END_EVENT:
		return 1;
	case YAML_DOCUMENT_START_EVENT:
		if (!r->root)
			return 0;
		complain(r, &ev->start_mark, "yaml-documents",
			 "a node file is one document, here a second begins");
		return -EINVAL;
	case YAML_ALIAS_EVENT:
		sl_diag_hint(complain(r, &ev->start_mark, "yaml-anchor",
				      "aliases are not used in a node file"),
			     "write the value out here");
		return -EINVAL;
	case YAML_SCALAR_EVENT:
		return scalar(r, ev);
	case YAML_SEQUENCE_START_EVENT:
		return open_collection(r, ev, SL_YAML_SEQ);
	case YAML_MAPPING_START_EVENT:
		return open_collection(r, ev, SL_YAML_MAP);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		r->depth--;
		return 0;
	default:
		return 0;
	}
}

static int syntax(struct reader *r, const yaml_parser_t *parser)
{
	struct sl_diag *diag;

	if (parser->error == YAML_MEMORY_ERROR)
		return -ENOMEM;
	r->bad = true;
	/* A wrong byte is found before the scanner, which knows no line then. */
	if (parser->error == YAML_READER_ERROR) {
		diag = sl_error(r->d, ((struct sl_pos){r->name, 0, 0}), "yaml-encoding",
				"%s at byte %zu", parser->problem ? parser->problem : "bad text",
				parser->problem_offset);
		sl_diag_hint(diag, "a node file is UTF-8 text without control characters");
		return -EINVAL;
	}
	diag = sl_error(r->d, at(r, &parser->problem_mark), "yaml-syntax", "not YAML: %s",
			parser->problem ? parser->problem : "syntax error");
	if (parser->context)
		sl_diag_hint(diag, "it was found %s in line %zu", parser->context,
			     parser->context_mark.line + 1);
	return -EINVAL;
}

static int read_events(struct reader *r, yaml_parser_t *parser)
{
	int ret;

	for (;;) {
		yaml_event_t ev;

		if (!yaml_parser_parse(parser, &ev))
			return syntax(r, parser);
		ret = event(r, &ev);
		yaml_event_delete(&ev);
		if (ret)
			return ret < 0 ? ret : 0;
	}
}

int sl_yaml_parse(const char *text, size_t len, const char *name, struct sl_diags *d,
		  struct sl_yaml **out)
{
	struct reader r = {.name = name, .d = d};
	yaml_parser_t parser;
	int ret;

	if (!yaml_parser_initialize(&parser))
		return -ENOMEM;
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	ret = read_events(&r, &parser);
	yaml_parser_delete(&parser);
	if (!ret && r.bad)
		ret = -EINVAL;
	if (ret) {
		sl_yaml_free(r.root);
		return ret;
	}
	if (!r.root) {
		sl_diag_hint(sl_error(d, ((struct sl_pos){name, 1, 1}), "empty",
				      "the node file is empty"),
			     "the least there can be is 'tenants: []'");
		return -EINVAL;
	}
	*out = r.root;
	return 0;
}

const struct sl_yaml *sl_yaml_get(const struct sl_yaml *map, const char *key)
{
	if (!map || map->kind != SL_YAML_MAP)
		return NULL;
	for (size_t i = 0; i + 1 < map->n_kids; i += 2)
		if (!strcmp(map->kids[i]->text, key))
			return map->kids[i + 1];
	return NULL;
}

const struct sl_yaml *sl_yaml_at(const struct sl_yaml *seq, size_t i)
{
	return seq && seq->kind == SL_YAML_SEQ && i < seq->n_kids ? seq->kids[i] : NULL;
}

struct sl_pos sl_yaml_pos(const struct sl_yaml *node, const char *file)
{
	return (struct sl_pos){file, node ? node->line : 0, node ? node->col : 0};
}

const char *sl_yaml_kind_name(enum sl_yaml_kind kind)
{
	static const char *const names[] = {"a value", "a list", "a mapping"};

	return names[kind];
}
