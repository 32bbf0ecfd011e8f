// SPDX-License-Identifier: GPL-2.0-only
/* The oracle's classifiers: patterns are gone through clause by clause for each packet. */
#include <ctype.h>
#include <stdlib.h>

#include "loader/mem.h"
#include "tests/oracle/oracle_int.h"

struct rules {
	size_t n;
	const char *text[512];
	int port[512]; /* -1: deny */
};

/* ---- Classifier ------------------------------------------------------------------------------*/

static int hex(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

/* OFFSET/VALUE[%MASK], '?' for any digit. */
static bool clause_holds(const char *clause, const struct opkt *p)
{
	char *value, *mask;
	size_t offset = strtoul(clause, &value, 10), n;

	value++;
	mask = strchr(value, '%');
	n = mask ? (size_t)(mask - value) : strlen(value);
	if (offset + (n + 1) / 2 > length(p))
		return false;
	for (size_t i = 0; i < n; i++) {
		uint8_t byte = p->bytes[p->off + offset + i / 2];
		int digit = i % 2 ? byte & 15 : byte >> 4, bits = mask ? hex(mask[1 + i]) : 15;

		if (value[i] != '?' && ((digit ^ hex(value[i])) & bits))
			return false;
	}
	return true;
}

static bool pattern_holds(const char *pattern, const struct opkt *p)
{
	char clause[600];

	while (conf_word(&pattern, clause, sizeof(clause))) {
		if (!strcmp(clause, "-"))
			continue;
		if (clause_holds(clause + (*clause == '!'), p) == (*clause == '!'))
			return false;
	}
	return true;
}

static void rules_conf(struct oconf *c)
{
	struct rules *r = c->e->priv;
	bool actions = !strcmp(c->e->elem->class_name, "IPFilter");
	const char *text;

	while ((text = conf_next(c))) {
		char word[32];
		int64_t port = (int64_t)r->n;

		if (r->n == COUNT(r->text)) {
			conf_fail(c, "too many patterns");
			return;
		}
		if (actions) {
			conf_word(&text, word, sizeof(word));
			if (!strcmp(word, "allow") || !strcmp(word, "accept"))
				port = 0;
			else if (!strcmp(word, "deny") || !strcmp(word, "drop"))
				port = -1;
			else if (!parse_num(word, &port))
				conf_fail(c, "'%s' is no action", word);
		}
		r->port[r->n] = (int)port;
		r->text[r->n++] = text;
	}
}

static int classifier(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	struct rules *r = e->priv;

	(void)port;
	for (size_t i = 0; i < r->n; i++)
		if (pattern_holds(r->text[i], p))
			return (int)i;
	return dropped(o, e, "no-match");
}

/* ---- IPClassifier, IPFilter ------------------------------------------------------------------*/

static void filter_conf(struct oconf *c)
{
	struct rules *r = c->e->priv;
	struct opkt p = {.nh = UNSET, .th = UNSET};
	bool bad;

	rules_conf(c);
	for (size_t i = 0; i < r->n; i++) {
		filter_holds(r->text[i], &p, &bad);
		if (bad)
			conf_fail(c, "'%s'?", r->text[i]);
	}
}

static int filter(struct oracle *o, struct oel *e, unsigned int port, struct opkt *p)
{
	struct rules *r = e->priv;
	bool bad;

	(void)port;
	for (size_t i = 0; i < r->n; i++)
		if (filter_holds(r->text[i], p, &bad))
			return r->port[i] >= 0 ? r->port[i] : dropped(o, e, NULL);
	return dropped(o, e, NULL);
}

const struct oclass filter_classes[] = {
	{.names = "Classifier",
	 .ports = "1/-",
	 .processing = "h",
	 .priv_size = sizeof(struct rules),
	 .configure = rules_conf,
	 .push = classifier},
	{.names = "IPClassifier IPFilter",
	 .ports = "1/-",
	 .processing = "h",
	 .priv_size = sizeof(struct rules),
	 .configure = filter_conf,
	 .push = filter},
	{0},
};
