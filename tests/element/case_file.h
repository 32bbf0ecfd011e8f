/* SPDX-License-Identifier: GPL-2.0-only */
/* Files of element cases, read into memory. tests/conformance/README.md describes the format. */
#ifndef SL_TESTS_CASE_FILE_H
#define SL_TESTS_CASE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "loader/codegen/compile.h"

enum step_kind {
	STEP_IN,    /* a: device, b: packet */
	STEP_OUT,   /* a: device, b: packet */
	STEP_HOST,  /* b: packet */
	STEP_DROP,  /* a: element, b: reason */
	STEP_READ,  /* a: handler, b: arguments, c: value, or message when `fails` */
	STEP_WRITE, /* a: handler, b: value, c: new configuration or NULL, or message */
	STEP_CLOCK, /* a: time; `plus`: to be added */
	STEP_CALLS, /* what is due is called */
	STEP_EVENT, /* c: text */
	STEP_ERROR, /* c: part of a message */
};

struct step {
	enum step_kind kind;
	unsigned int line;
	unsigned int repeat; /* STEP_IN */
	bool fails, plus;
	char *a, *b, *c;
};

enum { RUN_BPF = 1, RUN_NATIVE = 2 };

/* What a case says of Click itself. */
enum click_mark {
	CLICK_SAME,	    /* nothing: it does the same */
	CLICK_DIFFERS,	    /* by the reference of the class */
	CLICK_NOT_COMPARED, /* cannot be told */
};

struct click_says {
	enum click_mark mark;
	char *reason; /* NULL with CLICK_SAME */
};

struct test_case {
	char *name; /* "dec_ip_ttl: an expired packet is dropped" */
	unsigned int line;
	unsigned int builds; /* RUN_* */
	uint32_t rnd;	     /* seed of the random numbers */
	bool refuse;	     /* the graph must not compile */
	size_t graph;	     /* index */
	struct click_says click;
	struct step *steps;
	size_t n, cap;
};

struct case_graph {
	char *text; /* as many line ends in front as make its line numbers the file's */
	struct sl_device devices[8];
	size_t n_devices;
	uint16_t head;
	unsigned int max_weight; /* of a segment; 0: the default */
	struct click_says click; /* of all its cases */
	/* Filled by the runner, when the first case needs it. */
	struct sl_compiled *compiled[2];
	bool tried[2];
	char *failure[2];
};

struct case_file {
	char *path, *base;
	struct case_graph *graphs;
	size_t n_graphs, cap_graphs;
	struct test_case *cases;
	size_t n_cases, cap_cases;
};

/* 0, or -1 with "FILE:LINE: what is wrong" in *error (malloc'ed). Leaves *out alone on failure. */
int case_file_read(const char *path, struct case_file **out, char **error);
void case_file_free(struct case_file *f);
/* Whether NAME.case is among these (up to NULL); with none of them, all are. */
bool case_file_wanted(const char *file, char **names);

#endif
