/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The wanted state on disk: state.json has all of it, and is written beside and renamed. A change
 * of one tenant is appended to `changes` instead, as there may be a thousand others: a line a
 * change, its checksum in front. The line is whole or is not there, and that decides. The file
 * belongs to the state file that has the same number, so that a new one makes it void at the moment
 * it is in place.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loader/file.h"
#include "loader/mem.h"
#include "loader/runtime/fault.h"
#include "loader/runtime/node_int.h"

#define PLAIN (JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)
#define SUM_LEN 16 /* digits of a line's checksum; a space follows */
/* Changes are put together when they take as much as the state itself, and this. */
#define CHANGES_LEAST 65536

static char *path_of(const struct node_store *s, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", s->dir, name) < 0 ? NULL : path;
}

/* FNV-1a. */
static uint64_t checksum(const char *text, size_t len)
{
	uint64_t h = 0xcbf29ce484222325ull;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (uint8_t)text[i]) * 0x100000001b3ull;
	return h;
}

/* ---- Files -----------------------------------------------------------------------------------*/

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

/* ---- Saving ----------------------------------------------------------------------------------*/

/* An empty file for changes to the state file in place. */
static int empty_changes(const struct node_store *s)
{
	_free_ char *path = path_of(s, "changes");
	_close_ int fd = -1;

	if (!path)
		return -ENOMEM;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	sl_fault("changes emptied");
	return sync_dir(path);
}

static int save_all(struct node_store *s, const struct node_state *st)
{
	_free_ char *path = path_of(s, "state.json");
	json_object *o = node_state_json(st);
	const char *text = NULL;
	uint64_t number = 0;
	int ret = -ENOMEM;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number) || !number)
		number = s->number + 1;
	if (path && o && !json_object_object_add(o, "number", json_object_new_uint64(number)))
		text = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY);
	if (text)
		ret = node_file_write(path, text, strlen(text));
	if (!ret) {
		/* Where changes cannot be kept apart, all is written each time. */
		s->number = empty_changes(s) ? 0 : number;
		s->len = strlen(text);
		s->changes_len = 0;
	}
	json_object_put(o);
	return ret;
}

/* What is said of one tenant, as a line. */
static char *line_of(const struct node_store *s, const struct node_state *st, const char *whose,
		     size_t *len)
{
	json_object *o = json_object_new_object();
	const struct tenant_state *t = node_state_tenant(st, whose);
	const struct sl_node_tenant *conf = sl_node_config_tenant(st->config, whose);
	const char *text;
	char *line = NULL;
	int n = -1;

	json_object_object_add(o, "number", json_object_new_uint64(s->number));
	json_object_object_add(o, "name", json_object_new_string(whose));
	if (t && conf) {
		json_object_object_add(o, "tenant", node_state_tenant_json(t));
		json_object_object_add(o, "config", sl_node_tenant_json(conf));
	}
	text = json_object_to_json_string_ext(o, PLAIN);
	if (text)
		n = asprintf(&line, "%0*" PRIx64 " %s\n", SUM_LEN, checksum(text, strlen(text)),
			     text);
	json_object_put(o);
	*len = n < 0 ? 0 : (size_t)n;
	return n < 0 ? NULL : line;
}

/* Appends a line behind those that hold, over what a change cut short may have left. */
static int append(struct node_store *s, const char *line, size_t len)
{
	_free_ char *path = path_of(s, "changes");
	_close_ int fd = path ? open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW) : -1;
	off_t end = (off_t)s->changes_len;
	struct stat sb;
	int ret = 0;

	if (!path)
		return -ENOMEM;
	if (fd < 0 || fstat(fd, &sb) || (sb.st_size > end && ftruncate(fd, end)))
		return -errno;
	if (sb.st_size < end)
		return -EBADMSG;
	/* In two parts, so that tests can end it where half of a line is there. */
	ret = sl_write_all(fd, line, len / 2);
	sl_fault("change half written");
	ret = ret ? ret : sl_write_all(fd, line + len / 2, len - len / 2);
	sl_fault("change written");
	if (!ret && fsync(fd))
		ret = -errno;
	sl_fault("change kept");
	if (!ret)
		s->changes_len += len;
	else if (ftruncate(fd, end))
		s->number = 0; /* it may be there: no more lines behind it */
	return ret;
}

int node_store_save(struct node_store *s, const struct node_state *st, const char *whose)
{
	_free_ char *line = NULL;
	size_t len;

	if (!whose || !s->number || s->changes_len >= s->len + CHANGES_LEAST)
		return save_all(s, st);
	line = line_of(s, st, whose, &len);
	if (!line)
		return -ENOMEM;
	return append(s, line, len) ? save_all(s, st) : 0;
}

