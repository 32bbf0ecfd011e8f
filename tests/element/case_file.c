// SPDX-License-Identifier: GPL-2.0-only
/* Reads files of element cases. A case that cannot fail is an error here. */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/config/config.h"
#include "loader/mem.h"
#include "tests/element/case_file.h"

struct let {
	char *name, *words;
};

struct reader {
	struct case_file *f;
	FILE *in;
	unsigned int line; /* of the line in `next` */
	char *next;	   /* a line looked at but not used */
	size_t cap;
	bool have_next, failed;
	char *error;
	struct let *lets;
	size_t n_lets, cap_lets;
	struct case_graph pending; /* devices and head of the graph to come */
	struct test_case *cur;
	struct step nowhere; /* stands for a step that belongs to no case */
	size_t shared;	     /* index of the graph of the cases to come */
};

#define NO_GRAPH ((size_t)-1)
#define DEFAULT_HEAD 32

static void fail(struct reader *r, unsigned int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static void fail(struct reader *r, unsigned int line, const char *fmt, ...)
{
	_free_ char *message = NULL;
	va_list ap;

	if (r->failed)
		return;
	r->failed = true;
	va_start(ap, fmt);
	if (vasprintf(&message, fmt, ap) < 0)
		message = NULL;
	va_end(ap);
	if (asprintf(&r->error, "%s:%u: %s", r->f->path, line, message ? message : "") < 0)
		r->error = NULL;
}

/* ---- Lines -----------------------------------------------------------------------------------*/

static bool look(struct reader *r)
{
	ssize_t n;

	if (r->have_next)
		return true;
	n = getline(&r->next, &r->cap, r->in);
	if (n < 0)
		return false;
	r->line++;
	while (n && isspace((unsigned char)r->next[n - 1]))
		r->next[--n] = 0;
	r->have_next = true;
	return true;
}

static void strip_comment(char *s)
{
	for (char *p = s; *p; p++) {
		if (*p == '#' && (p == s || isspace((unsigned char)p[-1]))) {
			*p = 0;
			break;
		}
	}
	for (size_t n = strlen(s); n && isspace((unsigned char)s[n - 1]);)
		s[--n] = 0;
}

/* A line with those that go on with it, and without comments; NULL at the end. */
static char *logical_line(struct reader *r, unsigned int *line)
{
	_free_ char *all = NULL;
	char *joined;

	do {
		if (!look(r))
			return NULL;
		strip_comment(r->next);
		r->have_next = *r->next != 0;
	} while (!r->have_next);
	*line = r->line;
	if (isspace((unsigned char)r->next[0])) {
		fail(r, r->line, "nothing above that this line could go on with");
		return NULL;
	}
	all = strdup(r->next);
	r->have_next = false;
	/* A graph keeps its lines: they are not words. */
	if (all && !strcmp(all, "graph"))
		return TAKE_PTR(all);
	while (all && look(r)) {
		if (*r->next && !isspace((unsigned char)r->next[0]))
			break;
		strip_comment(r->next);
		r->have_next = false;
		if (asprintf(&joined, "%s%s", all, r->next) < 0)
			return NULL;
		free(all);
		all = joined;
	}
	if (all)
		strip_comment(all);
	return TAKE_PTR(all);
}

/* The indented text below `graph`, on the same lines as in the file. */
static char *graph_text(struct reader *r)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	bool any = false;

	if (!f)
		return NULL;
	for (unsigned int i = 0; i < r->line; i++)
		fputc('\n', f);
	while (look(r)) {
		if (*r->next && !isspace((unsigned char)r->next[0]))
			break;
		any |= *r->next != 0;
		fprintf(f, "%s\n", r->next);
		r->have_next = false;
	}
	fclose(f);
	if (!any)
		fail(r, r->line, "graph without a text");
	return text;
}

/* The text of a file of graphs, from where the tests are run (the root of the tree). */
static char *graph_file(struct reader *r, unsigned int line, const char *path)
{
	_fclose_ FILE *in = fopen(path, "re");
	char *text = NULL;
	size_t cap = 0;

	if (!in || getdelim(&text, &cap, 0, in) < 0)
		fail(r, line, "graph: '%s' cannot be read", path);
	return text;
}

/* First word of *s, which moves behind it and the white space that follows. */
static char *word(char **s)
{
	size_t n = strcspn(*s, " \t");
	char *w = strndup(*s, n);

	*s += n;
	*s += strspn(*s, " \t");
	return w;
}

/* ---- Substitution and escapes ----------------------------------------------------------------*/

static const char *let_find(const struct reader *r, const char *name, size_t len)
{
	for (size_t i = r->n_lets; i-- > 0;) {
		if (strlen(r->lets[i].name) == len && !memcmp(r->lets[i].name, name, len))
			return r->lets[i].words;
	}
	return NULL;
}

