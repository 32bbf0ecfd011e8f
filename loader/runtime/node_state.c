/* SPDX-License-Identifier: GPL-2.0-only */
/* The wanted state: in memory, as JSON, on disk. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loader/file.h"
#include "loader/mem.h"
#include "loader/runtime/budget.h"
#include "loader/runtime/fault.h"
#include "loader/runtime/node_int.h"

#define STATE_VERSION 1
#define PLAIN (JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)

/* ---- In memory -------------------------------------------------------------------------------*/

int node_state_init(struct node_state *st)
{
	static const char empty[] = "{}";
	struct sl_diags d = {0};
	int ret;

	memset(st, 0, sizeof(*st));
	ret = sl_node_config_parse(empty, strlen(empty), "state", "", &d, &st->config);
	sl_diags_free(&d);
	return ret;
}

void node_state_free(struct node_state *st)
{
	sl_node_config_free(st->config);
	free(st->tenants);
	memset(st, 0, sizeof(*st));
}

int node_state_clone(const struct node_state *st, struct node_state *out)
{
	struct node_state copy = {0};
	int ret = sl_node_config_copy(st->config, &copy.config);

	if (ret)
		return ret;
	copy.tenants = calloc(st->n_tenants + 1, sizeof(*copy.tenants));
	if (!copy.tenants) {
		node_state_free(&copy);
		return -ENOMEM;
	}
	if (st->n_tenants)
		memcpy(copy.tenants, st->tenants, st->n_tenants * sizeof(*copy.tenants));
	copy.n_tenants = st->n_tenants;
	copy.cap_tenants = st->n_tenants + 1;
	*out = copy;
	return 0;
}

struct tenant_state *node_state_tenant(const struct node_state *st, const char *name)
{
	for (size_t i = 0; i < st->n_tenants; i++)
		if (!strcmp(st->tenants[i].name, name))
			return &st->tenants[i];
	return NULL;
}

int node_state_add(struct node_state *st, const char *name, struct tenant_state **out)
{
	struct tenant_state *t;

	if (SL_GROW(st->tenants, st->n_tenants, st->cap_tenants))
		return -ENOMEM;
	t = &st->tenants[st->n_tenants++];
	memset(t, 0, sizeof(*t));
	snprintf(t->name, sizeof(t->name), "%s", name);
	t->active = true;
	t->slot = UINT32_MAX; /* none yet */
	*out = t;
	return 0;
}

void node_state_del(struct node_state *st, const char *name)
{
	struct tenant_state *t = node_state_tenant(st, name);

	if (t)
		*t = st->tenants[--st->n_tenants];
}

/* ---- As JSON ---------------------------------------------------------------------------------*/

static json_object *tenant_json(const struct tenant_state *t)
{
	json_object *o = json_object_new_object();

	json_object_object_add(o, "name", json_object_new_string(t->name));
	json_object_object_add(o, "slot", json_object_new_int64(t->slot));
	json_object_object_add(o, "head", json_object_new_int64(t->head));
	json_object_object_add(o, "gen", json_object_new_int64(t->gen));
	json_object_object_add(o, "prev", json_object_new_int64(t->prev));
	json_object_object_add(o, "last", json_object_new_int64(t->last));
	json_object_object_add(o, "active", json_object_new_boolean(t->active));
	json_object_object_add(o, "thread", json_object_new_boolean(t->thread));
	json_object_object_add(o, "prev_thread", json_object_new_boolean(t->prev_thread));
	if (t->budget_set)
		json_object_object_add(o, "budget_set", sl_budget_keys_json(t->budget_set));
	return o;
}

json_object *node_state_json(const struct node_state *st)
{
	json_object *o = json_object_new_object(), *a = json_object_new_array();

	json_object_object_add(o, "version", json_object_new_int(STATE_VERSION));
	json_object_object_add(o, "config", sl_node_config_json(st->config));
	for (size_t i = 0; i < st->n_tenants; i++)
		json_object_array_add(a, tenant_json(&st->tenants[i]));
	json_object_object_add(o, "tenants", a);
	return o;
}

static int64_t number(json_object *o, const char *key)
{
	json_object *v;

	return json_object_object_get_ex(o, key, &v) ? json_object_get_int64(v) : 0;
}

