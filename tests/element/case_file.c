// SPDX-License-Identifier: GPL-2.0-only
/* Reads files of element cases. A case that cannot fail is an error here. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "loader/config/config.h"
#include "loader/mem.h"
#include "tests/element/case_file.h"
#include "tests/element/case_lines.h"

struct reader {
	struct case_lines l;
	struct case_file *f;
	struct case_graph pending; /* devices and head of the graph to come */
	struct test_case *cur;
	struct step nowhere; /* stands for a step that belongs to no case */
	size_t shared;	     /* index of the graph of the cases to come */
};

#define NO_GRAPH ((size_t)-1)
#define DEFAULT_HEAD 32

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
	if (n == 3 && !memcmp(w, "ip6", n))
		return inet_pton(AF_INET6, value, dev->ip6) == 1;
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
	_free_ char *name = case_word(&rest);
	struct sl_device *dev;
	uint8_t index = (uint8_t)g->n_devices;

	if (g->n_devices == sizeof(g->devices) / sizeof(g->devices[0]) || !*name ||
	    strlen(name) >= sizeof(dev->name)) {
		case_fail(&r->l, line, "no name, or too many devices");
		return;
	}
	dev = &g->devices[g->n_devices++];
	*dev = (struct sl_device){.index = index,
				  .mac = {2, 0, 0, 0, 0, (uint8_t)(index + 1)},
				  .peer = {2, 0, 0, 0, 1, (uint8_t)(index + 1)},
				  .mtu = 1500};
	memcpy(dev->name, name, strlen(name) + 1);
	while (*rest) {
		_free_ char *w = case_word(&rest);

		if (!device_option(w, dev))
			case_fail(&r->l, line, "'%s' is no option of a device", w);
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
			case_fail(&r->l, c->steps[i].line,
				  "the packet above this line has no outcome");
		open = k == STEP_IN;
		wants |= k == STEP_OUT || k == STEP_HOST || k == STEP_DROP || k == STEP_READ ||
			 k == STEP_EVENT || k == STEP_ERROR || (k == STEP_WRITE && c->steps[i].c);
	}
	if (open)
		case_fail(&r->l, c->line, "the last packet of this case has no outcome");
	if (!wants)
		case_fail(&r->l, c->line, "this case wants nothing: it could not fail");
	if (c->refuse && c->graph == NO_GRAPH)
		case_fail(&r->l, c->line, "refuse without a graph");
}

static void add_graph(struct reader *r, unsigned int line, const char *path)
{
	struct case_file *f = r->f;
	struct case_graph *g;

	if (SL_GROW(f->graphs, f->n_graphs, f->cap_graphs) < 0)
		return;
	g = &f->graphs[f->n_graphs];
	*g = r->pending;
	g->text = *path ? case_file_text(&r->l, line, path) : case_indented(&r->l);
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
		case_fail(&r->l, line, "case without a graph above it");
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

	s->a = case_word(&rest);
	if (!strchr(s->a, '.'))
		case_fail(&r->l, s->line, "'%s' is no ELEMENT.HANDLER", s->a);
	is = mark_at(rest, mark);
	fails = mark_at(rest, "fails");
	/* The first of them counts: a value may hold either. */
	s->fails = fails && (!is || fails < is);
	end = s->fails ? fails : is;
	if (end) {
		char *value = end + strcspn(end, " ");

		s->c = case_unescape(value + strspn(value, " "));
		while (end > rest && end[-1] == ' ')
			end--;
		*end = 0;
	} else if (s->kind == STEP_READ) {
		case_fail(&r->l, s->line, "read without = VALUE");
	}
	s->b = case_unescape(rest);
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
		case_fail(&r->l, line,
			  c && c->refuse       ? "only `graph` and `error` belong to refuse"
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
			case_fail(&r->l, line, "%s does not follow a packet", what);
	}
	s->repeat = repeat;
	if (kind != STEP_HOST)
		s->a = case_word(&rest);
	s->b = case_substitute(&r->l, line, rest);
}

static void set_only(struct reader *r, unsigned int line, const char *rest)
{
	if (!r->cur)
		case_fail(&r->l, line, "this line belongs to no case");
	else if (!strcmp(rest, "bpf"))
		r->cur->builds = RUN_BPF;
	else if (!strcmp(rest, "native"))
		r->cur->builds = RUN_NATIVE;
	else
		case_fail(&r->l, line, "only bpf, or only native");
}

/* `click differs: REASON` and `click not compared: REASON`: of the case above, or of all cases of
 * the graph above. */
static void set_click(struct reader *r, unsigned int line, const char *rest)
{
	static const char *const marks[] = {
		[CLICK_DIFFERS] = "differs: ", [CLICK_NOT_COMPARED] = "not compared: "};
	struct click_says *says = r->cur		  ? &r->cur->click
				  : r->shared != NO_GRAPH ? &r->f->graphs[r->shared].click
							  : NULL;

	for (enum click_mark m = CLICK_DIFFERS; says && m <= CLICK_NOT_COMPARED; m++) {
		size_t n = strlen(marks[m]);

		if (strncmp(rest, marks[m], n) || !rest[n] || says->mark)
			continue;
		*says = (struct click_says){m, strdup(rest + n)};
		return;
	}
	case_fail(&r->l, line,
		  "once, in a case or below a graph: click differs: REASON, or click not compared: "
		  "REASON");
}

