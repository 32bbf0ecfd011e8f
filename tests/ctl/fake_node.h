/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A node without a kernel, for tests of what is around it: two tenants, red of uid 1000 and blue of
 * uid 1001. It writes down what it is told, and can be told to refuse, or to take its time.
 */
#ifndef TESTS_CTL_FAKE_NODE_H
#define TESTS_CTL_FAKE_NODE_H

#include "ctl/node_ops.h"

#define RED_UID 1000
#define BLUE_UID 1001

struct sl_node {
	char calls[4096];	 /* "install red a.click; " */
	int fail;		 /* answer of the next change, with a message */
	uint64_t *clock;	 /* moved instead of waiting; NULL: waits */
	unsigned int slow_ms;	 /* a change takes so long */
	unsigned int read_ms;	 /* reading c.slow takes so long */
	unsigned int compile_ms; /* compiling ahead takes so long */
	bool compile_dies;	 /* compiling ahead kills its process */
	int compile_fail;
	unsigned int counted; /* how often shares were asked for: the first share says so */
	bool changes;	      /* red's graph is to be compiled again, by itself, once */
	bool convicted;	      /* red was put into quarantine */
	bool read_only;	      /* Click's clients may only read */
	bool warn;	      /* a write has a warning */
	const char *value;    /* what is read; NULL: 42 */
	struct sl_node_peek *peeks;
	unsigned int packets_in; /* packets waiting for who looks */
	bool attached;		 /* port "up" */
	unsigned int records;	 /* events waiting in red's ring */
	unsigned long long packets;
	struct sl_node_tenant tenants[2];
	struct sl_node_config config;
};

extern const struct ctl_node_ops fake_ops, fake_ops_not_ahead;
void fake_node_init(struct sl_node *n);
/* The calls since the last time. */
const char *fake_calls(struct sl_node *n, char *buf, size_t size);

#endif
