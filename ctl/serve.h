/* SPDX-License-Identifier: GPL-2.0-only */
/* Carrying out requests in the daemon. */
#ifndef CTL_SERVE_H
#define CTL_SERVE_H

#include "ctl/server.h"

/* A request being carried out. */
struct ctl_serve {
	struct ctl_server *server;
	const struct ctl_node_ops *ops;
	struct sl_node *node;
	struct ctl_conn *conn;
	const struct ctl_command *command;
	struct json_object *args;   /* may be NULL */
	struct json_object *result; /* an object to be filled; replaced by ctl_serve_result() */
	struct sl_diags diags;
	uid_t uid;
	const char *tenant; /* whom it is about, or NULL */
	bool watching;	    /* the answer goes on */
	bool waiting;	    /* a worker was started; this request comes back */
};

/* Whether a queued request can be carried out now, or only when a worker is free. */
bool ctl_serve_ready(const struct ctl_conn *c);
/* Carries out the connection's request, or starts it. */
void ctl_serve_request(struct ctl_conn *c);
/* Answers a request whose graph the worker refused. */
void ctl_serve_refused(struct ctl_conn *c, int err, const struct sl_diags *d);

/* The tenant that the arguments of a command name, into `buf` (32 bytes); NULL: none. */
const char *ctl_serve_tenant(struct json_object *args, char *buf, size_t size);
/* 0 when `uid` may do what is the business of `tenant`'s owner; -EPERM, -ENOENT with a message. */
int ctl_serve_may(struct ctl_server *s, uid_t uid, const char *tenant, struct sl_diags *d);
/* Whether `uid` may see something of `tenant`. */
bool ctl_serve_sees(struct ctl_server *s, uid_t uid, const char *tenant);
/*
 * Has what a request needs compiled by a worker, unless that was done: the graphs of node file `c`,
 * or (NULL) graph `sub` of the request's tenant. `s->waiting` afterwards: the request comes back
 * later. 0 or -errno.
 */
int ctl_serve_ahead(struct ctl_serve *s, const struct sl_node_config *c,
		    const struct sl_submission *sub);
/* Takes `o` over as the result. 0, or -ENOMEM when it is NULL. */
int ctl_serve_result(struct ctl_serve *s, struct json_object *o);
/* Takes rows out of a list whose tenant (member `key`) the caller may not see. Takes over `list`,
 * gives back what is left as {name: [...]}. */
int ctl_serve_rows(struct ctl_serve *s, const char *name, const char *key,
		   struct json_object *list);

/* ---- The commands ----------------------------------------------------------------------------*/
ctl_serve_fn ctl_serve_node_apply, ctl_serve_node_show;
ctl_serve_fn ctl_serve_port_attach, ctl_serve_port_confirm, ctl_serve_port_detach,
	ctl_serve_port_list;
ctl_serve_fn ctl_serve_link_list, ctl_serve_link_show;
ctl_serve_fn ctl_serve_tenant_add, ctl_serve_tenant_install, ctl_serve_tenant_optimize,
	ctl_serve_tenant_start, ctl_serve_tenant_stop, ctl_serve_tenant_rollback,
	ctl_serve_tenant_class, ctl_serve_tenant_cpu, ctl_serve_tenant_remove,
	ctl_serve_tenant_list, ctl_serve_tenant_show;
ctl_serve_fn ctl_serve_budget_set, ctl_serve_budget_show, ctl_serve_tenant_release;
ctl_serve_fn ctl_serve_read, ctl_serve_write;
ctl_serve_fn ctl_serve_capture, ctl_serve_trace, ctl_serve_snapshot;
ctl_serve_fn ctl_serve_events, ctl_serve_stats, ctl_serve_top;

#endif
