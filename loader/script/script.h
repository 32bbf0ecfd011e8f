/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Click's Script: small programs of a tenant's that call handlers of its graph.
 *
 * A script is a stranger's text, and whoever runs it has more rights than the stranger. So it
 * reaches nothing but what `struct sl_script_env` gives it, and everything it can use up is
 * bounded here: instructions, text, memory, depth, calls. What a script does is paid for in
 * `units`: one an instruction or a substitution, one for each 16 bytes of text that is made, more
 * for calls.
 */
#ifndef SL_SCRIPT_H
#define SL_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loader/click/graph.h"
#include "loader/diag.h"

#define SL_SCRIPT_MAX 16	/* scripts of one graph */
#define SL_SCRIPT_INSNS 1024	/* instructions of one */
#define SL_SCRIPT_VARS 256	/* variables of one */
#define SL_SCRIPT_TEXT 65536	/* bytes of one as it is written */
#define SL_SCRIPT_VALUE 16384	/* bytes of one value */
#define SL_SCRIPT_MEMORY 524288 /* bytes of all variables of a graph's scripts */
#define SL_SCRIPT_LINE 1024	/* bytes of a printed line; more is another line */
#define SL_SCRIPT_JUMPS 1000	/* without waiting, as in Click */
#define SL_SCRIPT_UNITS 20000	/* of one instruction, all that it calls included */

enum sl_script_type {
	SL_SCRIPT_ACTIVE,
	SL_SCRIPT_PASSIVE,
	SL_SCRIPT_PROXY,
	SL_SCRIPT_DRIVER,
};

/* ---- Programs --------------------------------------------------------------------------------*/

struct sl_script;

/*
 * Reads instructions. `type` is the argument of TYPE or NULL (`usual` then); messages are about
 * element `name`. 0, -EINVAL with messages in `d`, -ENOMEM.
 */
int sl_script_parse(const char *name, const struct sl_arg *type, enum sl_script_type usual,
		    const struct sl_arg *args, size_t n_args, struct sl_diags *d,
		    struct sl_script **out);
/* The same from an element's whole configuration string. */
int sl_script_parse_config(const char *name, const char *config, enum sl_script_type usual,
			   struct sl_diags *d, struct sl_script **out);
void sl_script_free(struct sl_script *s);
static inline void sl_script_freep(struct sl_script **s)
{
	sl_script_free(*s);
}
enum sl_script_type sl_script_type(const struct sl_script *s);
/*
 * Calls `fn` for each handler that the program names as it stands ("cnt.count", without
 * substitutions in the name), and whether it is written.
 */
void sl_script_calls(const struct sl_script *s,
		     void (*fn)(void *arg, const char *handler, bool write, struct sl_pos pos),
		     void *arg);

/* ---- What scripts reach ----------------------------------------------------------------------*/

struct sl_scripts;

struct sl_script_env {
	void *arg;
	/* Index of the element with this full name, or -1. */
	long (*find)(void *arg, const char *name);
	/* What a handler of an element that is no script can do: SL_H_*; 0: there is none. */
	unsigned int (*flags)(void *arg, uint32_t elem, const char *handler);
	/* 0 or -errno with messages. *value is malloc'ed. */
	int (*read)(void *arg, uint32_t elem, const char *handler, const char *args, char **value,
		    struct sl_diags *d);
	int (*write)(void *arg, uint32_t elem, const char *handler, const char *value,
		     struct sl_diags *d);
	/* A line that a script prints, or a message about it; plain ASCII without control
	 * characters. */
	void (*say)(void *arg, const char *line);
	uint64_t (*now_ns)(void *arg);	/* for waiting */
	uint64_t (*time_ns)(void *arg); /* since 1970 */
	uint32_t (*random)(void *arg);
};

/* ---- Running ---------------------------------------------------------------------------------*/

/* `env` is copied. NULL: out of memory. */
struct sl_scripts *sl_scripts_new(const struct sl_script_env *env);
void sl_scripts_free(struct sl_scripts *set);
/* Takes `script` over in every case. To be called for all before anything runs. 0, -ENOMEM,
 * -E2BIG. */
int sl_scripts_add(struct sl_scripts *set, uint32_t elem, const char *name,
		   struct sl_script *script);

/*
 * When something is to be done, of env.now_ns; UINT64_MAX: nothing until a handler is called.
 */
uint64_t sl_scripts_due(const struct sl_scripts *set);
/* Does some of what is due: ends behind the instruction with which `units` are used up. Returns
 * the units that were used. */
unsigned int sl_scripts_turn(struct sl_scripts *set, unsigned int units);
/* For env.read and env.write, before they do what takes long. 0, or -EDQUOT, which they are to
 * return. */
int sl_scripts_charge(struct sl_scripts *set, unsigned int units);

/*
 * Handlers of element `elem`, a script, called from outside. Flags: SL_H_*, 0 where it is not
 * one that a script has (or every element has). Calls: 0 or -errno with messages in `d`.
 */
unsigned int sl_scripts_flags(const struct sl_scripts *set, uint32_t elem, const char *handler);
int sl_scripts_read(struct sl_scripts *set, uint32_t elem, const char *handler, const char *args,
		    char **value, struct sl_diags *d);
int sl_scripts_write(struct sl_scripts *set, uint32_t elem, const char *handler, const char *value,
		     struct sl_diags *d);

#endif
