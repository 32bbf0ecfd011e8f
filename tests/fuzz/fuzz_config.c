// SPDX-License-Identifier: GPL-2.0-only
/*
 * A stranger's graph up to the configured program, and a stranger's records as text. The input is
 * the graph, and behind the first NUL byte a record for the event ring.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/event.h"
#include "loader/config/config.h"
#include "loader/mem.h"

static const struct sl_click_opts opts = {
	.classes = &sl_class_set,
	.max_elems = 200,
	.max_conns = 1000,
	.max_bytes = 65536,
};

/* Every argument that was taken reads as something. */
static void read_back(const struct sl_program *p, FILE *out)
{
	for (size_t i = 0; i < p->graph->n_elems; i++) {
		const struct sl_class *c = p->insts[i].class;

		for (int k = 0; c->params && c->params[k].name; k++) {
			sl_value_print(c->params[k].type, sl_inst_value(&p->insts[i], k), p, out);
			fputs(sl_inst_text(&p->insts[i], k), out);
		}
		if (c->emit && c->emit(&p->insts[i], out))
			abort();
	}
}

static void print_record(const struct sl_program *p, const uint8_t *record, size_t len, FILE *out)
{
	struct sl_event_head head;
	_free_ uint8_t *copy = NULL;

	sl_event_print(p, record, len, out);
	if (len < sizeof(head) || !p->graph->n_elems)
		return;
	/* Once for every element, whatever the input says. */
	copy = malloc(len);
	for (uint32_t i = 0; copy && i < p->graph->n_elems; i++) {
		memcpy(copy, record, len);
		memcpy(copy, &i, sizeof(i));
		sl_event_print(p, copy, len, out);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t len = strnlen((const char *)data, size);
	struct sl_diags d = {0};
	struct sl_graph *g = NULL;
	struct sl_program *p = NULL;
	FILE *out = fopen("/dev/null", "w");

	if (!out)
		abort();
	if (!sl_click_parse("fuzz", (const char *)data, len, &opts, &d, &g)) {
		if (sl_graph_check(g, &opts, &d))
			sl_graph_free(g);
		else if (!sl_program_new(g, NULL, &d, &p))
			read_back(p, out);
		else if (!d.errors)
			abort();
	}
	if (p && len < size)
		print_record(p, data + len + 1, size - len - 1, out);
	sl_diags_print(&d, out);
	sl_diags_free(&d);
	sl_program_free(p);
	fclose(out);
	return 0;
}
