// SPDX-License-Identifier: GPL-2.0-only
/* Patterns of rewriters, and the names IPRewriterPatterns gives them. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loader/config/config.h"
#include "loader/config/rewrite.h"
#include "loader/mem.h"

extern const struct sl_class sl_class_ip_rewriter_patterns;

/* ---- Words -----------------------------------------------------------------------------------*/

void sl_rw_words_free(char **words)
{
	for (size_t i = 0; words && words[i]; i++)
		free(words[i]);
	free(words);
}

char **sl_rw_words(const char *text, size_t *n)
{
	char **words = NULL;
	size_t cap = 0;

	*n = 0;
	do {
		if (SL_GROW(words, *n, cap)) {
			sl_rw_words_free(words);
			return NULL;
		}
		words[*n] = sl_next_word(&text);
	} while (words[*n] && ++*n);
	return words;
}

/* ---- One pattern -----------------------------------------------------------------------------*/

static bool number(const char *text, uint32_t max, uint32_t *out)
{
	bool negative;
	uint64_t v;

	if (!sl_text_int(text, &negative, &v) || (negative && v) || v > max)
		return false;
	*out = (uint32_t)v;
	return true;
}

/* How a range is gone through, as the mark behind it says, which is cut off. */
static void series(char *text, struct sl_rw_pattern *w)
{
	size_t len = strlen(text);
	char last = len ? text[len - 1] : 0;

	if (last != '#' && last != '?')
		return;
	w->sequential = last == '#';
	w->keep = false;
	text[len - 1] = 0;
}

/* ADDR-ADDR or ADDR/PREFIX, perhaps marked. The first and the last address of a prefix are nobody's
 * own. */
static bool address_range(const struct sl_program *p, const struct sl_elem *where,
			  const char *given, struct sl_rw_pattern *w)
{
	_free_ char *text = strdup(given);
	struct sl_prefix4 prefix;
	const char *why;
	uint32_t last;
	char *dash;

	if (!text)
		return false;
	series(text, w);
	dash = strchr(text, '-');
	if (dash) {
		*dash = 0;
		if (sl_parse_value(SL_T_IP4, text, p, where, &w->saddr, &why) ||
		    sl_parse_value(SL_T_IP4, dash + 1, p, where, &last, &why) ||
		    ntohl(last) < ntohl(w->saddr))
			return false;
		w->top = ntohl(last) - ntohl(w->saddr);
		return true;
	}
	if (sl_parse_value(SL_T_IP4PREFIX, text, p, where, &prefix, &why) || !prefix.addr ||
	    !prefix.mask)
		return false;
	w->saddr = prefix.addr;
	if (prefix.mask == UINT32_MAX)
		return true;
	w->saddr &= prefix.mask;
	if (prefix.mask == htonl(0xfffffffe)) {
		w->top = 1;
		return true;
	}
	w->saddr |= htonl(1);
	w->top = ~ntohl(prefix.mask) - 2;
	return true;
}

/* PORT-PORT, perhaps marked. */
static bool port_range(const char *given, struct sl_rw_pattern *w)
{
	_free_ char *text = strdup(given);
	uint32_t first, last;
	char *dash;

	if (!text)
		return false;
	series(text, w);
	dash = strchr(text, '-');
	if (!dash)
		return false;
	*dash = 0;
	if (!number(text, 65535, &first) || !number(dash + 1, 65535, &last) || last < first)
		return false;
	w->sport = htons((uint16_t)first);
	w->top = last - first;
	return true;
}

static bool one_port(const char *text, uint16_t *out)
{
	uint32_t v;

	if (!number(text, 65535, &v) || !v)
		return false;
	*out = htons((uint16_t)v);
	return true;
}

static int read_pattern(const struct sl_program *p, const struct sl_elem *where, char *const *words,
			size_t n, struct sl_rw_pattern *w, const char **why)
{
	const char *sport = n >= 3 ? words[n == 3 ? 2 : 1] : "-", *daddr = words[n == 4 ? 2 : 1];
	const char *dport = n == 4 ? words[3] : "-", *ignored;

	*w = (struct sl_rw_pattern){.napt = n >= 3, .keep = true};
	*why = "bad source address";
	if (strcmp(words[0], "-") &&
	    sl_parse_value(SL_T_IP4, words[0], p, where, &w->saddr, &ignored) &&
	    !address_range(p, where, words[0], w))
		return -EINVAL;
	if (w->napt && w->top) {
		*why = "a range of source addresses goes with SADDR DADDR alone, without ports";
		return -EINVAL;
	}
	*why = "bad source port";
	if (strcmp(sport, "-") && !one_port(sport, &w->sport) && !port_range(sport, w))
		return -EINVAL;
	*why = "bad destination address";
	if (strcmp(daddr, "-") && sl_parse_value(SL_T_IP4, daddr, p, where, &w->daddr, &ignored))
		return -EINVAL;
	*why = "bad destination port";
	if (strcmp(dport, "-") && !one_port(dport, &w->dport))
		return -EINVAL;
	return 0;
}

