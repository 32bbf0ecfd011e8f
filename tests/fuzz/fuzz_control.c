// SPDX-License-Identifier: GPL-2.0-only
/*
 * The control protocol as a client can abuse it. The first byte says who is at the other end; the
 * rest goes to a server over a node that is not there, in pieces. Whatever the bytes are: nobody
 * but root makes a change to the node, only owners to their tenant, everything that is answered is
 * a frame, and the server goes on serving.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ctl/log.h"
#include "ctl/protocol.h"
#include "ctl/server.h"

#define OWNER 1000
#define STRANGER 2000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);

#define HEAD (1 + CTL_FRAME_HEAD)

static uid_t caller;

static void check(bool ok)
{
	if (!ok)
		abort();
}

/* ---- A node that only looks who gets through -------------------------------------------------*/

static void root_only(void)
{
	check(caller == 0);
}

static void owner_only(const char *tenant)
{
	check(caller == 0 || (caller == OWNER && !strcmp(tenant, "red")));
}

static int do_apply(struct sl_node *n, struct sl_node_config *c, bool dry, struct sl_hand *hand,
		    struct sl_diags *d, struct json_object *changes)
{
	(void)n, (void)dry, (void)hand, (void)d, (void)changes;
	root_only();
	sl_node_config_free(c);
	return 0;
}

static struct json_object *do_show(struct sl_node *n)
{
	(void)n;
	root_only();
	return json_object_new_object();
}

static const struct sl_node_config *do_config(const struct sl_node *n)
{
	static const struct sl_node_config none;

	(void)n;
	return &none;
}

static int do_attach(struct sl_node *n, const char *name, const char *interface,
		     enum sl_port_mode mode, struct sl_diags *d)
{
	(void)n, (void)mode, (void)d;
	root_only();
	check(sl_name_valid(name) && *interface);
	return 0;
}

static int do_name(struct sl_node *n, const char *name, struct sl_diags *d)
{
	(void)n, (void)d;
	root_only();
	check(sl_name_valid(name));
	return 0;
}

static struct json_object *do_list(struct sl_node *n)
{
	(void)n;
	return json_object_new_array();
}

static struct json_object *do_links(struct sl_node *n, const char *tenant, const char *device)
{
	(void)n, (void)device;
	if (tenant)
		owner_only(tenant);
	return json_object_new_array();
}

static int do_owner(const struct sl_node *n, const char *tenant, uid_t *uid)
{
	(void)n;
	*uid = OWNER;
	return strcmp(tenant, "red") ? -ENOENT : 0;
}

static int do_add(struct sl_node *n, const struct sl_node_tenant *t, struct sl_diags *d)
{
	(void)n, (void)d;
	root_only();
	check(sl_name_valid(t->name));
	return 0;
}

static int do_install(struct sl_node *n, const char *tenant, const struct sl_submission *s,
		      struct sl_hand *hand, struct sl_diags *d, struct json_object *stages)
{
	(void)n, (void)hand, (void)d, (void)stages;
	owner_only(tenant);
	check(s->graph.name && s->graph.text);
	return 0;
}

static int do_tenant(struct sl_node *n, const char *tenant, struct sl_diags *d)
{
	(void)n, (void)d;
	owner_only(tenant);
	return 0;
}

static int do_active(struct sl_node *n, const char *tenant, bool active, struct sl_diags *d)
{
	(void)active;
	return do_tenant(n, tenant, d);
}

static struct json_object *do_tenants(struct sl_node *n, const char *tenant)
{
	struct json_object *a = do_links(n, tenant, NULL);

	json_object_array_add(a, json_object_new_object());
	return a;
}

static struct json_object *do_devices(struct sl_node *n, const char *tenant)
{
	(void)n;
	owner_only(tenant);
	return json_object_new_object();
}

static const char *do_emitted(struct sl_node *n, const char *tenant)
{
	(void)n;
	owner_only(tenant);
	return "";
}

static int do_text(struct sl_node *n, const char *tenant, char **name, char **text)
{
	(void)n, (void)name, (void)text;
	owner_only(tenant);
	return -ENOENT;
}

static int do_read(struct sl_node *n, const char *tenant, const char *path, const char *args,
		   char **value, struct sl_diags *d)
{
	(void)n, (void)args, (void)d;
	owner_only(tenant);
	check(strchr(path, '.') != NULL);
	*value = strdup("1");
	return *value ? 0 : -ENOMEM;
}

static int do_write(struct sl_node *n, const char *tenant, const char *path, const char *value,
		    struct sl_diags *d)
{
	(void)n, (void)value, (void)d;
	owner_only(tenant);
	check(strchr(path, '.') != NULL);
	return 0;
}

static struct json_object *do_stats(struct sl_node *n, const char *tenant, bool elements)
{
	(void)n, (void)elements;
	if (tenant)
		owner_only(tenant);
	return json_object_new_object();
}

static int do_events(struct sl_node *n, const char *tenant,
		     void (*fn)(void *arg, struct json_object *event), void *arg)
{
	(void)n, (void)tenant, (void)fn, (void)arg;
	return 0;
}

