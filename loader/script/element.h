/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the descriptors of Script and DriverManager share: reading the arguments, and handlers of a
 * graph that runs in this process (replay, tests). The daemon runs scripts by itself
 * (loader/runtime/node_script.c).
 */
#ifndef SL_SCRIPT_ELEMENT_H
#define SL_SCRIPT_ELEMENT_H

#include "loader/element/element.h"
#include "loader/script/script.h"

extern const struct sl_param sl_script_params[];
extern const struct sl_handler sl_script_handlers[];

/* Whether elements of this class are scripts. */
bool sl_class_is_script(const struct sl_class *c);
/* What TYPE a class has when none is given. */
enum sl_script_type sl_script_usual(const struct sl_class *c);

int sl_script_configure(struct sl_conf *cf);
void sl_script_release(struct sl_inst *in);

/* Scripts of a graph that runs here do what is due. */
void sl_script_live_turn(struct sl_live *live, unsigned int units);

/* Of the descriptors. */
#define SL_SCRIPT_HELP                                                                             \
	"The daemon runs the instructions; packets never come here, so there are no ports and no " \
	"TYPE PACKET, and there is no TYPE SIGNAL, as there is no process that a signal could be " \
	"sent to. docs/script.md says which instructions there are, what a script may use up, "    \
	"and where what it prints goes. Files cannot be reached (save, append, print >FILE, cat, " \
	"kill), and handlers that compile the graph anew cannot be written. Scripts begin anew "   \
	"when the daemon starts, and with each graph that has other elements. A graph that is "    \
	"tried with replay or bench runs none of them by itself; their handlers can be read."

#endif
