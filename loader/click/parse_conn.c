// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections and declarations: `a :: A, [1] b [0,2] -> { ... } => (...)`.
 *
 * Inside a compound or group a chain may start or end with ports alone, or with an arrow: that
 * stands for `input` and `output`.
 */
#include <errno.h>
#include <limits.h>

#include "loader/click/parser.h"
#include "loader/mem.h"

static bool parse_port_number(struct click_parser *p, const struct click_token *t, uint32_t *port)
{
	uint32_t n = 0;

	for (size_t i = 0; i < t->len; i++) {
		if (!click_isdigit(t->s[i])) {
			sl_diag_hint(sl_error(p->lx->d, t->pos, "syntax",
					      "syntax error: port number should be "
					      "integer, not '%.*s'",
					      (int)t->len, t->s),
				     "write ports as [0], [0, 2] or [0-2]");
			return false;
		}
		if (n <= CLICK_MAX_PORT)
			n = n * 10 + (uint32_t)(t->s[i] - '0');
	}
	if (n > CLICK_MAX_PORT) {
		sl_diag_hint(sl_error(p->lx->d, t->pos, "syntax",
				      "port number '%.*s' is too large, the highest is %u",
				      (int)t->len, t->s, CLICK_MAX_PORT),
			     "ports count from 0 without gaps: use a lower number");
		return false;
	}
	*port = n;
	return true;
}

/* Adds one range to a growing list; false when out of memory. */
static bool add_range(struct click_parser *p, struct ast_ports *ports, uint32_t *cap, uint32_t port)
{
	if (SL_GROW(ports->ranges, ports->n_ranges, *cap) < 0) {
		p->lx->err = -ENOMEM;
		return false;
	}
	ports->ranges[ports->n_ranges++] = (struct ast_range){port, port};
	return true;
}

/* Behind '['; `ports->ranges` is from malloc() here. */
static bool parse_port_list(struct click_parser *p, struct ast_ports *ports)
{
	uint32_t cap = 0, port;
	bool dash = false;

	for (;;) {
		struct click_token t = click_lex(p->lx);

		if (t.kind == ']' && !dash) {
			ports->expandable = true;
			return ports->n_ranges || add_range(p, ports, &cap, 0);
		}
		if (t.kind != CLICK_IDENT) {
			parser_expected(p, t, "a port number",
					"write ports as [0], [0, 2] or [0-2]");
			return false;
		}
		if (!parse_port_number(p, &t, &port))
			return false;
		if (!dash) {
			if (!add_range(p, ports, &cap, port))
				return false;
		} else if (port < ports->ranges[ports->n_ranges - 1].lo) {
			sl_diag_hint(sl_error(p->lx->d, t.pos, "syntax",
					      "port range %u-%u is empty",
					      ports->ranges[ports->n_ranges - 1].lo, port),
				     "write the lower port first");
			return false;
		} else {
			ports->ranges[ports->n_ranges - 1].hi = port;
		}
		t = click_lex(p->lx);
		if (t.kind == ']')
			return true;
		if (t.kind != ',' && (t.kind != '-' || dash)) {
			parser_expected(p, t, dash ? "',' or ']'" : "',', '-' or ']'",
					"write ports as [0], [0, 2] or [0-2]");
			return false;
		}
		dash = t.kind == '-';
	}
}

bool parser_ports(struct click_parser *p, struct ast_ports *ports)
{
	struct click_token t = click_lex(p->lx);
	struct ast_ports list = {.given = true, .pos = t.pos};
	_free_ void *owner = NULL;
	uint64_t n = 0;
	bool good;

	if (t.kind != '[') {
		click_unlex(p->lx, t);
		return true;
	}
	good = parse_port_list(p, &list);
	owner = list.ranges;
	if (!good)
		return false;
	*ports = list;
	ports->ranges = click_alloc_array(p->lx->mem, list.n_ranges, sizeof(*list.ranges));
	if (!ports->ranges) {
		p->lx->err = -ENOMEM;
		return false;
	}
	for (uint32_t i = 0; i < list.n_ranges; i++) {
		ports->ranges[i] = list.ranges[i];
		n += list.ranges[i].hi - list.ranges[i].lo + 1;
	}
	if (n > UINT32_MAX) {
		sl_diag_hint(sl_error(p->lx->d, t.pos, "syntax", "too many ports in one list"),
			     "leave out what is listed twice");
		return false;
	}
	ports->n = (uint32_t)n;
	return true;
}