static char *substitute(struct reader *r, unsigned int line, const char *s)
{
	char *text = NULL;
	size_t len = 0, n;
	FILE *f = open_memstream(&text, &len);
	const char *words;

	if (!f)
		return NULL;
	while (*s) {
		if (*s != '$') {
			fputc(*s++, f);
			continue;
		}
		for (n = 1; isalnum((unsigned char)s[n]) || s[n] == '_';)
			n++;
		words = let_find(r, s + 1, n - 1);
		if (!words)
			fail(r, line, "no `let` for %.*s", (int)n, s);
		fputs(words ? words : "", f);
		s += n;
	}
	fclose(f);
	return text;
}

static char *unescape(const char *s)
{
	char *text = malloc(strlen(s) + 1), *to = text;

	for (; text && *s; s++) {
		if (*s == '\\' && s[1]) {
			s++;
			*to++ = *s == 'n' ? '\n' : *s == 't' ? '\t' : *s;
		} else {
			*to++ = *s;
		}
	}
	if (text)
		*to = 0;
	return text;
}

/* ---- Directives ------------------------------------------------------------------------------*/

static void add_let(struct reader *r, unsigned int line, char *rest)
{
	_free_ char *name = word(&rest);

	if (rest[0] != '=' || !isspace((unsigned char)rest[1])) {
		fail(r, line, "write: let NAME = WORDS");
		return;
	}
	if (SL_GROW(r->lets, r->n_lets, r->cap_lets) < 0)
		return;
	rest += 1 + strspn(rest + 1, " \t");
	r->lets[r->n_lets].words = substitute(r, line, rest);
	r->lets[r->n_lets++].name = TAKE_PTR(name);
}

static bool device_option(const char *w, struct sl_device *dev)
{
	const char *why, *value = strchr(w, '=');
	struct sl_prefix4 prefix;
	size_t n = value ? (size_t)(value - w) : strlen(w);

	if (!strcmp(w, "iplink")) {
		dev->ip_link = true;
		return true;
	}
	if (!value++)
		return false;
	if (n == 3 && !memcmp(w, "mac", n))
		return sl_text_ether(value, dev->mac);
	if (n == 4 && !memcmp(w, "peer", n))
		return sl_text_ether(value, dev->peer);
	if (n == 3 && !memcmp(w, "mtu", n))
		return !sl_parse_value(SL_T_U16, value, NULL, NULL, &dev->mtu, &why);
	if (n == 2 && !memcmp(w, "ip", n) && sl_text_prefix4(value, &prefix)) {
		dev->ip = prefix.addr;
		dev->mask = prefix.mask;
		return true;
	}
	return false;
}

static void add_device(struct reader *r, unsigned int line, char *rest)
{
	struct case_graph *g = &r->pending;
	_free_ char *name = word(&rest);
	struct sl_device *dev;
	uint8_t index = (uint8_t)g->n_devices;

	if (g->n_devices == sizeof(g->devices) / sizeof(g->devices[0]) || !*name ||
	    strlen(name) >= sizeof(dev->name)) {
		fail(r, line, "no name, or too many devices");
		return;
	}
	dev = &g->devices[g->n_devices++];
	*dev = (struct sl_device){.index = index,
				  .mac = {2, 0, 0, 0, 0, (uint8_t)(index + 1)},
				  .peer = {2, 0, 0, 0, 1, (uint8_t)(index + 1)},
				  .mtu = 1500};
	memcpy(dev->name, name, strlen(name) + 1);
	while (*rest) {
		_free_ char *w = word(&rest);

		if (!device_option(w, dev))
			fail(r, line, "'%s' is no option of a device", w);
	}
}

/* A case needs something it wants to be so. */
static void finish_case(struct reader *r)
{
	struct test_case *c = r->cur;
	bool wants = false, open = false;

	if (!c)
		return;
	for (size_t i = 0; i < c->n; i++) {
		enum step_kind k = c->steps[i].kind;

		if (open && (k != STEP_OUT && k != STEP_HOST && k != STEP_DROP))
			fail(r, c->steps[i].line, "the packet above this line has no outcome");
		open = k == STEP_IN;
		wants |= k == STEP_OUT || k == STEP_HOST || k == STEP_DROP || k == STEP_READ ||
			 k == STEP_EVENT || k == STEP_ERROR || (k == STEP_WRITE && c->steps[i].c);
	}
	if (open)
		fail(r, c->line, "the last packet of this case has no outcome");
	if (!wants)
		fail(r, c->line, "this case wants nothing: it could not fail");
	if (c->refuse && c->graph == NO_GRAPH)
		fail(r, c->line, "refuse without a graph");
}

