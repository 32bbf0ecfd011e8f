// SPDX-License-Identifier: GPL-2.0-only
/*
 * What comes back from the compiler process, and lies in the cache: bundles. Whatever the bytes
 * are, reading them ends in a refusal or in something consistent that is written back as it was.
 * Every now and then the mutator starts again from a bundle that is right, since no dictionary
 * finds its way through counts and lengths.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "loader/codegen/bundle.h"
#include "loader/codegen/compile.h"
#include "loader/mem.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
	if (!ok)
		abort();
}

/* What every later reader relies on without looking again. */
static void assert_consistent(const struct sl_bundle *b)
{
	for (uint32_t i = 0; i < b->n_elems; i++) {
		check(sl_class_find(b->elems[i].class_name));
		check(*b->elems[i].name && b->elems[i].config && b->elems[i].file);
		for (const char *c = b->elems[i].name; *c; c++)
			check(*c > ' ' && *c <= '~');
	}
	for (uint32_t i = 0; i < b->n_conns; i++) {
		check(b->conns[i].from_port < b->elems[b->conns[i].from].n_out);
		check(b->conns[i].to_port < b->elems[b->conns[i].to].n_in);
	}
	for (uint32_t i = 0; i < b->n_progs; i++)
		for (uint32_t k = 0; k < b->progs[i].n_relocs; k++)
			check(b->progs[i].relocs[k].insn + 1 < b->progs[i].n_insns);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SL_CLEANUP(sl_bundle_freep) struct sl_bundle *b = NULL, *again = NULL;
	_free_ void *bytes = NULL, *bytes_again = NULL;
	struct sl_compiled *c = NULL;
	struct sl_diags d = {0};
	size_t len = 0, len_again = 0;

	if (sl_bundle_parse(data, size, &b)) {
		check(!b);
		check(sl_compiled_from_bundle(data, size, &c) && !c);
		return 0;
	}
	assert_consistent(b);
	/* A flag is read as 0 or 1, so the first writing may differ, but nothing after it. */
	check(!sl_bundle_write(b, &bytes, &len));
	check(len == size);
	check(!sl_bundle_parse(bytes, len, &again));
	check(!sl_bundle_write(again, &bytes_again, &len_again));
	check(len_again == len && !memcmp(bytes, bytes_again, len));
	if (sl_bundle_check(b, &d))
		check(d.errors > 0);
	sl_diags_free(&d);
	if (!sl_compiled_from_bundle(data, size, &c))
		sl_compiled_free(c);
	return 0;
}

/* A bundle as the compiler would make it, of a few elements, with something of everything. */
static size_t make_seed(uint8_t *data, size_t max_size, unsigned int seed)
{
	const struct sl_class *const *classes = sl_all_classes;
	struct bpf_insn insns[4] = {{.code = BPF_LD | BPF_IMM | BPF_DW},
				    {0},
				    {.code = BPF_ALU64 | BPF_MOV | BPF_K},
				    {.code = BPF_JMP | BPF_EXIT}};
	struct sl_reloc reloc = {.insn = 0, .ref = seed % SL_REF_MAX};
	struct sl_line line = {.insn = 0, .file = 0, .text = 1, .line = 3, .col = 1};
	struct sl_bundle_prog progs[2] = {{.name = "seg0",
					   .insns = insns,
					   .n_insns = 4,
					   .relocs = &reloc,
					   .n_relocs = 1,
					   .lines = &line,
					   .n_lines = 1},
					  {.name = "resume", .insns = insns + 2, .n_insns = 2}};
	char *strings[] = {(char *)"graph.c", (char *)"return 0;"};
	struct sl_bundle_conn conn = {0, 0, 1, 0};
	struct sl_bundle_elem elems[2] = {0};
	struct sl_device dev = {.name = "eth0", .mtu = 1500};
	static uint8_t rw[1 << 16];
	static uint32_t entries[64];
	struct sl_bundle b = {.head = 24,
			      .n_segments = 1,
			      .resume = seed & 1,
			      .n_copies = seed & 1,
			      .progs = progs,
			      .n_progs = 1 + (seed & 1),
			      .rodata = rw,
			      .rodata_len = 8,
			      .strings = strings,
			      .n_strings = 2,
			      .elems = elems,
			      .n_elems = 2,
			      .conns = &conn,
			      .n_conns = 1,
			      .devs = &dev,
			      .n_devs = 1,
			      .source = (char *)"int x;\n"};
	size_t n = 0, len = 0;
	_free_ void *bytes = NULL;

	while (classes[n])
		n++;
	for (int i = 0; i < 2; i++) {
		const struct sl_class *c = classes[(seed / 8 + (unsigned int)i) % n];

		elems[i] = (struct sl_bundle_elem){.name = i ? (char *)"ip/rt" : (char *)"x@1",
						   .class_name = (char *)c->spec.name,
						   .config = (char *)"1, 2",
						   .file = (char *)"a.click",
						   .line = 1,
						   .col = 2,
						   .n_in = 1,
						   .n_out = 1,
						   .table_entries = entries,
						   .rw = rw,
						   .rw_len = (uint32_t)c->rw_size};
		for (const struct sl_table *t = c->tables; t && t->name; t++)
			elems[i].n_tables++;
	}
	if (sl_bundle_write(&b, &bytes, &len) || len > max_size)
		return 0;
	memcpy(data, bytes, len);
	return len;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	size_t len = 0;

	if (seed % 16 == 0 || size < 64)
		len = make_seed(data, max_size, seed / 16);
	/* Now and then as it is: the good case has to stay good. */
	if (len && seed % 64 == 0)
		return len;
	return LLVMFuzzerMutate(data, len ? len : size, max_size);
}