/* ---- Loading ---------------------------------------------------------------------------------*/

static uint64_t number_of(json_object *o)
{
	json_object *v;

	return json_object_object_get_ex(o, "number", &v) ? json_object_get_uint64(v) : 0;
}

/* Puts what a list says of `name` right; NULL: nothing any more. */
static int replace(json_object *list, const char *name, json_object *item)
{
	size_t n = json_object_array_length(list);
	json_object *v;

	for (size_t i = 0; i < n; i++) {
		json_object *o = json_object_array_get_idx(list, i);

		if (!json_object_object_get_ex(o, "name", &v) ||
		    strcmp(json_object_get_string(v), name) != 0)
			continue;
		return item ? json_object_array_put_idx(list, i, json_object_get(item))
			    : json_object_array_del_idx(list, i, 1);
	}
	return item ? json_object_array_add(list, json_object_get(item)) : 0;
}

/* 1: made; 0: it belongs to another state file; -EBADMSG. */
static int change(json_object *state, uint64_t number, json_object *o)
{
	json_object *config, *name, *confs, *tenants, *conf = NULL, *tenant = NULL;

	if (number_of(o) != number)
		return 0;
	if (!json_object_object_get_ex(o, "name", &name) ||
	    !json_object_object_get_ex(state, "config", &config) ||
	    !json_object_object_get_ex(config, "tenants", &confs) ||
	    !json_object_object_get_ex(state, "tenants", &tenants) ||
	    !json_object_is_type(confs, json_type_array) ||
	    !json_object_is_type(tenants, json_type_array))
		return -EBADMSG;
	json_object_object_get_ex(o, "config", &conf);
	json_object_object_get_ex(o, "tenant", &tenant);
	return replace(confs, json_object_get_string(name), conf) ||
			       replace(tenants, json_object_get_string(name), tenant)
		       ? -EBADMSG
		       : 1;
}

/* A line without its end; NULL if it is not whole. */
static json_object *read_line(const char *line, size_t len)
{
	char digits[SUM_LEN + 1], *end;
	const char *text = line + SUM_LEN + 1;

	if (len <= SUM_LEN + 1 || line[SUM_LEN] != ' ')
		return NULL;
	memcpy(digits, line, SUM_LEN);
	digits[SUM_LEN] = 0;
	if (strtoull(digits, &end, 16) != checksum(text, len - SUM_LEN - 1) || *end)
		return NULL;
	return json_tokener_parse(text);
}

/* Makes the changes to a state file. The last one may have been cut short: nobody was told that it
 * was made. */
static int make_changes(struct node_store *s, json_object *state)
{
	_free_ char *path = path_of(s, "changes");
	_free_ void *bytes = NULL;
	size_t len, at = 0;
	int ret = path ? sl_file_read(path, SL_BUNDLE_MAX, &bytes, &len) : -ENOMEM;

	if (ret == -ENOENT)
		s->number = 0;
	if (ret)
		return ret == -ENOENT ? 0 : ret;
	while (at < len) {
		char *line = (char *)bytes + at, *end = memchr(line, '\n', len - at);
		json_object *o;

		if (end)
			*end = 0;
		o = end ? read_line(line, (size_t)(end - line)) : NULL;
		if (!o)
			return !end || at + (size_t)(end + 1 - line) == len ? 0 : -EBADMSG;
		ret = change(state, s->number, o);
		json_object_put(o);
		if (ret <= 0)
			return ret;
		at += (size_t)(end + 1 - line);
		s->changes_len = at;
	}
	return 0;
}

int node_store_load(struct node_store *s, struct sl_diags *d, struct node_state *st)
{
	_free_ char *path = path_of(s, "state.json");
	_free_ void *text = NULL;
	json_object *o;
	int ret;

	s->number = 0;
	s->changes_len = 0;
	if (!path)
		return -ENOMEM;
	ret = sl_file_read(path, SL_BUNDLE_MAX, &text, &s->len);
	if (ret)
		return ret;
	o = json_tokener_parse(text);
	ret = o ? 0 : -EBADMSG;
	/* That of an older version has no number, and no changes. */
	if (o)
		s->number = number_of(o);
	if (s->number)
		ret = make_changes(s, o);
	ret = ret ? ret : node_state_from_json(o, d, st);
	json_object_put(o);
	if (ret)
		sl_diag_hint(sl_error(d, (struct sl_pos){path, 0, 0}, "state",
				      "the state file, or the changes beside it, cannot be read"),
			     "move both away to begin anew; `node apply` sets the node up again");
	return ret;
}

/* ---- Graphs ----------------------------------------------------------------------------------*/

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