static void add_graph(struct reader *r, unsigned int line, const char *path)
{
	struct case_file *f = r->f;
	struct case_graph *g;

	if (SL_GROW(f->graphs, f->n_graphs, f->cap_graphs) < 0)
		return;
	g = &f->graphs[f->n_graphs];
	*g = r->pending;
	g->text = *path ? graph_file(r, line, path) : graph_text(r);
	f->n_graphs++;
	r->pending = (struct case_graph){.head = DEFAULT_HEAD};
	if (r->cur && r->cur->refuse && r->cur->graph == NO_GRAPH) {
		r->cur->graph = f->n_graphs - 1;
		return;
	}
	finish_case(r);
	r->cur = NULL;
	r->shared = f->n_graphs - 1;
}

static void add_case(struct reader *r, unsigned int line, const char *name, bool refuse)
{
	struct case_file *f = r->f;
	struct test_case *c;

	finish_case(r);
	if (!refuse && r->shared == NO_GRAPH) {
		fail(r, line, "case without a graph above it");
		return;
	}
	if (SL_GROW(f->cases, f->n_cases, f->cap_cases) < 0)
		return;
	c = &f->cases[f->n_cases];
	memset(c, 0, sizeof(*c));
	c->line = line;
	c->builds = RUN_BPF | RUN_NATIVE;
	c->rnd = 1;
	c->refuse = refuse;
	c->graph = refuse ? NO_GRAPH : r->shared;
	if (asprintf(&c->name, "%s: %s", f->base, name) < 0)
		c->name = NULL;
	f->n_cases++;
	r->cur = c;
}

/* Where the word `mark` stands among the words of `s`, or NULL. */
static char *mark_at(char *s, const char *mark)
{
	size_t n = strlen(mark);

	while (*s) {
		if (!strncmp(s, mark, n) && (!s[n] || s[n] == ' '))
			return s;
		s += strcspn(s, " ");
		s += strspn(s, " ");
	}
	return NULL;
}

/* `E.H [...] = VALUE`, `E.H [...] => CONFIG`, `E.H [...] fails TEXT` */
static void handler_step(struct reader *r, struct step *s, char *rest, const char *mark)
{
	char *fails, *is, *end;

	s->a = word(&rest);
	if (!strchr(s->a, '.'))
		fail(r, s->line, "'%s' is no ELEMENT.HANDLER", s->a);
	is = mark_at(rest, mark);
	fails = mark_at(rest, "fails");
	/* The first of them counts: a value may hold either. */
	s->fails = fails && (!is || fails < is);
	end = s->fails ? fails : is;
	if (end) {
		char *value = end + strcspn(end, " ");

		s->c = unescape(value + strspn(value, " "));
		while (end > rest && end[-1] == ' ')
			end--;
		*end = 0;
	} else if (s->kind == STEP_READ) {
		fail(r, s->line, "read without = VALUE");
	}
	s->b = unescape(rest);
}

static void free_step(struct step *s)
{
	free(s->a);
	free(s->b);
	free(s->c);
	*s = (struct step){0};
}

static struct step *add_step(struct reader *r, unsigned int line, enum step_kind kind)
{
	struct test_case *c = r->cur;

	free_step(&r->nowhere);
	if (!c || c->refuse != (kind == STEP_ERROR)) {
		fail(r, line,
		     c && c->refuse	  ? "only `graph` and `error` belong to refuse"
		     : kind == STEP_ERROR ? "error belongs to refuse"
					  : "this line belongs to no case");
		return &r->nowhere;
	}
	if (SL_GROW(c->steps, c->n, c->cap) < 0)
		return &r->nowhere;
	c->steps[c->n] = (struct step){.kind = kind, .line = line, .repeat = 1};
	return &c->steps[c->n++];
}

static void packet_step(struct reader *r, unsigned int line, const char *what, char *rest,
			unsigned int repeat)
{
	enum step_kind kind = !strcmp(what, "in")    ? STEP_IN
			      : !strcmp(what, "out") ? STEP_OUT
						     : STEP_HOST;
	struct step *s = add_step(r, line, kind);
	bool after_packet = r->cur && r->cur->n > 1;

	if (kind != STEP_IN) {
		enum step_kind before =
			after_packet ? r->cur->steps[r->cur->n - 2].kind : STEP_READ;

		if (before != STEP_IN && before != STEP_OUT && before != STEP_HOST &&
		    before != STEP_DROP)
			fail(r, line, "%s does not follow a packet", what);
	}
	s->repeat = repeat;
	if (kind != STEP_HOST)
		s->a = word(&rest);
	s->b = substitute(r, line, rest);
}

