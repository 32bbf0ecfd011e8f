/* SPDX-License-Identifier: GPL-2.0-only */
/* What tests of the node file share: parsing a text, and pieces of texts. */
#ifndef SL_TESTS_RUNTIME_NODE_FILE_H
#define SL_TESTS_RUNTIME_NODE_FILE_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "loader/runtime/config.h"

#define FILE_NAME "node.yaml"
#define DIR "/etc/sluice"

static inline int parse(const char *text, struct sl_diags *d, struct sl_node_config **c)
{
	return sl_node_config_parse(text, strlen(text), FILE_NAME, DIR, d, c);
}

/* Parses what must be right. */
static inline struct sl_node_config *good(const char *text)
{
	struct sl_node_config *c = NULL;
	struct sl_diags d = {0};

	if (parse(text, &d, &c)) {
		sl_diags_print(&d, stderr);
		fail_msg("a node file that is right was refused");
	}
	assert_int_equal(d.n, 0);
	sl_diags_free(&d);
	return c;
}

#define PORTS "ports:\n  - name: p0\n    interface: eth1\n" /* lines 1 to 3 */
#define RED "tenants:\n  - name: red\n    links:\n"
#define GRE "local: 192.0.2.1, remote: 192.0.2.2"
#define LINK(rest) "      - {device: eth0, " rest "}\n"

#endif
