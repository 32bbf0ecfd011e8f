/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The daemon's side of the control socket.
 *
 *   server.c        the socket, who may connect and how often
 *   listen.c        taking up connections, while there are descriptors for them
 *   conn.c          one client: bytes in, bytes out, its time-outs
 *   queue.c         whose request is next, and how often a tenant may change its graph
 *   worker.c        compiling in a process of its own, so that nobody waits for it
 *   serve.c         one request: authority, the command's function, the answer, the log
 *   serve_*.c       the commands
 *   watch.c         commands that go on: events, stats --watch
 *   capture.c       and packets
 *   log.c           who did what when
 *   optimize.c      graphs that are compiled again for what their packets do
 *   spare.c         what CPUs do besides packets
 *   quarantine.c    tenants that were found to cost more than they declared
 *   confirm.c       ports that are detached unless confirmed
 *   click*.c        clients that speak Click's ControlSocket protocol
 *
 * Everything is one thread; a request is carried out whole before the next. A client that sends
 * slowly, reads slowly, sends garbage or goes away costs its own buffers for a while, and nobody
 * waits for it.
 */
#ifndef CTL_SERVER_H
#define CTL_SERVER_H

#include <sys/types.h>

#include "ctl/command.h"
#include "ctl/frame.h"
#include "ctl/listen.h"
#include "ctl/loop.h"
#include "ctl/node_ops.h"

struct ctl_log;
struct ctl_confirm;
struct ctl_click;
struct ctl_click_sock;

struct ctl_limits {
	unsigned int clients;	      /* connections; a few more for root */
	unsigned int clients_per_uid; /* root excepted */
	size_t input_per_uid;	      /* bytes of requests not yet complete, root excepted */
	unsigned int idle_ms;	      /* a client that asks nothing */
	unsigned int frame_ms;	      /* from a request's first byte to its last */
	unsigned int drain_ms;	      /* no byte of an answer taken */
	unsigned int workers;	      /* compilers at once */
	unsigned int worker_ms;	      /* for each graph one of them compiles */
	unsigned int burst;	      /* changes of graph a tenant's owner may make at once */
	unsigned int refill_ms;	      /* and one more after so long */
	unsigned int change_ms; /* CPU time in a change; more counts as more changes; 0: any */
	unsigned int click_per_tenant; /* connections of Click's protocol */
	unsigned int captures_per_uid; /* commands that look at packets, root excepted; 0: any */
	unsigned int time_ms;	       /* of the daemon's time a user may take at once */
	unsigned int time_share;       /* and one part in so many of what follows; 0: any */
};
extern const struct ctl_limits ctl_limits_default;

struct ctl_server_opts {
	const char *socket;		 /* path; NULL: none, connections are handed in (tests) */
	const char *run_dir;		 /* where pending confirmations are kept; NULL: nowhere */
	const struct ctl_limits *limits; /* NULL: the default ones */
};

enum ctl_conn_state {
	CTL_CONN_READING, /* waiting for a request */
	CTL_CONN_QUEUED,  /* a request waits for its turn */
	CTL_CONN_WORKING, /* a worker compiles for it */
	CTL_CONN_WATCHING,
	CTL_CONN_CLOSING, /* the last bytes go out */
};

/* A command that goes on. */
struct ctl_watch {
	bool events, stats;
	bool brief;		     /* stats: tenants alone */
	struct sl_node_peek *peek;   /* packets, or NULL */
	struct json_object *packets; /* not sent yet */
	size_t packet_bytes;
	char *tenant; /* NULL: all that the caller may see */
	unsigned int interval_ms;
	struct ctl_timer timer;
	struct json_object *before; /* stats: the last part, for rates */
	unsigned long long lost;    /* events that did not fit the client's buffer */
};

struct ctl_conn {
	struct ctl_source source;
	struct ctl_timer timer;
	struct ctl_server *server;
	struct ctl_conn *next;
	enum ctl_conn_state state;
	uid_t uid;
	pid_t pid;
	struct ctl_buf in, out;
	struct ctl_click *click; /* speaks Click's protocol; NULL: frames */