/* ---- Named patterns --------------------------------------------------------------------------*/

/* How long the scope of element `list` is if it is one that `where` sees, or -1. */
static long scope_seen(const struct sl_elem *list, const struct sl_elem *where)
{
	const char *slash = strrchr(list->name, '/');
	size_t len = slash ? (size_t)(slash - list->name) + 1 : 0;

	return strncmp(list->name, where->name, len) ? -1 : (long)len;
}

/* The pattern called `name` in a list; its number in *at. */
static const char *find_in(const struct sl_elem *list, const char *name, uint32_t *at)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < list->n_args; i++) {
		const char *text = list->args[i].text;

		if (strncmp(text, name, len) || !strchr(" \t\r\n", text[len]))
			continue;
		*at = (uint32_t)i;
		return text + len;
	}
	return NULL;
}

/* The one of the innermost scope. */
static int named_pattern(const struct sl_program *p, const struct sl_elem *where, const char *name,
			 struct sl_rw_pattern *out, const char **why)
{
	const struct sl_inst *list = NULL;
	const char *rest = NULL;
	uint32_t at = 0, k = 0;
	long best = -1;
	char **words;
	size_t n;
	int ret;

	for (size_t i = 0; i < p->graph->n_elems; i++) {
		const struct sl_inst *in = &p->insts[i];
		long scope;
		const char *text;

		if (in->class != &sl_class_ip_rewriter_patterns)
			continue;
		scope = scope_seen(in->elem, where);
		text = scope > best ? find_in(in->elem, name, &k) : NULL;
		if (!text)
			continue;
		list = in;
		rest = text;
		at = k;
		best = scope;
	}
	*why = "no such pattern";
	if (!list)
		return -EINVAL;
	words = sl_rw_words(rest, &n);
	if (!words)
		return -ENOMEM;
	ret = n < 2 || n > 4 ? -EINVAL : read_pattern(p, list->elem, words, n, out, why);
	sl_rw_words_free(words);
	out->list = list;
	out->at = at;
	return ret;
}

int sl_rw_pattern_parse(const struct sl_program *p, const struct sl_elem *where, char *const *words,
			size_t n, struct sl_rw_pattern *out, const char **why)
{
	*why = "syntax error: a pattern is SADDR SPORT DADDR DPORT, SADDR DADDR, or a name";
	if (n < 1 || n > 4)
		return -EINVAL;
	if (n == 1)
		return named_pattern(p, where, words[0], out, why);
	return read_pattern(p, where, words, n, out, why);
}

int sl_rw_way_parse(const struct sl_program *p, const struct sl_elem *where, char *const *words,
		    size_t n, struct sl_rw_way *out, const char **why)
{
	int ret;

	*why = "syntax error: expected a pattern and two outputs";
	if (n <= 2)
		return -EINVAL;
	ret = sl_rw_pattern_parse(p, where, words, n - 2, &out->pattern, why);
	if (ret)
		return ret;
	*why = "bad forward port";
	if (!number(words[n - 2], INT32_MAX, &out->out))
		return -EINVAL;
	*why = "bad reply port";
	return number(words[n - 1], INT32_MAX, &out->reply_out) ? 0 : -EINVAL;
}

/* ---- Back to text ----------------------------------------------------------------------------*/

static void print_port(uint16_t port, uint32_t top, FILE *out)
{
	if (!port && !top)
		fputs(" -", out);
	else if (top)
		fprintf(out, " %u-%u", ntohs(port), ntohs(port) + top);
	else
		fprintf(out, " %u", ntohs(port));
}

static void print_address(uint32_t addr, FILE *out)
{
	if (addr)
		sl_value_print(SL_T_IP4, &addr, NULL, out);
	else
		fputc('-', out);
}

void sl_rw_pattern_print(const struct sl_rw_pattern *w, FILE *out)
{
	print_address(w->saddr, out);
	if (!w->napt && w->top) {
		uint32_t last = htonl(ntohl(w->saddr) + w->top);

		fputc('-', out);
		print_address(last, out);
	}
	if (w->napt)
		print_port(w->sport, w->top, out);
	fputc(' ', out);
	print_address(w->daddr, out);
	if (w->napt)
		print_port(w->dport, 0, out);
}
