// SPDX-License-Identifier: GPL-2.0-only
/* What is said in a bundle, just within each limit and just over it: the first is taken, the second
 * is not. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bpf/abi.h"
#include "loader/codegen/bundle.h"
#include "loader/mem.h"

#define INSNS 4

/* A graph with one of everything; each case changes something of it, and `extra` is freed. */
struct sample {
	struct bpf_insn insns[INSNS];
	struct sl_reloc reloc;
	struct sl_line lines[2];
	struct sl_bundle_prog prog;
	uint8_t rodata[8], word;
	uint32_t uses[SL_MAX_USES + 1];
	char name[4], *strings[2];
	struct sl_bundle_elem elems[2];
	struct sl_bundle_conn conn;
	struct sl_flow_edge edges[2];
	struct sl_device dev;
	struct sl_lpm_route route;
	struct sl_bundle b;
	void *extra;
};

static void make(struct sample *s)
{
	*s = (struct sample){
		.reloc = {.ref = SL_REF_RODATA},
		.lines = {{.insn = 0}, {.insn = 1}},
		.prog = {.name = "seg0"},
		.name = "abc",
		.elems = {{.class_name = (char *)"Idle", .n_out = 1},
			  {.name = (char *)"to", .class_name = (char *)"Idle", .n_in = 1}},
		.conn = {0, 0, 1, 0},
		.edges = {{.from = 0, .to = 1, .cell = 0},
			  {.from = SL_FLOW_OUTSIDE, .to = 0, .cell = SL_FLOW_DERIVED}},
		.dev = {.name = "eth0"},
	};
	s->strings[0] = s->strings[1] = s->name;
	s->elems[0].name = s->name;
	s->prog.insns = s->insns;
	s->prog.n_insns = INSNS;
	s->prog.relocs = &s->reloc;
	s->prog.n_relocs = 1;
	s->prog.lines = s->lines;
	s->prog.n_lines = 2;
	s->b = (struct sl_bundle){.n_segments = 1,
				  .progs = &s->prog,
				  .n_progs = 1,
				  .rodata = s->rodata,
				  .rodata_len = sizeof(s->rodata),
				  .strings = s->strings,
				  .n_strings = 2,
				  .elems = s->elems,
				  .n_elems = 2,
				  .conns = &s->conn,
				  .n_conns = 1,
				  .edges = s->edges,
				  .n_edges = 2,
				  .n_cells = 1,
				  .devs = &s->dev,
				  .n_devs = 1};
}

/* `n` copies of one thing of `size` bytes. */
static void *copies(struct sample *s, const void *one, size_t size, size_t n)
{
	s->extra = calloc(n, size);
	assert_non_null(s->extra);
	for (size_t i = 0; i < n; i++)
		memcpy((char *)s->extra + i * size, one, size);
	return s->extra;
}

/* ---- Cases: `over` is 0 for the last that is taken, 1 for the first that is not ---------------*/

#define SET(name, what)                                                                            \
	static void name(struct sample *s, uint32_t over)                                          \
	{                                                                                          \
		what;                                                                              \
	}

SET(head, s->b.head = 255 + over)
SET(copies_of_packets, s->b.n_copies = 2048 + over)
SET(resume_alone, s->b.resume = over != 0)
SET(programs, s->b.n_segments = 1 + over)
SET(no_instructions, s->prog.n_insns = 1 - over; s->prog.n_relocs = s->prog.n_lines = 0)
SET(program_name, memset(s->prog.name, 'x', 15 + over))
SET(reloc_insn, s->reloc.insn = INSNS - 2 + over)
SET(reloc_insn_wraps, s->reloc.insn = over ? UINT32_MAX : 0)
SET(reloc_kind, s->reloc.ref = SL_REF_MAX - 1 + over)
SET(reloc_offset, s->reloc.offset = sizeof(s->rodata) - 1 + over)
SET(line_insn, s->lines[1].insn = INSNS - 1 + over)
SET(line_order, s->lines[1].insn = 1 - over)
SET(line_file, s->lines[1].file = 1 + over)
SET(line_text, s->lines[1].text = 1 + over)
SET(line_line, s->lines[1].line = (1u << 22) - 1 + over)
SET(line_column, s->lines[1].col = (1u << 10) - 1 + over)
SET(element_name, s->name[1] = over ? '-' : '_')
SET(element_no_name, s->name[1 - over] = 0)
SET(element_class, s->elems[0].class_name = (char *)(over ? "Idlest" : "Idle"))
SET(element_inputs, s->elems[1].n_in = 65536 + over)
SET(element_outputs, s->elems[0].n_out = 65536 + over)
SET(element_segment, s->elems[0].segment = SL_MAX_SEGMENTS + over)
SET(element_words, s->elems[0].rw = &s->word; s->elems[0].rw_len = over)
SET(element_tables, s->elems[0].table_entries = s->uses; s->elems[0].n_tables = over)
SET(element_routes, s->elems[0].routes = &s->route; s->elems[0].n_routes = over)
SET(element_uses, s->elems[0].uses = s->uses; s->elems[0].n_uses = SL_MAX_USES + over)
SET(element_used, s->uses[0] = 1 + over; s->elems[0].uses = s->uses; s->elems[0].n_uses = 1)
SET(conn_from, s->conn.from = over * 2)
SET(conn_to, s->conn.to = 1 + over)
SET(conn_from_port, s->conn.from_port = over)
SET(conn_to_port, s->conn.to_port = over)
SET(edge_from, s->edges[0].from = 1 + over)
SET(edge_to, s->edges[0].to = 1 + over)
SET(edge_cell, s->edges[0].cell = over)
SET(cells_for_edges, s->b.n_cells = 2 + over)
SET(device_order, s->dev.index = (uint8_t)over)
SET(device_name, memset(s->dev.name, 'x', sizeof(s->dev.name) - 1 + over))