static void set_only(struct reader *r, unsigned int line, const char *rest)
{
	if (!r->cur)
		fail(r, line, "this line belongs to no case");
	else if (!strcmp(rest, "bpf"))
		r->cur->builds = RUN_BPF;
	else if (!strcmp(rest, "native"))
		r->cur->builds = RUN_NATIVE;
	else
		fail(r, line, "only bpf, or only native");
}

static void directive(struct reader *r, unsigned int line, char *text, unsigned int *repeat)
{
	char *rest = text;
	_free_ char *what = word(&rest);
	struct step *s;

	if (*repeat != 1 && strcmp(what, "in"))
		fail(r, line, "repeat must be followed by in");
	if (!strcmp(what, "let")) {
		add_let(r, line, rest);
	} else if (!strcmp(what, "device")) {
		add_device(r, line, rest);
	} else if (!strcmp(what, "head")) {
		r->pending.head = (uint16_t)atoi(rest);
	} else if (!strcmp(what, "graph")) {
		add_graph(r, line, rest);
	} else if (!strcmp(what, "case") || !strcmp(what, "refuse")) {
		add_case(r, line, rest, *what == 'r');
	} else if (!strcmp(what, "in") || !strcmp(what, "out") || !strcmp(what, "host")) {
		packet_step(r, line, what, rest, *repeat);
		*repeat = 1;
	} else if (!strcmp(what, "drop")) {
		s = add_step(r, line, STEP_DROP);
		s->a = word(&rest);
		s->b = strdup(rest);
	} else if (!strcmp(what, "read")) {
		handler_step(r, add_step(r, line, STEP_READ), rest, "=");
	} else if (!strcmp(what, "write")) {
		handler_step(r, add_step(r, line, STEP_WRITE), rest, "=>");
	} else if (!strcmp(what, "clock")) {
		s = add_step(r, line, STEP_CLOCK);
		s->plus = *rest == '+';
		s->a = strdup(rest + s->plus);
	} else if (!strcmp(what, "random")) {
		if (r->cur)
			r->cur->rnd = (uint32_t)strtoul(rest, NULL, 0);
		else
			fail(r, line, "this line belongs to no case");
	} else if (!strcmp(what, "event")) {
		add_step(r, line, STEP_EVENT)->c = unescape(rest);
	} else if (!strcmp(what, "error")) {
		add_step(r, line, STEP_ERROR)->c = strdup(rest);
	} else if (!strcmp(what, "repeat")) {
		*repeat = (unsigned int)atoi(rest);
		if (!*repeat)
			fail(r, line, "repeat N, N at least 1");
	} else if (!strcmp(what, "only")) {
		set_only(r, line, rest);
	} else {
		fail(r, line, "'%s' means nothing here", what);
	}
}

/* ---- The file --------------------------------------------------------------------------------*/

static char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	return strndup(name, strcspn(name, "."));
}

int case_file_read(const char *path, struct case_file **out, char **error)
{
	struct case_file *f = calloc(1, sizeof(*f));
	struct reader r = {.f = f,
			   .in = fopen(path, "r"),
			   .pending = {.head = DEFAULT_HEAD},
			   .shared = NO_GRAPH};
	unsigned int line, repeat = 1;

	if (f) {
		f->path = strdup(path);
		f->base = base_name(path);
	}
	if (!f || !r.in) {
		if (asprintf(error, "%s: cannot be read", path) < 0)
			*error = NULL;
		case_file_free(f);
		return -1;
	}
	while (!r.failed) {
		_free_ char *text = logical_line(&r, &line);

		if (!text)
			break;
		directive(&r, line, text, &repeat);
	}
	finish_case(&r);
	if (!f->n_cases)
		fail(&r, r.line, "no cases");
	fclose(r.in);
	free(r.next);
	free_step(&r.nowhere);
	for (size_t i = 0; i < r.n_lets; i++) {
		free(r.lets[i].name);
		free(r.lets[i].words);
	}
	free(r.lets);
	if (r.failed) {
		*error = r.error;
		case_file_free(f);
		return -1;
	}
	*out = f;
	return 0;
}

void case_file_free(struct case_file *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->n_graphs; i++) {
		free(f->graphs[i].text);
		for (int k = 0; k < 2; k++) {
			sl_compiled_free(f->graphs[i].compiled[k]);
			free(f->graphs[i].failure[k]);
		}
	}
	for (size_t i = 0; i < f->n_cases; i++) {
		for (size_t k = 0; k < f->cases[i].n; k++) {
			free_step(&f->cases[i].steps[k]);
		}
		free(f->cases[i].steps);
		free(f->cases[i].name);
	}
	free(f->graphs);
	free(f->cases);
	free(f->path);
	free(f->base);
	free(f);
}
