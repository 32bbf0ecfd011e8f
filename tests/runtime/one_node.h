/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A node to test, without a daemon and without packets: a process in a mount and a network
 * namespace of its own, with state and cache in a directory that goes with the test. Needs root.
 */
#ifndef SL_TESTS_RUNTIME_ONE_NODE_H
#define SL_TESTS_RUNTIME_ONE_NODE_H

#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cmocka.h>

#include "loader/mem.h"
#include "loader/runtime/node_int.h"

static char work[] = "/tmp/sl-node-XXXXXX";

static int setup(void **state)
{
	(void)state;
	if (geteuid())
		return 0;
	return !mkdtemp(work) || unshare(CLONE_NEWNS | CLONE_NEWNET) ||
	       mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	       mount("bpf", "/sys/fs/bpf", "bpf", 0, NULL);
}

static int teardown(void **state)
{
	char cmd[64];

	(void)state;
	if (geteuid())
		return 0;
	snprintf(cmd, sizeof(cmd), "rm -rf %s", work);
	return system(cmd); /* NOLINT: a fixed command of the test */
}

#define NEEDS_ROOT()                                                                               \
	do {                                                                                       \
		if (geteuid()) {                                                                   \
			print_message("needs root\n");                                             \
			skip();                                                                    \
		}                                                                                  \
	} while (0)

static inline void must(int ret, struct sl_diags *d)
{
	if (ret) {
		sl_diags_print(d, stderr);
		fail();
	}
}

/* The node as it was left, an empty one at first. */
static inline struct sl_node *open_node(void)
{
	_free_ char *state = NULL, *cache = NULL;
	struct sl_node_opts opts = {.no_sandbox = true};
	struct sl_node *n = NULL;
	struct sl_diags d = {0};

	assert_true(asprintf(&state, "%s/state", work) > 0);
	assert_true(asprintf(&cache, "%s/cache", work) > 0);
	opts.state_dir = state;
	opts.cache_dir = cache;
	must(sl_node_open(&opts, &d, &n), &d);
	sl_diags_free(&d);
	return n;
}

/* Makes it what a node file says, if that can be. */
static inline int try_text(struct sl_node *n, const char *text, struct sl_diags *d)
{
	json_object *changes = json_object_new_array();
	struct sl_node_config *c = NULL;
	int ret = sl_node_config_parse(text, strlen(text), "node.yaml", "", d, &c);

	ret = ret ? ret : sl_node_apply(n, c, false, d, changes);
	json_object_put(changes);
	return ret;
}

static inline void apply_text(struct sl_node *n, const char *text)
{
	struct sl_diags d = {0};

	must(try_text(n, text, &d), &d);
	sl_diags_free(&d);
}

/* A submission of one graph. */
static inline struct sl_submission one_graph(const char *g)
{
	return (struct sl_submission){.graph = {(char *)"g.click", (char *)g, strlen(g)}};
}

#endif
