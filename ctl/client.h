/* SPDX-License-Identifier: GPL-2.0-only */
/* sluicectl's side of the control socket. */
#ifndef CTL_CLIENT_H
#define CTL_CLIENT_H

#include "ctl/command.h"
#include "ctl/frame.h"

struct ctl_client {
	int fd;
	struct ctl_buf in;
};

/* Connects; a missing daemon is a message in `d`. 0 or -errno. */
int ctl_client_open(const char *path, struct sl_diags *d, struct ctl_client *c);
void ctl_client_close(struct ctl_client *c);
/* Sends a request; `args` stays the caller's. 0 or -errno. */
int ctl_client_send(struct ctl_client *c, const char *command, struct json_object *args,
		    struct sl_diags *d);
/* Waits for the next frame. 0 and an object, or -errno with a message. */
int ctl_client_receive(struct ctl_client *c, struct json_object **out, struct sl_diags *d);

/* The socket a call goes to: --socket, $SLUICE_SOCKET, the default. */
const char *ctl_socket_path(const struct ctl_call *call);
/*
 * One request, one answer: messages go to the call, the result to *result (may be NULL on
 * failure). Parts of an answer that goes on are given to `part`. Returns enum ctl_exit.
 */
enum ctl_exit ctl_ask(struct ctl_call *call, const char *command, struct json_object *args,
		      int (*part)(struct ctl_call *call, struct json_object *part),
		      struct json_object **result);
/* The arguments of a call as a request has them: positional ones in small letters, options with '_'
 * for '-'; lists for those that may be given many times. NULL when out of memory. */
struct json_object *ctl_call_args(const struct ctl_call *call);

#endif