static int tenant_from_json(json_object *o, struct node_state *st)
{
	struct tenant_state *t;
	json_object *v;
	int ret;

	if (!json_object_object_get_ex(o, "name", &v))
		return -EBADMSG;
	ret = node_state_add(st, json_object_get_string(v), &t);
	if (ret)
		return ret;
	t->slot = (uint32_t)number(o, "slot");
	t->head = (uint32_t)number(o, "head");
	t->gen = (uint32_t)number(o, "gen");
	t->prev = (uint32_t)number(o, "prev");
	t->last = (uint32_t)number(o, "last");
	t->active = number(o, "active") != 0;
	t->thread = number(o, "thread") != 0;
	t->prev_thread = number(o, "prev_thread") != 0;
	if (json_object_object_get_ex(o, "budget_set", &v) &&
	    json_object_is_type(v, json_type_array))
		t->budget_set = sl_budget_keys_from_json(v);
	return t->slot < SL_MAX_TENANTS ? 0 : -EBADMSG;
}

static int state_from_json(json_object *o, struct sl_diags *d, struct node_state *st)
{
	json_object *config, *a;
	const char *text;
	size_t len = 0;
	int ret;

	memset(st, 0, sizeof(*st));
	if (number(o, "version") != STATE_VERSION ||
	    !json_object_object_get_ex(o, "config", &config) ||
	    !json_object_object_get_ex(o, "tenants", &a))
		return -EBADMSG;
	text = json_object_to_json_string_length(config, PLAIN, &len);
	ret = text ? sl_node_config_parse(text, len, "state", "", d, &st->config) : -ENOMEM;
	for (size_t i = 0; !ret && i < json_object_array_length(a); i++)
		ret = tenant_from_json(json_object_array_get_idx(a, i), st);
	if (ret)
		node_state_free(st);
	return ret;
}

/* ---- On disk ---------------------------------------------------------------------------------*/

static int sync_dir(const char *path)
{
	_free_ char *dir = strdup(path);
	char *slash = dir ? strrchr(dir, '/') : NULL;
	_close_ int fd = -1;

	if (!slash)
		return -ENOMEM;
	*slash = 0;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 || fsync(fd) ? -errno : 0;
}

int node_file_write(const char *path, const void *bytes, size_t len)
{
	_free_ char *tmp = NULL;
	_close_ int fd = -1;
	int ret;

	if (asprintf(&tmp, "%s.new", path) < 0)
		return -ENOMEM;
	fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	ret = sl_write_all(fd, bytes, len);
	if (!ret && fsync(fd))
		ret = -errno;
	sl_fault("file beside");
	if (!ret && rename(tmp, path))
		ret = -errno;
	if (ret)
		unlink(tmp);
	ret = ret ? ret : sync_dir(path);
	sl_fault("file in place");
	return ret;
}

int node_state_save(const char *dir, const struct node_state *st)
{
	json_object *o = node_state_json(st);
	_free_ char *path = NULL;
	const char *text = o ? json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY) : NULL;
	int ret = -ENOMEM;

	if (text && asprintf(&path, "%s/state.json", dir) >= 0)
		ret = node_file_write(path, text, strlen(text));
	json_object_put(o);
	return ret;
}

int node_state_load(const char *dir, struct sl_diags *d, struct node_state *st)
{
	_free_ char *path = NULL;
	_free_ void *text = NULL;
	json_object *o;
	size_t len;
	int ret;

	if (asprintf(&path, "%s/state.json", dir) < 0)
		return -ENOMEM;
	ret = sl_file_read(path, SL_BUNDLE_MAX, &text, &len);
	if (ret)
		return ret;
	o = json_tokener_parse(text);
	ret = o ? state_from_json(o, d, st) : -EBADMSG;
	json_object_put(o);
	if (ret)
		sl_diag_hint(sl_error(d, (struct sl_pos){path, 0, 0}, "state",
				      "the state file cannot be read"),
			     "move it away to begin anew; `node apply` sets the node up again");
	return ret;
}

char *node_graph_path(const struct sl_node *n, const char *tenant, uint32_t gen, const char *kind)
{
	char *path;

	return asprintf(&path, "%s/tenants/%s/gen-%u.%s", n->state_dir, tenant, gen, kind) < 0
		       ? NULL
		       : path;
}

void node_graph_prune(const struct sl_node *n, const char *tenant, uint32_t a, uint32_t b)
{
	_free_ char *dir = NULL;
	struct dirent *e;
	DIR *dp;

	if (asprintf(&dir, "%s/tenants/%s", n->state_dir, tenant) < 0)
		return;
	dp = opendir(dir);
	while (dp && (e = readdir(dp))) {
		unsigned int gen;

		if (sscanf(e->d_name, "gen-%u.", &gen) != 1 || (gen && (gen == a || gen == b)))
			continue;
		unlinkat(dirfd(dp), e->d_name, 0);
		sl_fault("old file gone");
	}
	if (dp)
		closedir(dp);
	if (!a && !b)
		rmdir(dir);
}
