/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Asking about a running graph: an element's own handlers, event records as text, the graph flat.
 * Such code looks at the element's arguments, so the graph is read and configured again where
 * strangers' text is read: in the sandbox. What the handler may see of the running graph goes along
 * as a snapshot; what it wants changed comes back as a list, which the caller checks and carries
 * out.
 */
#ifndef SL_ASK_H
#define SL_ASK_H

#include <json-c/json.h>

#include "loader/codegen/compile.h"

/* Whether this handler function needs no arguments and may run beside the maps. */
bool sl_handler_is_plain(const struct sl_class *c, const struct sl_handler *h, bool write);

struct sl_ask {
	const struct sl_submission *submission;
	const struct sl_devices *devices;
	bool sandbox; /* false: in this process */
	const char *bpf_dir;
	uint32_t inst;
	const char *handler;
	bool write;
	const char *value; /* what is written, or the arguments of a read; NULL: "" */
};

/*
 * Runs one handler. `live` is the running graph: read for the snapshot, and on success given what
 * the handler wants changed (within the words and tables of the element and of those it uses). A
 * recompiling write leaves
 * the new configuration in live->new_config. *text: what a read printed (malloc'ed). 0 or -errno
 * with messages in `d`.
 */
int sl_ask_handler(const struct sl_ask *a, struct sl_live *live, char **text, struct sl_diags *d);

/*
 * Event records as text: `records` is an array of byte strings in hexadecimal; the answer an array
 * of lines, one each ("" for a record that is none). The caller puts both. NULL with messages in
 * `d`.
 */
struct json_object *sl_ask_events(const struct sl_ask *a, struct json_object *records,
				  struct sl_diags *d);

/* The flattened graph: {text, requirements: []}. The caller puts it. NULL with messages in `d`. */
struct json_object *sl_ask_graph(const struct sl_ask *a, struct sl_diags *d);

/*
 * What instance a->inst wants called when its call number `call` is due: "ELEMENT.HANDLER" and the
 * value to be written, both malloc'ed. 0, -ENOENT (none), -EINVAL with messages.
 */
int sl_ask_call(const struct sl_ask *a, unsigned int call, char **path, char **value,
		struct sl_diags *d);

/* The asked side: answers a request with "ask" in it (build.c hands it over once the program is
 * configured). */
int sl_answer_ask(struct json_object *ask, const struct sl_program *prog, struct sl_diags *d,
		  struct json_object **answer);

#endif