/* ":: class" and "(config)" and "[ports]" behind a reference. */
static bool parse_tail(struct click_parser *p, struct ast_elt *e)
{
	struct click_token t = click_lex(p->lx);

	if (t.kind == CLICK_2COLON) {
		e->declared = true;
		if (e->ref != AST_NAME) {
			sl_diag_hint(
				sl_error(p->lx->d, t.pos, "syntax",
					 "syntax error near '::': only a name can be declared"),
				"write the name first: 'name :: { ... }'");
			return false;
		}
		t = click_lex(p->lx);
		e->class_pos = t.pos;
		if (t.kind == CLICK_IDENT) {
			e->class_name = click_token_ident(&t);
		} else if (t.kind == '{') {
			e->class_compound = parser_compound(p, t.pos);
			if (!e->class_compound)
				return false;
		} else if (t.kind == '(') {
			sl_diag_hint(sl_error(p->lx->d, t.pos, "syntax",
					      "a group '(...)' cannot have a name"),
				     "use a compound element: '%.*s :: { ... }'", (int)e->name.len,
				     e->name.s);
			click_unlex(p->lx, t);
			return false;
		} else {
			sl_diag_hint(sl_error(p->lx->d, t.pos, "syntax",
					      "missing element type in declaration"),
				     "write 'name :: CLASS' or 'name :: { ... }'");
			click_unlex(p->lx, t);
			return false;
		}
		t = click_lex(p->lx);
	}
	if (t.kind == '(') {
		if (e->ref == AST_GROUP) {
			sl_diag_hint(
				sl_error(p->lx->d, t.pos, "syntax",
					 "a group takes no configuration string"),
				"use a compound element with parameters: '{ $a | ... }(value)'");
			click_unlex(p->lx, t);
			return false;
		}
		e->has_config = true;
		if (!parser_config(p, t.pos, &e->config))
			return false;
	} else {
		click_unlex(p->lx, t);
	}
	return parser_ports(p, &e->out);
}

/*
 * No name, brace or parenthesis stands where an element should: inside a compound or group this
 * can mean `input` or `output`. `t` is what stands there; it is put back.
 */
static bool parse_implied(struct click_parser *p, struct ast_elt *e, struct click_token t,
			  bool first_set, bool first_elt)
{
	bool arrow = t.kind == CLICK_ARROW || t.kind == CLICK_2ARROW, implied = false;

	if (p->where != IN_FILE) {
		if (arrow)
			implied = first_set && (e->in.given || first_elt);
		else if (t.kind == ',')
			implied = e->in.given;
		else if (t.kind != CLICK_2COLON)
			implied = !first_set && (e->in.given || first_elt);
	}
	if (!implied) {
		if (e->in.given)
			sl_diag_hint(sl_error(p->lx->d, e->in.pos, "syntax", "stranded port"),
				     p->where == IN_FILE ? "name the element it belongs to"
							 : "name the element, or 'input' or "
							   "'output', it belongs to");
		else
			parser_expected(
				p, t, "an element",
				"name the element that belongs here, or take out what leads here");
		if (e->in.given)
			click_unlex(p->lx, t);
		return false;
	}
	if (first_set && arrow && !e->in.given && !p->ends_output)
		sl_diag_hint(sl_warn(p->lx->d, t.pos, "implied-input",
				     "this chain starts with 'input' although none is written"),
			     "write 'input %.2s' or '[0] %.2s' if that is meant", t.s, t.s);
	click_unlex(p->lx, t);
	e->ref = first_set ? AST_IMPLIED_INPUT : AST_IMPLIED_OUTPUT;
	if (first_set) {
		e->out = e->in;
		e->in = (struct ast_ports){0};
	}
	return true;
}

