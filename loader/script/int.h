/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of this folder share.
 *
 * Errors: -EDQUOT when a limit is reached (set->limit says which): the script that ran gives up.
 * Other errors were reported by sl_script_complain() and end what was tried, not the script.
 */
#ifndef SL_SCRIPT_INT_H
#define SL_SCRIPT_INT_H

#include "loader/script/script.h"

enum op {
	OP_INITIAL, /* where ACTIVE scripts begin that do not begin with a wait */
	OP_APPEND,  /* refused, with OP_SAVE: files */
	OP_SAVE,
	OP_END,
	OP_ERROR,
	OP_ERRORQ,
	OP_EXIT,
	OP_EXPORT,
	OP_EXPORTQ,
	OP_GOTO,
	OP_INIT,
	OP_INITQ,
	OP_LABEL,
	OP_LOOP,
	OP_PRINT,
	OP_PRINTN,
	OP_PRINTNQ,
	OP_PRINTQ,
	OP_READ,
	OP_READQ,
	OP_RETURN,
	OP_RETURNQ,
	OP_SET,
	OP_SETQ,
	OP_STOP,
	OP_WAIT,
	OP_WAIT_STEP,
	OP_WAIT_TIME,
	OP_WRITE,
	OP_WRITEQ,
};

struct insn {
	enum op op;
	unsigned int number; /* as written, from 1 */
	struct sl_pos pos;   /* without a file: of a configuration string */
	unsigned int var;    /* of set, init, export, return */
	unsigned int count;  /* of wait_step */
	int target;	     /* of goto: an instruction, or -op of one that ends the script */
	char *text;	     /* what is substituted; "" when there is none */
};

struct sl_script {
	enum sl_script_type type;
	struct insn *insns;
	unsigned int n, cap;
	char **vars; /* names */
	unsigned int n_vars, cap_vars;
	char *file; /* of the positions */
};

/* A script that runs. */
struct one {
	struct sl_scripts *set;
	struct sl_script *code;
	uint32_t elem;
	char *name;

	unsigned int pos;    /* of the next instruction */
	unsigned int at;     /* of the one at hand */
	unsigned int *steps; /* of each wait_step: how many came */
	char **names;	     /* of variables: those of the program, then others */
	char **vars;	     /* values; NULL: "" */
	unsigned int n_vars;
	int64_t left; /* steps that may still be taken */
	unsigned int jumps;
	bool initial; /* the first instruction waits to be taken */
	bool running; /* a call of it is under way */
	bool cut;     /* in the middle of its turn */
	bool driven;  /* what is cut was a step of the driver's */
	uint64_t due; /* timer; UINT64_MAX: none */
	int status;   /* of the last write */

	/* Of the handler under way. */
	const char *handler;
	char *args;
	bool write;
};

struct sl_scripts {
	struct sl_script_env env;
	struct one *list;
	size_t n;
	size_t next;	   /* whose turn is first */
	size_t starting;   /* whose variables are initialized, and at which instruction; */
	unsigned int init; /* n: all are */
	int64_t units;	   /* that are left of the instruction or call under way */
	int64_t turn;	   /* and of the turn; what is called from outside has none */
	bool in_turn;
	const char *limit;   /* which one was reached */
	size_t memory;	     /* of variables */
	unsigned int stops;  /* asked of the driver */
	struct sl_diags *to; /* whoever called from outside hears of errors; NULL: the log */
	char line[SL_SCRIPT_LINE + 1];
	size_t line_len;
};

/* ---- text.c: text of bounded length ----------------------------------------------------------*/

struct buf {
	struct sl_scripts *set; /* pays */
	char *s;		/* NULL: "" */
	size_t len, cap;
};
void buf_freep(struct buf *b);
#define _buf_ SL_CLEANUP(buf_freep)
static inline const char *buf_text(const struct buf *b)
{
	return b->s ? b->s : "";
}
/* 0, -ENOMEM, -EDQUOT. */
int buf_add(struct buf *b, const char *s, size_t len);
int buf_print(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The text, malloc'ed and no longer the buffer's. NULL: out of memory. */
char *buf_take(struct buf *b);
/* Pays. 0 or -EDQUOT. */
int spend(struct sl_scripts *set, size_t units);

/* Click's cp_shift_spacevec: the next word, still quoted, malloc'ed ("" at the end). NULL: see
 * *ret. */
char *script_word(struct sl_scripts *set, const char **s, int *ret);
/* Adds `text` without a layer of quotes, or in quotes; `outer`: the quotes themselves, too. */
int add_unquoted(struct buf *out, const char *text);
int add_quoted(struct buf *out, const char *text, bool outer);

/* ---- expand.c --------------------------------------------------------------------------------*/

/* Adds `text` with variables and handlers substituted; `quote`: values are put in quotes. */
int expand(struct one *s, const char *text, bool quote, struct buf *out);

/* ---- function.c, sprintf.c -------------------------------------------------------------------*/

/* Where a goto goes: see struct insn. 0 or -ENOENT. */
int sl_script_label(const struct sl_script *s, const char *name, int *target);

/* 0, -ENOENT: there is no such function; -EINVAL (reported), -EDQUOT, -ENOMEM. */
int call_function(struct one *s, const char *name, const char *args, struct buf *out);
bool is_function(const char *name);
int call_sprintf(struct one *s, const char *args, struct buf *out);

/* ---- handler.c: calls of handlers ------------------------------------------------------------*/

/* "HANDLER ARGS", as seen from script `s`. 0 or -errno (reported). */
int call_read(struct one *s, const char *text, bool unquote, struct buf *out);
/* *status is what the handler returned. 0 if there was one to call. */
int call_write(struct one *s, const char *text, bool unquote, int *status);
/* Whether it can be called that way. */
bool can_call(struct one *s, const char *name, bool write);

/* ---- run.c -----------------------------------------------------------------------------------*/

enum entry { BY_STEP, BY_ROUTER, BY_GOTO, BY_RUN };
/* Handlers step, goto, run, and those of a PROXY. *value gets what was returned. */
int enter(struct one *s, enum entry how, const char *handler, const char *text, bool write,
	  struct buf *value);
int var_get(struct one *s, const char *name, const char **value);
int var_set(struct one *s, const char *name, const char *value, bool add);
int find_var(const struct one *s, const char *name);

/* Reports an error of the script at hand; returns -EINVAL. */
int complain(struct one *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Prints; a line is said when it is whole. */
void script_print(struct sl_scripts *set, const char *text);

#endif