	/* The request at hand. */
	struct json_object *request, *args;
	const struct ctl_command *command;
	unsigned long long arrived; /* its number, in order of arrival */
	bool compiled;		    /* its graph is in the cache */
	struct json_object *stages; /* what the worker measured */
	struct sl_hand *hand;	    /* what it loaded; NULL: nothing */
	struct json_object *kept;   /* what is to be installed, from its first turn to its second */
	uint64_t started_ns;	    /* when its turn came first; 0: not yet */
	struct ctl_watch watch;
};

/* When a uid was served last; the least recently served is next. */
struct ctl_served {
	uid_t uid;
	unsigned long long stamp;
	uint64_t spent_ms; /* of the daemon's time, and not yet forgiven */
	uint64_t since_ms; /* as of then */
};

/* What a tenant's owner has left of changes, or a user of entries in the log. */
struct ctl_bucket {
	char *key;
	unsigned int tokens;
	unsigned int owed; /* to be given back first: changes took more time than there were left */
	uint64_t since_ms; /* when the last one was given back */
};

/* What compiling and loading took for a tenant, since the daemon began. */
struct ctl_worked {
	char *tenant;
	uint64_t cpu_ns;
};

struct ctl_worker {
	struct ctl_source source; /* the pipe its answer comes through */
	struct ctl_timer timer;
	struct ctl_server *server;
	struct ctl_conn *conn; /* NULL: its client is gone */
	pid_t pid;
	uid_t uid;
	char *what;		   /* a tenant, or a command */
	int hand;		   /* socket of what it loads */
	struct sl_submission *own; /* compiled by itself, for nobody: to be installed then */
	struct ctl_buf in;
	struct ctl_worker *next;
};

struct ctl_server {
	struct ctl_loop *loop;
	struct ctl_limits limits;
	const struct ctl_node_ops *ops;
	struct sl_node *node;
	struct ctl_log *log;
	struct ctl_confirm *confirms;
	char *run_dir;
	char *socket;
	struct ctl_listen listen;
	struct ctl_conn *conns;
	unsigned int n_conns; /* that speak frames */
	struct ctl_click_sock *click_socks;
	struct ctl_worker *workers;
	unsigned int n_workers;
	unsigned long long arrivals, served_stamp;
	struct ctl_served served[64];
	struct ctl_timer turn; /* when somebody may have a turn again */
	struct ctl_bucket *buckets;
	size_t n_buckets, cap_buckets;
	struct ctl_worked *worked;
	size_t n_worked, cap_worked;
	struct ctl_timer optimize; /* looks whether a graph should be compiled again */
	struct ctl_timer spare;
	struct ctl_timer quarantine; /* looks who was put into it */
	struct ctl_timer drain;	     /* collects tenants' events while somebody watches */
	bool draining;
	struct ctl_source peek_source; /* packets, while somebody looks at some */
	struct ctl_timer peek_timer;
	unsigned int peek_ticks;
	bool peeking;
};

/* `loop`, `ops`, `node` and `log` stay the caller's. 0 or -errno with messages in `d`. */
int ctl_server_new(struct ctl_loop *loop, const struct ctl_server_opts *opts,
		   const struct ctl_node_ops *ops, struct sl_node *node, struct ctl_log *log,
		   struct sl_diags *d, struct ctl_server **out);
void ctl_server_free(struct ctl_server *s);
/* Takes a connected socket over, as `uid` and `pid`; closes it when there are too many. */
int ctl_server_adopt(struct ctl_server *s, int fd, uid_t uid, pid_t pid);
/* Carries out at most one waiting request. True when there may be more. */
bool ctl_server_work(struct ctl_server *s);

/* ---- conn.c ----------------------------------------------------------------------------------*/
/* `click`: NULL, or that it speaks Click's protocol (taken over on success). */
int ctl_conn_new(struct ctl_server *s, int fd, uid_t uid, pid_t pid, struct ctl_click *click);
void ctl_conn_free(struct ctl_conn *c);
/* Ends the request at hand: sends the answer and goes on reading. */
void ctl_conn_answer(struct ctl_conn *c, int err, struct json_object *result,
		     const struct sl_diags *d);
