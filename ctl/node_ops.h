/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the daemon needs of a node (loader/runtime/node.h), as a table, so that everything around it
 * is tested without a kernel. node_real.c has the real one.
 */
#ifndef CTL_NODE_OPS_H
#define CTL_NODE_OPS_H

#include "loader/runtime/ahead.h"
#include "loader/runtime/node.h"
#include "loader/runtime/node_peek.h"

struct ctl_node_ops {
	int (*apply)(struct sl_node *n, struct sl_node_config *c, bool dry_run,
		     struct sl_hand *hand, struct sl_diags *d, struct json_object *changes);
	struct json_object *(*show)(struct sl_node *n);
	const struct sl_node_config *(*config)(const struct sl_node *n);

	int (*port_attach)(struct sl_node *n, const char *name, const char *interface,
			   enum sl_port_mode mode, struct sl_diags *d);
	int (*port_detach)(struct sl_node *n, const char *name, struct sl_diags *d);
	struct json_object *(*ports)(struct sl_node *n);
	struct json_object *(*links)(struct sl_node *n, const char *tenant, const char *device);

	int (*owner)(const struct sl_node *n, const char *tenant, uid_t *uid);
	int (*tenant_add)(struct sl_node *n, const struct sl_node_tenant *t, struct sl_diags *d);
	int (*tenant_remove)(struct sl_node *n, const char *tenant, struct sl_diags *d);
	int (*install)(struct sl_node *n, const char *tenant, const struct sl_submission *s,
		       struct sl_hand *hand, struct sl_diags *d, struct json_object *stages);
	/* Compiling ahead (loader/runtime/ahead.h). NULL: there is no such thing. */
	int (*ahead_tenant)(struct sl_node *n, const char *tenant, struct sl_ahead **out);
	int (*ahead_config)(struct sl_node *n, const struct sl_node_config *c,
			    struct sl_ahead **out);
	int (*ahead_compile)(const struct sl_ahead *a, const struct sl_submission *s, int hand,
			     struct sl_diags *d, struct json_object *stages);
	size_t (*ahead_graphs)(const struct sl_ahead *a);
	void (*ahead_free)(struct sl_ahead *a);
	int (*shares)(struct sl_node *n, const char *tenant, struct sl_submission *s, bool *wanted,
		      struct json_object *result, struct sl_diags *d);
	int (*optimize)(struct sl_node *n, const char *tenant, const struct sl_submission *s,
			struct sl_hand *hand, struct sl_diags *d, struct json_object *stages);
	/* NULL: nothing is compiled again by itself. */
	int (*optimize_next)(struct sl_node *n, char tenant[SL_NAME_MAX + 1],
			     struct sl_submission *s);
	int (*rollback)(struct sl_node *n, const char *tenant, struct sl_diags *d);
	int (*class)(struct sl_node *n, const char *tenant, const char *class, struct sl_diags *d);
	int (*on_cpu)(struct sl_node *n, const char *tenant, const char *cpu, struct sl_diags *d);
	int (*set_active)(struct sl_node *n, const char *tenant, bool active, struct sl_diags *d);
	int (*budget_set)(struct sl_node *n, const char *tenant, const char *const *values,
			  size_t n_values, struct sl_diags *d, struct json_object *result);
	struct json_object *(*budgets)(struct sl_node *n, const char *tenant);
	int (*release)(struct sl_node *n, const char *tenant, struct sl_diags *d);
	void (*convicted)(struct sl_node *n,
			  void (*fn)(void *arg, const char *tenant, const char *why), void *arg);
	/* NULL: CPUs are not looked at. */
	void (*spare)(struct sl_node *n);
	struct json_object *(*tenants)(struct sl_node *n, const char *tenant);
	struct json_object *(*devices)(struct sl_node *n, const char *tenant);
	const char *(*emitted)(struct sl_node *n, const char *tenant);
	int (*graph_text)(struct sl_node *n, const char *tenant, char **name, char **text);

	int (*read)(struct sl_node *n, const char *tenant, const char *path, const char *args,
		    char **value, struct sl_diags *d);
	int (*write)(struct sl_node *n, const char *tenant, const char *path, const char *value,
		     struct sl_diags *d);

	int (*handler)(struct sl_node *n, const char *tenant, const char *path, unsigned int *flags,
		       struct sl_diags *d);
	bool (*read_only)(struct sl_node *n, const char *tenant);
	int (*graph)(struct sl_node *n, const char *tenant, bool flat, struct json_object **out,
		     struct sl_diags *d);

	int (*snapshot)(struct sl_node *n, const char *tenant, struct json_object **out,
			struct sl_diags *d);
	int (*peek)(struct sl_node *n, const char *tenant, const char *device, unsigned int dirs,
		    uint32_t snap, struct sl_diags *d, struct sl_node_peek **out);
	void (*peek_end)(struct sl_node *n, struct sl_node_peek *p);
	void (*peek_refresh)(struct sl_node *n);
	int (*peek_read)(struct sl_node *n, void (*fn)(void *arg, const struct sl_node_packet *pkt),
			 void *arg);
	int (*peek_fd)(const struct sl_node *n);

	struct json_object *(*stats)(struct sl_node *n, const char *tenant, bool elements);
	int (*events)(struct sl_node *n, const char *tenant,
		      void (*fn)(void *arg, struct json_object *event), void *arg);
};

extern const struct ctl_node_ops ctl_node_real;

#endif
