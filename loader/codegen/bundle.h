/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A compiled graph in a form the privileged side can read without an ELF parser: instructions,
 * the places where maps are named in them, where each instruction came from, and the flattened
 * graph. It crosses from the unprivileged compiler process to the daemon, and lies in the compile
 * cache; reading it trusts nothing in it.
 */
#ifndef SL_BUNDLE_H
#define SL_BUNDLE_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loader/diag.h"
#include "loader/element/element.h"
#include "loader/plan/flow.h"

#define SL_BUNDLE_MAGIC 0x37424c53u /* "SLB7", little endian */
#define SL_BUNDLE_MAX (64u << 20)
/* More than any submission expands to: each cell is memory on every CPU, and what is counted is
 * derived from the edges twice a second. */
#define SL_BUNDLE_ELEMS (1u << 15)
#define SL_BUNDLE_CELLS (1u << 18)
#define SL_BUNDLE_EDGES (1u << 20)

/* What an instruction that loads an address refers to. */
enum sl_ref {
	SL_REF_COUNTERS, /* counters page `index`: CPU 0's */
	SL_REF_SCRATCH,
	SL_REF_CHAIN, /* the tenant's own PROG_ARRAY */
	SL_REF_TABLE, /* table `index` of the graph */
	SL_REF_EVENTS,
	SL_REF_DATA,   /* `offset` bytes into the data map's value */
	SL_REF_RODATA, /* `offset` bytes into the constants */
	SL_REF_CPUS,   /* no address: the mask of CPU numbers a page has room for */
	SL_REF_MAX
};

struct sl_reloc {
	uint32_t insn;
	uint32_t ref; /* enum sl_ref */
	uint32_t index;
	uint32_t offset;
};

/* The generated line an instruction came from; file and text index `strings`. */
struct sl_line {
	uint32_t insn;
	uint32_t file, text;
	uint32_t line, col;
};

struct sl_bundle_prog {
	char name[16]; /* "seg0", "resume" */
	struct bpf_insn *insns;
	uint32_t n_insns;
	struct sl_reloc *relocs;
	uint32_t n_relocs;
	struct sl_line *lines;
	uint32_t n_lines;
};

struct sl_bundle_elem {
	char *name, *class_name, *config;
	char *file;
	uint32_t line, col;
	uint32_t n_in, n_out;
	uint32_t segment;	 /* SL_MAX_SEGMENTS when not reachable */
	uint32_t *table_entries; /* capacity of each of its tables */
	uint32_t n_tables;
	uint8_t *rw; /* initial shared words, class->rw_size bytes */
	uint32_t rw_len;
	struct sl_lpm_route *routes; /* that its route table begins with */
	uint32_t n_routes;
	uint32_t *uses; /* elements whose words and tables it works on, too */
	uint32_t n_uses;
};

struct sl_bundle_conn {
	uint32_t from, from_port, to, to_port;
};

struct sl_bundle {
	uint32_t head;	     /* H it was compiled for */
	uint32_t n_segments; /* progs[0..n_segments) are the segments; 0: native, no programs */
	bool resume;	     /* progs[n_segments] is the program for copies */
	uint32_t n_copies;
	uint32_t dear_ns; /* of any packet, as loader/cost estimates (sl_cost_path) */
	struct sl_bundle_prog *progs;
	uint32_t n_progs;
	uint8_t *rodata;
	uint32_t rodata_len;
	char **strings;
	uint32_t n_strings;
	struct sl_bundle_elem *elems;
	uint32_t n_elems;
	struct sl_bundle_conn *conns;
	uint32_t n_conns;
	/* What is counted of the ways packets take, and how much there is to count in. */
	struct sl_flow_edge *edges;
	uint32_t n_edges, n_cells;
	struct sl_device *devs; /* it was compiled against, in index order */
	uint32_t n_devs;
	char *source; /* the generated C, for people */
};

/* 0 and malloc'ed bytes, or -ENOMEM. */
int sl_bundle_write(const struct sl_bundle *b, void **bytes, size_t *len);
/* 0; -EBADMSG when the bytes are not a bundle that is consistent in itself (counts, indices, names
 * within bounds, known classes); -ENOMEM. */
int sl_bundle_parse(const void *bytes, size_t len, struct sl_bundle **out);
void sl_bundle_free(struct sl_bundle *b);
static inline void sl_bundle_freep(struct sl_bundle **b)
{
	sl_bundle_free(*b);
}

/* What a compiler made. */
struct sl_object {
	void *bytes;
	size_t len;
};

/*
 * Takes BPF objects apart (libelf), of which each has some of a graph's programs: fills progs,
 * rodata and strings of `b`. Runs beside the compiler, without privilege. 0, -EINVAL with a message
 * in `d`, -ENOMEM.
 */
int sl_bundle_link(const struct sl_object *objects, unsigned int n, struct sl_bundle *b,
		   struct sl_diags *d);

/*
 * Makes each loop of a program one that Linux 6.1 takes (back_edge.c). 0, -EINVAL if a jump does
 * not reach that far any more, -ENOMEM.
 */
int sl_bundle_close_loops(struct sl_bundle_prog *p);

/*
 * What generated programs may do, checked on the instructions themselves by the side that loads
 * them: known helpers only, no calls between programs but by the graph's own chain, addresses only
 * through relocations, jumps inside the program. 0, or -EPERM with a message in `d`.
 */
int sl_bundle_check(const struct sl_bundle *b, struct sl_diags *d);

#endif