static void directive(struct reader *r, unsigned int line, char *text, unsigned int *repeat)
{
	char *rest = text;
	_free_ char *what = case_word(&rest);
	struct step *s;

	if (*repeat != 1 && strcmp(what, "in"))
		case_fail(&r->l, line, "repeat must be followed by in");
	if (!strcmp(what, "let")) {
		case_let(&r->l, line, rest);
	} else if (!strcmp(what, "device")) {
		add_device(r, line, rest);
	} else if (!strcmp(what, "head")) {
		r->pending.head = (uint16_t)atoi(rest);
	} else if (!strcmp(what, "weight")) {
		r->pending.max_weight = (unsigned int)atoi(rest);
	} else if (!strcmp(what, "graph")) {
		add_graph(r, line, rest);
	} else if (!strcmp(what, "case") || !strcmp(what, "refuse")) {
		add_case(r, line, rest, *what == 'r');
	} else if (!strcmp(what, "in") || !strcmp(what, "out") || !strcmp(what, "host")) {
		packet_step(r, line, what, rest, *repeat);
		*repeat = 1;
	} else if (!strcmp(what, "drop")) {
		s = add_step(r, line, STEP_DROP);
		s->a = case_word(&rest);
		s->b = strdup(rest);
	} else if (!strcmp(what, "read")) {
		handler_step(r, add_step(r, line, STEP_READ), rest, "=");
	} else if (!strcmp(what, "write")) {
		handler_step(r, add_step(r, line, STEP_WRITE), rest, "=>");
	} else if (!strcmp(what, "clock")) {
		s = add_step(r, line, STEP_CLOCK);
		s->plus = *rest == '+';
		s->a = strdup(rest + s->plus);
	} else if (!strcmp(what, "calls")) {
		add_step(r, line, STEP_CALLS);
	} else if (!strcmp(what, "random")) {
		if (r->cur)
			r->cur->rnd = (uint32_t)strtoul(rest, NULL, 0);
		else
			case_fail(&r->l, line, "this line belongs to no case");
	} else if (!strcmp(what, "event")) {
		add_step(r, line, STEP_EVENT)->c = case_unescape(rest);
	} else if (!strcmp(what, "error")) {
		add_step(r, line, STEP_ERROR)->c = strdup(rest);
	} else if (!strcmp(what, "repeat")) {
		*repeat = (unsigned int)atoi(rest);
		if (!*repeat)
			case_fail(&r->l, line, "repeat N, N at least 1");
	} else if (!strcmp(what, "click")) {
		set_click(r, line, rest);
	} else if (!strcmp(what, "only")) {
		set_only(r, line, rest);
	} else {
		case_fail(&r->l, line, "'%s' means nothing here", what);
	}
}

/* ---- The file --------------------------------------------------------------------------------*/

static char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	return strndup(name, strcspn(name, "."));
}

bool case_file_wanted(const char *file, char **names)
{
	if (!*names)
		return true;
	for (; *names; names++) {
		size_t len = strlen(*names);

		if (!strncmp(file, *names, len) && file[len] == '.')
			return true;
	}
	return false;
}

int case_file_read(const char *path, struct case_file **out, char **error)
{
	struct case_file *f = calloc(1, sizeof(*f));
	struct reader r = {.f = f,
			   .l = {.path = path, .in = fopen(path, "r")},
			   .pending = {.head = DEFAULT_HEAD},
			   .shared = NO_GRAPH};
	unsigned int line, repeat = 1;

	if (f) {
		f->path = strdup(path);
		f->base = base_name(path);
	}
	if (!f || !r.l.in) {
		if (asprintf(error, "%s: cannot be read", path) < 0)
			*error = NULL;
		case_file_free(f);
		return -1;
	}
	while (!r.l.failed) {
		_free_ char *text = case_line(&r.l, &line);

		if (!text)
			break;
		directive(&r, line, text, &repeat);
	}
	finish_case(&r);
	if (!f->n_cases)
		case_fail(&r.l, r.l.line, "no cases");
	free_step(&r.nowhere);
	case_lines_free(&r.l);
	if (r.l.failed) {
		*error = r.l.error;
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
		free(f->graphs[i].click.reason);
		for (int k = 0; k < 2; k++) {
			sl_compiled_free(f->graphs[i].compiled[k]);
			free(f->graphs[i].failure[k]);
		}
	}
	for (size_t i = 0; i < f->n_cases; i++) {
		for (size_t k = 0; k < f->cases[i].n; k++)
			free_step(&f->cases[i].steps[k]);
		free(f->cases[i].steps);
		free(f->cases[i].click.reason);
		free(f->cases[i].name);
	}
	free(f->graphs);
	free(f->cases);
	free(f->path);
	free(f->base);
	free(f);
}