static void segments(struct sample *s, uint32_t over)
{
	s->b.n_segments = s->b.n_progs = SL_MAX_SEGMENTS + over;
	s->b.progs = copies(s, &s->prog, sizeof(s->prog), s->b.n_progs);
}

/* What copies come back to, of a graph without copies. */
static void resume_without_copies(struct sample *s, uint32_t over)
{
	s->b.n_progs = 2;
	s->b.resume = true;
	s->b.n_copies = 1 - over;
	s->b.progs = copies(s, &s->prog, sizeof(s->prog), 2);
}

static void elements(struct sample *s, uint32_t over)
{
	s->b.n_elems = SL_BUNDLE_ELEMS + over;
	s->b.elems = copies(s, &s->elems[0], sizeof(s->elems[0]), s->b.n_elems);
	s->b.elems[1].n_in = 1;
}

static void cells(struct sample *s, uint32_t over)
{
	s->b.n_cells = s->b.n_edges = SL_BUNDLE_CELLS + over;
	s->b.edges = copies(s, &s->edges[0], sizeof(s->edges[0]), s->b.n_edges);
}

static void edges(struct sample *s, uint32_t over)
{
	s->b.n_edges = SL_BUNDLE_EDGES + over;
	s->b.edges = copies(s, &s->edges[0], sizeof(s->edges[0]), s->b.n_edges);
}

static void devices(struct sample *s, uint32_t over)
{
	s->b.n_devs = SL_MAX_DEVS + over;
	s->b.devs = copies(s, &s->dev, sizeof(s->dev), s->b.n_devs);
	for (uint32_t i = 0; i < s->b.n_devs; i++)
		s->b.devs[i].index = (uint8_t)i;
}

/* The generated C fills it up. */
static void bytes(struct sample *s, uint32_t over)
{
	_free_ void *written = NULL;
	size_t len = 0, fill;

	assert_int_equal(sl_bundle_write(&s->b, &written, &len), 0);
	fill = SL_BUNDLE_MAX - len + over;
	s->extra = malloc(fill + 1);
	assert_non_null(s->extra);
	s->b.source = s->extra;
	memset(s->b.source, 'c', fill);
	s->b.source[fill] = 0;
}

#define CASE(fn)                                                                                   \
	{                                                                                          \
#fn, fn                                                                            \
	}
static const struct {
	const char *name;
	void (*set)(struct sample *s, uint32_t over);
} cases[] = {
	CASE(head),
	CASE(copies_of_packets),
	CASE(resume_alone),
	CASE(resume_without_copies),
	CASE(programs),
	CASE(no_instructions),
	CASE(program_name),
	CASE(reloc_insn),
	CASE(reloc_insn_wraps),
	CASE(reloc_kind),
	CASE(reloc_offset),
	CASE(line_insn),
	CASE(line_order),
	CASE(line_file),
	CASE(line_text),
	CASE(line_line),
	CASE(line_column),
	CASE(element_name),
	CASE(element_no_name),
	CASE(element_class),
	CASE(element_inputs),
	CASE(element_outputs),
	CASE(element_segment),
	CASE(element_words),
	CASE(element_tables),
	CASE(element_routes),
	CASE(element_uses),
	CASE(element_used),
	CASE(conn_from),
	CASE(conn_to),
	CASE(conn_from_port),
	CASE(conn_to_port),
	CASE(edge_from),
	CASE(edge_to),
	CASE(edge_cell),
	CASE(cells_for_edges),
	CASE(device_order),
	CASE(device_name),
	CASE(segments),
	CASE(elements),
	CASE(cells),
	CASE(edges),
	CASE(devices),
	CASE(bytes),
};

static int parse(const struct sl_bundle *b, size_t cut, size_t more)
{
	SL_CLEANUP(sl_bundle_freep) struct sl_bundle *got = NULL;
	_free_ uint8_t *written = NULL;
	void *p = NULL;
	size_t len = 0;

	assert_int_equal(sl_bundle_write(b, &p, &len), 0);
	written = realloc(p, len + more);
	assert_non_null(written);
	memset(written + len, 0, more);
	assert_true(cut <= len);
	return sl_bundle_parse(written, len - cut + more, &got);
}

static void each_limit_holds(void **state)
{
	int wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (uint32_t over = 0; over < 2; over++) {
			struct sample s;
			int ret;

			make(&s);
			cases[i].set(&s, over);
			ret = parse(&s.b, 0, 0);
			if (ret != (over ? -EBADMSG : 0)) {
				print_error("%s, %s: %d\n", cases[i].name,
					    over ? "just over" : "just within", ret);
				wrong++;
			}
			free(s.extra);
		}
	}
	assert_int_equal(wrong, 0);
}

/* One that ends anywhere, and one that goes on. */
static void bytes_are_all_there_and_no_more(void **state)
{
	_free_ void *written = NULL;
	struct sample s;
	size_t len = 0;

	(void)state;
	make(&s);
	assert_int_equal(sl_bundle_write(&s.b, &written, &len), 0);
	for (size_t cut = 1; cut <= len; cut++)
		assert_int_equal(parse(&s.b, cut, 0), -EBADMSG);
	assert_int_equal(parse(&s.b, 0, 0), 0);
	assert_int_equal(parse(&s.b, 0, 1), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_limit_holds),
		cmocka_unit_test(bytes_are_all_there_and_no_more),
	};

	return cmocka_run_group_tests_name("limits of bundles", tests, NULL, NULL);
}
