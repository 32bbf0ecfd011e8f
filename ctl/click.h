/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A socket a tenant (RUN_DIR/NAME.control, for its owner) on which Click's ControlSocket protocol
 * is spoken, so that programs made for Click work as they are (docs/controlsocket.md).
 *
 *   click_parse.c   commands out of a stream of bytes
 *   click.c         a command becomes a request of the daemon's own, and the answer Click's
 *   click_global.c  handlers of the graph as a whole
 *   click_say.c     answers
 *   click_sock.c    the sockets, as tenants come and go
 *
 * A connection is a struct ctl_conn as any other: the same turns, accounts, worker and log.
 */
#ifndef CTL_CLICK_H
#define CTL_CLICK_H

#include "ctl/click_parse.h"
#include "ctl/server.h"

/* What a connection is beside a struct ctl_conn. */
struct ctl_click {
	char *tenant;
	struct ctl_click_parser parser;
	struct ctl_click_cmd cmd; /* the one at hand */
	bool eof;		  /* the client sends nothing more */
};

/* A tenant's socket. */
struct ctl_click_sock {
	char *tenant, *path;
	uid_t uid;
	struct ctl_listen listen;
	struct ctl_server *server;
	bool wanted;
	struct ctl_click_sock *next;
};

/* ---- click.c ---------------------------------------------------------------------------------*/
int ctl_click_new(const char *tenant, struct ctl_click **out);
void ctl_click_free(struct ctl_click *k);
/* Reads what has come. As ctl_buf_read(). */
int ctl_click_read(struct ctl_conn *c);
/* Takes the next command, if it is whole: answers it, or makes a request of it. */
void ctl_click_take(struct ctl_conn *c);

/* ---- click_global.c --------------------------------------------------------------------------*/
struct ctl_click_global {
	const char *name, *flags; /* "rw" and so on, as `handlers` lists them */
};
const struct ctl_click_global *ctl_click_global(const char *name);
/* Reads one: arguments `tenant` and `name`. */
extern const struct ctl_command ctl_click_read_global;

/* ---- click_say.c -----------------------------------------------------------------------------*/
/* What a client is told first. 0 or -errno. */
int ctl_click_greet(struct ctl_conn *c);
/* The request came to its end. */
void ctl_click_answer(struct ctl_conn *c, int err, struct json_object *result,
		      const struct sl_diags *d);
/* One line of an answer; `more`: others of it follow. */
void ctl_click_say(struct ctl_conn *c, int code, bool more, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void ctl_click_put(struct ctl_conn *c, const char *bytes, size_t len);
/* `first` as a line, and all messages behind it. */
void ctl_click_messages(struct ctl_conn *c, int code, const char *first, const struct sl_diags *d);
/* Answers a failure that is not the handler's own; false: it is the handler's. */
bool ctl_click_failed(struct ctl_conn *c, int err, const struct sl_diags *d);

/* ---- click_sock.c ----------------------------------------------------------------------------*/
/* Makes the sockets those of the tenants there are. What cannot be made is said in the log. */
void ctl_click_sync(struct ctl_server *s);
void ctl_click_close(struct ctl_server *s);
/* Takes a connected socket over, as ctl_server_adopt(). */
int ctl_click_adopt(struct ctl_server *s, const char *tenant, int fd, uid_t uid, pid_t pid);

#endif
