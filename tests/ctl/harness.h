/* SPDX-License-Identifier: GPL-2.0-only */
/* A server over the fake node, and clients of any uid. */
#ifndef TESTS_CTL_HARNESS_H
#define TESTS_CTL_HARNESS_H

#include "ctl/client.h"
#include "ctl/log.h"
#include "ctl/server.h"
#include "tests/ctl/fake_node.h"

struct harness {
	struct ctl_loop *loop;
	struct ctl_log *log;
	struct ctl_server *server;
	struct sl_node node;
	char calls[4096];
};

/* What each test of a file begins with; `limits` and `ops` may be NULL. */
struct harness_with {
	struct harness *h;
	const struct ctl_limits *limits;
	const struct ctl_node_ops *ops;
};
/* A test with a server of its own, as `with` says; it leaves no worker behind. */
#define HARNESS_TEST(fn, with)                                                                     \
	{                                                                                          \
		.name = #fn, .test_func = fn, .setup_func = harness_setup,                         \
		.teardown_func = harness_teardown, .initial_state = (void *)(with)                 \
	}
int harness_setup(void **state);
int harness_teardown(void **state);

/* `limits`, `run_dir`, `ops` may be NULL. Fails the test when it cannot. */
void harness_start(struct harness *h, const struct ctl_limits *limits, const char *run_dir,
		   const struct ctl_node_ops *ops);
void harness_stop(struct harness *h);
/* From here on to the test's end time stands still, but for what the fake node's work takes and a
 * millisecond each time the daemon is let work: figures do not depend on how busy the machine is.
 */
void harness_fake_time(struct harness *h);
/* Lets the daemon work for `ms`. */
void harness_run(struct harness *h, unsigned int ms);

/* A client's end; non-blocking. -1 when it was turned away without a connection. */
int harness_connect(struct harness *h, uid_t uid);
/* The same at the socket of a tenant that is for Click's clients. */
int harness_connect_click(struct harness *h, const char *tenant, uid_t uid);
/* Sends a request; `args` is JSON text or NULL. */
void harness_send(struct harness *h, int fd, const char *command, const char *args);
/* The next frame from the daemon, which is let work meanwhile; NULL when there is none within
 * `ms`, or the daemon closed. */
struct json_object *harness_receive(struct harness *h, int fd, unsigned int ms);
/* Both; the status of the answer. Its messages' text goes to *text (may be NULL; freed by the
 * caller). */
int harness_ask(struct harness *h, int fd, const char *command, const char *args, char **text);
/* One request on a connection of its own. */
int harness_once(struct harness *h, uid_t uid, const char *command, const char *args, char **text);
/* True when the daemon has closed the connection. */
bool harness_closed(struct harness *h, int fd, unsigned int ms);
/* Calls of the node since the last time. */
const char *harness_calls(struct harness *h);

#endif