static int do_peek(struct sl_node *n, const char *tenant, const char *device, unsigned int dirs,
		   uint32_t snap, struct sl_diags *d, struct sl_node_peek **out)
{
	(void)n, (void)snap, (void)d;
	owner_only(tenant);
	check((!device || *device) && dirs && !(dirs & ~3u));
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : -ENOMEM;
}

static void do_peek_end(struct sl_node *n, struct sl_node_peek *p)
{
	(void)n;
	free(p);
}

static void do_peek_refresh(struct sl_node *n)
{
	(void)n;
}

static int do_peek_read(struct sl_node *n, void (*fn)(void *arg, const struct sl_node_packet *pkt),
			void *arg)
{
	(void)n, (void)fn, (void)arg;
	return 0;
}

static int do_peek_fd(const struct sl_node *n)
{
	(void)n;
	return -1;
}

static int do_snapshot(struct sl_node *n, const char *tenant, struct json_object **out,
		       struct sl_diags *d)
{
	(void)n, (void)d;
	owner_only(tenant);
	*out = json_object_new_object();
	return 0;
}

static const struct ctl_node_ops ops = {
	.apply = do_apply,
	.show = do_show,
	.config = do_config,
	.port_attach = do_attach,
	.port_detach = do_name,
	.ports = do_list,
	.links = do_links,
	.owner = do_owner,
	.tenant_add = do_add,
	.tenant_remove = do_name,
	.install = do_install,
	.rollback = do_tenant,
	.set_active = do_active,
	.tenants = do_tenants,
	.devices = do_devices,
	.emitted = do_emitted,
	.graph_text = do_text,
	.read = do_read,
	.write = do_write,
	.peek = do_peek,
	.peek_end = do_peek_end,
	.peek_refresh = do_peek_refresh,
	.peek_read = do_peek_read,
	.peek_fd = do_peek_fd,
	.snapshot = do_snapshot,
	.stats = do_stats,
	.events = do_events,
};

/* ---- One client ------------------------------------------------------------------------------*/

/* What comes back are frames, each an answer or a part of one. */
static void take_answers(int fd, struct ctl_buf *in)
{
	struct json_object *o = NULL, *v;
	int n;

	while (ctl_buf_read(in, fd) > 0) {
		while ((n = ctl_frame_get(in, 0, &o)) > 0) {
			check(json_object_object_get_ex(o, "part", &v) ||
			      (json_object_object_get_ex(o, "status", &v) &&
			       json_object_get_int(v) >= 0 && json_object_get_int(v) <= 3));
			json_object_put(o);
		}
		check(n == 0);
	}
}

static void serve(struct ctl_loop *loop, struct ctl_server *s, int fd, struct ctl_buf *in)
{
	for (int i = 0; i < 20; i++) {
		bool more = ctl_server_work(s);

		check(!ctl_loop_step(loop, 0));
		take_answers(fd, in);
		if (!more && i > 2)
			break;
	}
}

static void talk(struct ctl_loop *loop, struct ctl_server *s, const uint8_t *data, size_t size)
{
	struct ctl_buf in = {0};
	int fds[2];

	check(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds));
	check(!ctl_server_adopt(s, fds[1], caller, 1));
	/* In pieces whose lengths the input says. */
	while (size) {
		size_t n = data[0] & 0x80 ? size : (size_t)data[0] + 1;
		ssize_t sent;

		n = n < size ? n : size;
		sent = send(fds[0], data, n, MSG_NOSIGNAL);
		serve(loop, s, fds[0], &in);
		if (sent <= 0)
			break;
		data += sent;
		size -= (size_t)sent;
	}
	serve(loop, s, fds[0], &in);
	close(fds[0]);
	ctl_buf_free(&in);
	check(!ctl_loop_step(loop, 0));
}

/* Mostly, the input stays one frame: what it holds is changed, and its length is made to fit. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	size_t n;

	if (size < HEAD || max_size <= HEAD || seed % 8 == 0)
		return LLVMFuzzerMutate(data, size, max_size);
	if (seed % 8 == 1)
		data[0] = (uint8_t)(seed >> 3);
	n = LLVMFuzzerMutate(data + HEAD, size - HEAD, max_size - HEAD);
	data[1] = (uint8_t)(n >> 24);
	data[2] = (uint8_t)(n >> 16);
	data[3] = (uint8_t)(n >> 8);
	data[4] = (uint8_t)n;
	return HEAD + n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uid_t callers[] = {0, OWNER, STRANGER};
	static const uint8_t good[] = "\0\0\0\x19{\"command\":\"tenant list\"}";
	struct ctl_server_opts so = {.socket = NULL};
	struct ctl_loop *loop = NULL;
	struct ctl_log *log = NULL;
	struct ctl_server *s = NULL;
	struct sl_diags d = {0};

	if (!size)
		return 0;
	check(!ctl_loop_new(&loop) && !ctl_log_open(NULL, true, &log));
	check(!ctl_server_new(loop, &so, &ops, NULL, log, &d, &s));
	caller = callers[data[0] % 3];
	talk(loop, s, data + 1, size - 1);
	/* The next one is served. */
	caller = 0;
	talk(loop, s, good, sizeof(good) - 1);
	ctl_server_free(s);
	ctl_log_close(log);
	ctl_loop_free(loop);
	sl_diags_free(&d);
	return 0;
}
