/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel as judge: turns the verifier's log of a refused program into a message about the
 * tenant's element. The log is in the order the verifier walked, each instruction under its source
 * line; every element of generated code begins by counting (`nP->nE++`), so the last such line
 * before the end of the log names the element on the path that failed.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/abi.h"
#include "loader/mem.h"
#include "loader/runtime/load.h"

/* Lines of the log that are shown under the message. */
#define SHOWN 25

/* Element index in a line like "; n0->n12++;" or "; r = check_ip_header(&p, &c12, ..." or -1. */
static long element_of(const char *line)
{
	const char *p;
	char *end;
	long v;

	p = strstr(line, "->n");
	if (p && strstr(line, "++")) {
		v = strtol(p + 3, &end, 10);
		if (end != p + 3)
			return v;
	}
	p = strstr(line, "SL_TAIL(p,");
	if (p) {
		p = strrchr(p, ',');
		v = p ? strtol(p + 1, &end, 10) : -1;
		if (p && end != p + 1)
			return v;
	}
	return -1;
}

static long last_element(const char *log)
{
	long found = -1;

	for (const char *line = log; line && *line;) {
		const char *next = strchr(line, '\n');
		size_t n = next ? (size_t)(next - line) : strlen(line);
		_free_ char *text = strndup(line, n);
		long e = text && text[0] == ';' ? element_of(text) : -1;

		if (e >= 0)
			found = e;
		line = next ? next + 1 : NULL;
	}
	return found;
}

/* The verifier's complaint: the last line that is neither a statistic nor an instruction. */
static char *complaint(const char *log)
{
	char *found = NULL;

	for (const char *line = log; line && *line;) {
		const char *next = strchr(line, '\n');
		size_t n = next ? (size_t)(next - line) : strlen(line);

		if (n && line[0] != ';' && strncmp(line, "processed ", 10) &&
		    strncmp(line, "from ", 5) && strspn(line, "0123456789") == 0) {
			free(found);
			found = strndup(line, n);
		}
		line = next ? next + 1 : NULL;
	}
	return found;
}

static const char *plain(int err, const char *said)
{
	if (err == E2BIG || (said && (strstr(said, "too large") || strstr(said, "too complex"))))
		return "the kernel finds the graph too complex to check";
	if (said && strstr(said, "invalid access to packet"))
		return "the kernel cannot see that the element stays inside the packet";
	if (said && strstr(said, "stack"))
		return "the element needs more stack than the kernel allows";
	return "the kernel refuses the compiled element";
}

void sl_kernel_refusal(const struct sl_compiled *c, uint32_t prog, int err, const char *log,
		       struct sl_diags *d)
{
	const struct sl_bundle *b = c->bundle;
	long e = last_element(log);
	_free_ char *said = complaint(log);
	const char *tail = log + strlen(log);
	struct sl_pos pos = SL_NOPOS;
	struct sl_diag *m;
	int lines = 0;

	if (e >= 0 && e < (long)b->n_elems)
		pos = (struct sl_pos){b->elems[e].file, b->elems[e].line, b->elems[e].col};
	m = sl_error(d, pos, err == E2BIG ? "too-complex" : "kernel", "%s (program %s): %s",
		     plain(err, said), b->progs[prog].name, said ? said : strerror(err));
	if (e >= 0 && e < (long)b->n_elems)
		sl_diag_element(m, b->elems[e].name);
	sl_diag_hint(m, err == E2BIG
				? "split the graph, or use fewer branches before this element"
				: "this is a mistake in Sluice's element library, not in the "
				  "graph; leave the element out, or report it with these lines");
	while (tail > log && lines <= SHOWN)
		if (*--tail == '\n')
			lines++;
	if (*tail == '\n')
		tail++;
	for (const char *line = tail; *line;) {
		const char *next = strchr(line, '\n');
		size_t n = next ? (size_t)(next - line) : strlen(line);

		if (n)
			sl_diag_detail(m, "%.*s", (int)n, line);
		line = next ? next + 1 : line + n;
	}
}
