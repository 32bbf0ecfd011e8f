/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Commands: what `sluicectl OBJECT ACTION` can be. One table (commands.c) drives parsing, help, the
 * man page, shell completion, and in the daemon the check of what came in and of who may ask.
 */
#ifndef CTL_COMMAND_H
#define CTL_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <json-c/json.h>

#include "loader/diag.h"

/* Exit statuses. */
enum ctl_exit {
	CTL_DONE = 0,
	CTL_REFUSED = 1, /* because of what was handed in: a graph, a node file, a value, a name */
	CTL_USAGE = 2,	 /* the command line */
	CTL_SYSTEM = 3,	 /* privilege, no daemon, the kernel, a file that cannot be read */
};

/* What a value on the command line is: decides checks, the hint in help, and completion. */
enum ctl_kind {
	CTL_FLAG, /* options only: no value */
	CTL_TEXT,
	CTL_NUMBER,
	CTL_TIME,      /* "60s", "500ms", "2m"; kept as text */
	CTL_CHOICE,    /* one of `choices` */
	CTL_FILE,      /* a file to read */
	CTL_DIR,       /* a directory */
	CTL_ASSIGN,    /* NAME=value */
	CTL_ROUTER,    /* NAME=FILE */
	CTL_LIMIT,     /* KEY=VALUE of a budget */
	CTL_INPUT,     /* DEVICE=FILE[,DEVICE=FILE...] */
	CTL_TENANT,    /* a tenant's name */
	CTL_PORT,      /* a port's name */
	CTL_INTERFACE, /* a network interface */
	CTL_LINK,      /* TENANT/DEVICE */
	CTL_HANDLER,   /* TENANT/ELEMENT.HANDLER */
	CTL_COMMAND,   /* a command of sluicectl */
};

struct ctl_arg {
	const char *name; /* as in the help: "NAME"; NULL ends a table */
	enum ctl_kind kind;
	bool optional;
	bool many; /* the last one only: any number */
};
#define CTL_ARGS_END                                                                               \
	{                                                                                          \
		NULL, CTL_TEXT, false, false                                                       \
	}

struct ctl_option {
	const char *name; /* "dry-run"; NULL ends a table */
	char letter;	  /* 0: none */
	enum ctl_kind kind;
	const char *metavar; /* NULL for flags */
	const char *help;
	const char *const *choices; /* CTL_CHOICE; NULL-terminated */
	bool many;
	bool hidden; /* for tests: not in help, man page and completion */
};
#define CTL_OPTIONS_END                                                                            \
	{                                                                                          \
		NULL, 0, CTL_FLAG, NULL, NULL, NULL, false, false                                  \
	}

enum ctl_who {
	CTL_ANYONE, /* no privilege needed, or the answer is the caller's own part */
	CTL_OWNER,  /* root, or the owner of the tenant named */
	CTL_ROOT,
};

/* How a result is shown as text (render.h). NULL members: the general form. */
struct ctl_view {
	const char *line;    /* these members on one line: "time tenant text" */
	const char *raw;     /* this member's text, as it is, and nothing else */
	const char *table;   /* this member, an array, is the table that is shown */
	const char *columns; /* its columns, in order: "name owner state" */
	const char *empty;   /* what to say when it has no rows */
};

struct ctl_call;
struct ctl_serve;
typedef int ctl_run_fn(struct ctl_call *call);
typedef int ctl_serve_fn(struct ctl_serve *s);

struct ctl_command {
	const char *object;
	const char *action; /* NULL: the object is the command */
	const struct ctl_arg *args;
	const struct ctl_option *options;
	enum ctl_who who;
	/* In sluicectl: enum ctl_exit. NULL: ask the daemon and show the answer. */
	ctl_run_fn *run;
	/* In sluiced: 0 or -errno. NULL: the command needs no daemon. */
	ctl_serve_fn *serve;
	const struct ctl_view *view;
	const char *help; /* one line */
	const char *text; /* paragraphs for the man page, or NULL */
	bool stream;	  /* the daemon goes on answering until one side has enough */
	bool hidden;
};

/* All commands in the order of the help; `object` NULL ends. */
extern const struct ctl_command ctl_commands[];
/* Options every command has. */
extern const struct ctl_option ctl_global_options[];

const struct ctl_command *ctl_command_find(const char *object, const char *action);
/* "tenant install": into a buffer of the caller's. */
const char *ctl_command_name(const struct ctl_command *c, char *buf, size_t size);
/* -EINVAL and the like as an exit status. */
enum ctl_exit ctl_exit_of(int err);

/* ---- A parsed command line -------------------------------------------------------------------*/

struct ctl_value {
	const char *name; /* of the argument or option, from the tables */
	const char *text; /* "" for flags */
};

struct ctl_call {
	const struct ctl_command *command;
	struct ctl_value *values;
	size_t n_values, cap_values;
	bool json;
	bool help; /* only the help was asked for */
	const char *socket;
	struct json_object *result; /* what the command found out; may stay NULL */
	struct sl_diags diags;
	bool shown;  /* the command wrote its output itself */
	void *state; /* of the command while it runs */
};

/* First value of an argument ("NAME") or option ("dry-run"), or NULL. */
const char *ctl_get(const struct ctl_call *c, const char *name);
/* The `i`-th value of one that may be given many times, or NULL. */
const char *ctl_get_nth(const struct ctl_call *c, const char *name, size_t i);
/* All values of one that may be given many times: a NULL-terminated array of borrowed texts, *n of
 * them; freed by the caller. NULL when out of memory. */
const char **ctl_get_all(const struct ctl_call *c, const char *name, size_t *n);

/*
 * Parses a command line (argv[0] is the program) against the table. CTL_DONE; CTL_USAGE with a
 * message in `call->diags`. Values point into argv.
 */
enum ctl_exit ctl_parse(int argc, char **argv, struct ctl_call *call);
void ctl_call_free(struct ctl_call *call);

/* Checks one value against its kind: 0, or -EINVAL with *why a sentence. Also used by the daemon on
 * what clients send. */
int ctl_check_value(enum ctl_kind kind, const char *const *choices, const char *text,
		    const char **why);
/* "90s", "1500ms", "2m" or plain seconds, in milliseconds. 0 or -EINVAL. */
int ctl_time_ms(const char *text, unsigned long long *ms);

/* ---- What is made from the table -------------------------------------------------------------*/

/* Usage of one command on one line, without the program's name. */
void ctl_usage(const struct ctl_command *c, FILE *out);
/* `sluicectl help` (c NULL: all commands, one line each) and `sluicectl help OBJECT [ACTION]`. */
void ctl_help(const struct ctl_command *c, const char *object, FILE *out);
/* sluicectl(8) and the bash completion. 0 or -EIO. */
int ctl_man(FILE *out);
int ctl_completion(FILE *out);

#endif
