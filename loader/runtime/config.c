// SPDX-License-Identifier: GPL-2.0-only
/* Reading a node file from end to end; looking things up in it. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "loader/mem.h"
#include "loader/runtime/config_build.h"

void sl_node_config_free(struct sl_node_config *c)
{
	if (!c)
		return;
	if (c->others) {
		c->others--;
		return;
	}
	sl_config_clear(c);
	free(c->file);
	free(c->dir);
	free(c->text);
	free(c);
}

struct sl_node_config *sl_node_config_share(struct sl_node_config *c)
{
	c->others++;
	return c;
}

int sl_node_config_parse(const char *text, size_t len, const char *name, const char *dir,
			 struct sl_diags *d, struct sl_node_config **out)
{
	SL_CLEANUP(sl_node_config_freep) struct sl_node_config *c = calloc(1, sizeof(*c));
	SL_CLEANUP(sl_yaml_freep) struct sl_yaml *root = NULL;
	SL_CLEANUP(sl_schema_freep) struct sl_raw_config *raw = NULL;
	int ret;

	if (!c)
		return -ENOMEM;
	c->file = strdup(name);
	c->dir = strdup(dir);
	c->text = malloc(len + 1);
	if (!c->file || !c->dir || !c->text)
		return -ENOMEM;
	memcpy(c->text, text, len);
	c->text[len] = '\0';
	c->text_len = len;
	if (len > SL_CONFIG_MAX) {
		sl_error(d, ((struct sl_pos){c->file, 0, 0}), "too-large",
			 "the node file is larger than %d MiB", SL_CONFIG_MAX >> 20);
		return -EINVAL;
	}

	ret = sl_yaml_parse(c->text, len, c->file, d, &root);
	if (ret)
		return ret;
	if (sl_schema_check(root, c->file, d))
		return -EINVAL;
	ret = sl_schema_load(c->text, len, c->file, d, &raw);
	if (ret)
		return ret;
	ret = sl_config_build(raw, root, d, c);
	if (ret == -ENOMEM)
		return ret;
	if (sl_node_config_check(c, d) < 0 || ret)
		return -EINVAL;
	*out = TAKE_PTR(c);
	return 0;
}

static int read_all(int fd, char **text, size_t *len)
{
	_free_ char *buf = malloc(SL_CONFIG_MAX + 1);
	size_t n = 0;

	if (!buf)
		return -ENOMEM;
	/* One byte more than allowed, so that a larger file is noticed. */
	while (n < SL_CONFIG_MAX + 1) {
		ssize_t got = read(fd, buf + n, SL_CONFIG_MAX + 1 - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (!got)
			break;
		n += got;
	}
	*text = TAKE_PTR(buf);
	*len = n;
	return 0;
}

/* The directory of the file itself, symlinks followed: a linked node file finds its graphs. */
static char *directory_of(const char *path)
{
	char *real = realpath(path, NULL);
	char *slash = real ? strrchr(real, '/') : NULL;

	if (slash)
		slash[slash == real] = '\0';
	return real;
}

int sl_node_config_load(const char *path, struct sl_diags *d, struct sl_node_config **out)
{
	struct sl_pos pos = {path, 0, 0};
	_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	_free_ char *dir = NULL;
	_free_ char *text = NULL;
	struct stat st;
	size_t len = 0;
	int ret;

	if (fd < 0) {
		ret = -errno;
		sl_diag_hint(sl_error(d, pos, "open", "the node file cannot be opened: %s",
				      strerror(-ret)),
			     ret == -ENOENT ? "check the path" : "check who may read it");
		return ret;
	}
	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode)) {
		sl_diag_hint(sl_error(d, pos, "open", "this is a directory"),
			     "give the node file in it");
		return -EISDIR;
	}
	ret = read_all(fd, &text, &len);
	if (ret) {
		sl_error(d, pos, "read", "the node file cannot be read: %s", strerror(-ret));
		return ret;
	}
	dir = directory_of(path);
	if (!dir)
		return -errno;
	return sl_node_config_parse(text, len, path, dir, d, out);
}

const struct sl_node_port *sl_node_config_port(const struct sl_node_config *c, const char *name)
{
	for (size_t i = 0; i < c->n_ports; i++)
		if (!strcmp(c->ports[i].name, name))
			return &c->ports[i];
	return NULL;
}

const struct sl_node_tenant *sl_node_config_tenant(const struct sl_node_config *c, const char *name)
{
	for (size_t i = 0; i < c->n_tenants; i++)
		if (!strcmp(c->tenants[i].name, name))
			return &c->tenants[i];
	return NULL;
}

bool sl_node_config_experiment(const struct sl_node_config *c, const char *name)
{
	for (size_t i = 0; i < c->n_experiments; i++)
		if (!strcmp(c->experiments[i], name))
			return true;
	return false;
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

bool sl_node_link_equal(const struct sl_node_link *a, const struct sl_node_link *b)
{
	return same_text(a->device, b->device) && same_text(a->port, b->port) &&
	       a->kind == b->kind && a->payload == b->payload &&
	       sl_addr_equal(&a->local, &b->local) && sl_addr_equal(&a->remote, &b->remote) &&
	       a->gre == b->gre && a->key == b->key && a->ttl == b->ttl && a->tos == b->tos &&
	       a->has_next_hop_mac == b->has_next_hop_mac &&
	       !memcmp(a->next_hop_mac, b->next_hop_mac, 6) && a->vlan == b->vlan &&
	       a->inner_vlan == b->inner_vlan && a->has_address == b->has_address &&
	       a->address == b->address && a->prefix_len == b->prefix_len &&
	       a->has_address6 == b->has_address6 && a->prefix6_len == b->prefix6_len &&
	       !memcmp(a->address6, b->address6, 16) && !memcmp(a->mac, b->mac, 6) &&
	       !memcmp(a->peer_mac, b->peer_mac, 6);
}

const char *sl_tenant_class_name(bool thread)
{
	return thread ? "thread" : "inline";
}
