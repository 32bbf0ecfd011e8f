// SPDX-License-Identifier: GPL-2.0-only
/* The sockets for Click's protocol, one a tenant, as tenants come and go. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "ctl/click.h"
#include "ctl/log.h"
#include "ctl/serve.h"
#include "loader/mem.h"

/* Connections taken up before others have their turn. */
#define ACCEPTS 4

/* ---- Connections -----------------------------------------------------------------------------*/

/* Each tenant has connections of its own: they may last for ever, and cost the others none. */
static bool too_many(const struct ctl_server *s, const char *tenant)
{
	unsigned int n = 0;

	for (const struct ctl_conn *c = s->conns; c; c = c->next)
		n += c->click && !strcmp(c->click->tenant, tenant);
	return n >= s->limits.click_per_tenant;
}

int ctl_click_adopt(struct ctl_server *s, const char *tenant, int fd, uid_t uid, pid_t pid)
{
	static const char full[] =
		"Click::ControlSocket/1.3\r\n590 Too many connections to this tenant\r\n";
	struct ctl_click *k = NULL;
	int ret = too_many(s, tenant) ? -EBUSY : ctl_click_new(tenant, &k);

	if (ret == -EBUSY && send(fd, full, sizeof(full) - 1, MSG_NOSIGNAL) < 0)
		ret = -EBUSY;
	ret = ret ? ret : ctl_conn_new(s, fd, uid, pid, k);
	if (ret) {
		ctl_click_free(k);
		close(fd);
	}
	return ret;
}

static void on_connect(void *arg, int fd, const struct ucred *who)
{
	struct ctl_click_sock *k = arg;

	if (ctl_serve_sees(k->server, who->uid, k->tenant))
		ctl_click_adopt(k->server, k->tenant, fd, who->uid, who->pid);
	else
		close(fd);
}

/* ---- Sockets ---------------------------------------------------------------------------------*/

static void sock_free(struct ctl_click_sock *k)
{
	if (k->listen.source.fd >= 0)
		unlink(k->path);
	ctl_listen_stop(&k->listen);
	free(k->tenant);
	free(k->path);
	free(k);
}

/* Until it is the owner's, only root can connect. */
static int listen_at(const char *path, uid_t uid)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	if (strlen(path) >= sizeof(sa.sun_path))
		return -ENAMETOOLONG;
	memcpy(sa.sun_path, path, strlen(path) + 1);
	unlink(path);
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) || chmod(path, 0600) ||
	    (uid != geteuid() && chown(path, uid, (gid_t)-1)) || listen(fd, 16))
		return -errno;
	return TAKE_FD(fd);
}

static int sock_new(struct ctl_server *s, const char *tenant, uid_t uid)
{
	struct ctl_click_sock *k = calloc(1, sizeof(*k));
	int fd, ret;

	if (!k)
		return -ENOMEM;
	k->server = s;
	k->uid = uid;
	k->wanted = true;
	k->listen.source.fd = -1;
	k->tenant = strdup(tenant);
	if (!k->tenant || asprintf(&k->path, "%s/%s.control", s->run_dir, tenant) < 0) {
		k->path = NULL;
		sock_free(k);
		return -ENOMEM;
	}
	fd = listen_at(k->path, uid);
	ret = fd < 0 ? fd : ctl_listen_start(&k->listen, s->loop, fd, ACCEPTS, on_connect, k);
	if (ret && fd >= 0)
		close(fd);
	if (ret) {
		sock_free(k);
		return ret;
	}
	k->next = s->click_socks;
	s->click_socks = k;
	return 0;
}

/* A tenant as it should be found by name; there may be a thousand. */
struct wanted {
	const struct sl_node_tenant *tenant;
	bool has; /* a socket */
};

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct wanted *)a)->tenant->name,
		      ((const struct wanted *)b)->tenant->name);
}

static struct wanted *wanted_of(const struct sl_node_config *c)
{
	struct wanted *w = calloc(c->n_tenants + 1, sizeof(*w));

	for (size_t i = 0; w && i < c->n_tenants; i++)
		w[i].tenant = &c->tenants[i];
	if (w)
		qsort(w, c->n_tenants, sizeof(*w), by_name);
	return w;
}

/* A socket whose owner is another now is made again. */
static void mark_wanted(struct ctl_server *s, struct wanted *list, size_t n)
{
	for (struct ctl_click_sock *k = s->click_socks; k; k = k->next) {
		struct sl_node_tenant name = {.name = k->tenant};
		struct wanted key = {&name, false};
		struct wanted *w = bsearch(&key, list, n, sizeof(*list), by_name);

		k->wanted = w && w->tenant->uid == k->uid;
		if (k->wanted)
			w->has = true;
	}
}

static void drop_unwanted(struct ctl_server *s)
{
	struct ctl_click_sock **p = &s->click_socks, *k;

	while ((k = *p) != NULL) {
		if (k->wanted) {
			p = &k->next;
			continue;
		}
		*p = k->next;
		sock_free(k);
	}
}

/* Connections to tenants that are gone, or are somebody else's now. */
static void drop_strangers(struct ctl_server *s)
{
	struct ctl_conn *next;
	uid_t uid;

	for (struct ctl_conn *c = s->conns; c; c = next) {
		next = c->next;
		if (c->click &&
		    (s->ops->owner(s->node, c->click->tenant, &uid) || (c->uid && c->uid != uid)))
			ctl_conn_free(c);
	}
}

void ctl_click_sync(struct ctl_server *s)
{
	const struct sl_node_config *c = s->ops->config(s->node);
	_free_ struct wanted *list = NULL;

	drop_strangers(s);
	if (!s->run_dir || !s->socket)
		return;
	list = wanted_of(c);
	if (!list)
		return; /* the next request finds what is to be done */
	mark_wanted(s, list, c->n_tenants);
	drop_unwanted(s);
	for (size_t i = 0; i < c->n_tenants; i++) {
		const struct sl_node_tenant *t = list[i].tenant;
		int ret = list[i].has ? 0 : sock_new(s, t->name, t->uid);

		if (ret)
			ctl_log_say(s->log, "no socket %s/%s.control: %s", s->run_dir, t->name,
				    strerror(-ret));
	}
}

void ctl_click_close(struct ctl_server *s)
{
	for (struct ctl_click_sock *k = s->click_socks; k; k = k->next)
		k->wanted = false;
	drop_unwanted(s);
}