static bool parse_elt(struct click_parser *p, struct ast_elt *e, bool first_set, bool first_elt)
{
	struct click_token t;

	if (!parser_ports(p, &e->in))
		return false;
	t = click_lex(p->lx);
	e->pos = e->in.given ? e->in.pos : t.pos;
	switch (t.kind) {
	case CLICK_IDENT:
		e->ref = AST_NAME;
		e->name = click_token_ident(&t);
		e->pos = t.pos;
		break;
	case '{':
		e->ref = AST_COMPOUND;
		e->compound = parser_compound(p, t.pos);
		if (!e->compound)
			return false;
		break;
	case '(':
		e->ref = AST_GROUP;
		e->group = parser_group(p, t.pos);
		if (!e->group)
			return false;
		break;
	default:
		return parse_implied(p, e, t, first_set, first_elt);
	}
	return parse_tail(p, e);
}

/* "a, b, c" */
static bool parse_set(struct click_parser *p, struct ast_set *set, bool first_set)
{
	struct ast_elt **tail = &set->elts;
	bool implied_output = false;
	struct click_token t;

	do {
		struct ast_elt *e = parser_alloc(p, sizeof(*e));
		bool good;

		if (!e)
			return false;
		good = parse_elt(p, e, first_set, !set->elts);
		/* A broken declaration still declares its name: uses of it are no mistakes. */
		if (good || e->name.len) {
			*tail = e;
			tail = &e->next;
		}
		if (!good)
			return false;
		implied_output |= e->ref == AST_IMPLIED_OUTPUT;
	} while (click_accept(p->lx, ','));
	if (!implied_output)
		return true;
	t = click_lex(p->lx);
	if (t.kind == CLICK_ARROW || t.kind == CLICK_2ARROW) {
		sl_diag_hint(sl_error(p->lx->d, t.pos, "syntax",
				      "implicit ports used in the middle of a chain"),
			     "name the element between the two arrows");
		click_unlex(p->lx, t);
		return false;
	}
	click_unlex(p->lx, t);
	return true;
}

/* Whether the chain ends in `output` alone, written or implied. */
static bool is_output(const struct ast_set *last)
{
	const struct ast_elt *e = last->elts;

	if (!e || e->next)
		return false;
	return e->ref == AST_IMPLIED_OUTPUT || (e->ref == AST_NAME && e->name.len == 6 &&
						!__builtin_memcmp(e->name.s, "output", 6));
}

bool parser_connection(struct click_parser *p, struct ast_stmt *stmt)
{
	struct ast_set **tail = &stmt->sets, *set = NULL;
	struct click_token t = {0};

	do {
		set = parser_alloc(p, sizeof(*set));
		if (!set)
			return false;
		set->two_arrow = t.kind == CLICK_2ARROW;
		set->arrow_pos = t.pos;
		*tail = set;
		set->broken = !parse_set(p, set, tail == &stmt->sets);
		if (set->broken)
			return false;
		tail = &set->next;
		t = click_lex(p->lx);
	} while (t.kind == CLICK_ARROW || t.kind == CLICK_2ARROW);
	p->ends_output = is_output(set);
	switch (t.kind) {
	case CLICK_EOF:
	case CLICK_IDENT:
	case '{':
	case '}':
	case '[':
	case ')':
	case CLICK_2BAR:
	case CLICK_ELEMENTCLASS:
	case CLICK_REQUIRE:
	case CLICK_PROVIDE:
	case CLICK_DEFINE:
	case ';':
		click_unlex(p->lx, t);
		return true;
	default:
		parser_expected(p, t, "'->', ',' or the end of the statement",
				"connect it with '->', or put ';' before it");
		set->broken = true;
		return false;
	}
}