/* Sends part of an answer that goes on. -EMSGSIZE: no room, it is dropped. */
int ctl_conn_part(struct ctl_conn *c, struct json_object *part);
/* Sends what can be sent; sets what to wait for. The connection may be gone after this. */
void ctl_conn_update(struct ctl_conn *c);

/* ---- queue.c ---------------------------------------------------------------------------------*/
/* Whose turn it is among the queued for which `ready` says yes; NULL: nobody's. The loop is woken
 * when one who has to wait may go on. */
struct ctl_conn *ctl_queue_next(struct ctl_server *s, bool (*ready)(const struct ctl_conn *c));
/* A request of this user, who had the last turn, took so long. */
void ctl_queue_spent(struct ctl_server *s, uid_t uid, uint64_t ms);
/* Whether the tenant's account has a change left. 0, or -EAGAIN with a message. */
int ctl_queue_check(struct ctl_server *s, const char *tenant, uid_t uid, struct sl_diags *d);
/* Takes one from an account; false: there is none left. Root's are never empty. */
bool ctl_queue_take(struct ctl_server *s, const char *key, uid_t uid);
/* What compiling and loading a graph of the tenant's took: kept, and charged to its account as
 * changes, as many as the time is worth. */
void ctl_queue_worked(struct ctl_server *s, const char *tenant, uid_t uid, uint64_t cpu_ns);
uint64_t ctl_queue_worked_ns(const struct ctl_server *s, const char *tenant);
/* ctl_queue_check() and ctl_queue_take() in one. */
int ctl_queue_charge(struct ctl_server *s, const char *tenant, uid_t uid, struct sl_diags *d);
void ctl_queue_free(struct ctl_server *s);

/* ---- worker.c --------------------------------------------------------------------------------*/
/* Whether a worker could be started for this connection's request now. */
bool ctl_worker_can(const struct ctl_conn *c);
/* Starts one that compiles `a` (`sub` NULL: a node file's graphs) under the key `what`, a tenant's
 * name or that of the command; the connection waits in CTL_CONN_WORKING. 0 or -errno. */
int ctl_worker_start(struct ctl_conn *c, const char *what, const struct sl_ahead *a,
		     const struct sl_submission *sub);
/* The same for nobody's request: `sub` (taken over on success) is installed when it is compiled. */
int ctl_worker_start_own(struct ctl_server *s, const char *tenant, const struct sl_ahead *a,
			 struct sl_submission *sub);
/* The client is gone: the worker is ended. */
void ctl_worker_orphan(struct ctl_conn *c);
void ctl_workers_free(struct ctl_server *s);

/* ---- optimize.c ------------------------------------------------------------------------------*/
/* Begins to look; ends with the server's loop. */
void ctl_optimize_start(struct ctl_server *s);
/* A worker compiled what was to be: it is installed. */
void ctl_optimize_install(struct ctl_server *s, const char *tenant, const struct sl_submission *sub,
			  struct sl_hand *hand);

/* ---- spare.c ---------------------------------------------------------------------------------*/
/* Begins to tell what CPUs do besides packets. */
void ctl_spare_start(struct ctl_server *s);

/* ---- quarantine.c ----------------------------------------------------------------------------*/
/* Begins to look who was put into quarantine. */
void ctl_quarantine_start(struct ctl_server *s);

/* ---- watch.c ---------------------------------------------------------------------------------*/
/* Begins to watch: `c->watch` says what. */
void ctl_watch_start(struct ctl_conn *c);
void ctl_watch_stop(struct ctl_conn *c);
/* Tells everybody who may see it about a change that was logged; `tenant` NULL: root only. */
void ctl_watch_change(struct ctl_server *s, const char *tenant, struct json_object *event);

/* ---- capture.c -------------------------------------------------------------------------------*/
/* Begins to send the packets that c->watch.peek looks at. */
void ctl_capture_start(struct ctl_conn *c);
void ctl_capture_stop(struct ctl_conn *c);
/* Tenants may have come and gone: who may not see one any more sees no further packet. */
void ctl_capture_sync(struct ctl_server *s);

#endif
