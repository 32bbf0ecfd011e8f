/* SPDX-License-Identifier: GPL-2.0-only */
/* Writing, reading and removing the pins of a generation. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "loader/mem.h"
#include "loader/runtime/fault.h"
#include "loader/runtime/tenant_pins.h"

char *sl_generation_dir(const char *root, const char *name, uint32_t number)
{
	char *dir;

	return asprintf(&dir, "%s/%s/gen-%u", root, name, number) < 0 ? NULL : dir;
}

static int pin(int fd, const char *dir, const char *what, int index)
{
	_free_ char *path = NULL;
	int ret;

	if (fd < 0)
		return 0;
	ret = index < 0 ? asprintf(&path, "%s/%s", dir, what)
			: asprintf(&path, "%s/%s%d", dir, what, index);
	if (ret < 0)
		return -ENOMEM;
	if (bpf_obj_pin(fd, path))
		return -errno;
	sl_fault("pin");
	return 0;
}

static int pin_all(const struct sl_loaded *l, const char *dir)
{
	int ret = pin(l->scratch, dir, "scratch", -1);

	ret = ret ? ret : pin(l->chain, dir, "chain", -1);
	ret = ret ? ret : pin(l->data, dir, "data", -1);
	ret = ret ? ret : pin(l->rodata, dir, "rodata", -1);
	ret = ret ? ret : pin(l->events, dir, "events", -1);
	ret = ret ? ret : pin(l->shown, dir, "counters", -1);
	for (uint32_t i = 0; !ret && i < l->n_pages; i++)
		ret = pin(l->pages[i], dir, "page", (int)i);
	for (uint32_t i = 0; !ret && i < l->n_tables; i++)
		ret = pin(l->tables[i], dir, "table", (int)i);
	for (uint32_t i = 0; !ret && i < l->n_progs; i++)
		ret = pin(l->progs[i], dir, "prog", (int)i);
	return ret;
}

int sl_pins_write(const struct sl_loaded *l, const char *root, const char *name, const char *dir)
{
	_free_ char *parent = NULL;
	int ret;

	if (asprintf(&parent, "%s/%s", root, name) < 0)
		return -ENOMEM;
	if (mkdir(parent, 0700) && errno != EEXIST)
		return -errno;
	sl_fault("tenant directory");
	/* Left by a change that was cut short. */
	ret = sl_pins_remove(dir);
	if (ret)
		return ret;
	if (mkdir(dir, 0700))
		return -errno;
	sl_fault("generation directory");
	ret = pin_all(l, dir);
	if (ret)
		sl_pins_remove(dir);
	return ret;
}

static int get(const char *dir, const char *what, int index)
{
	_free_ char *path = NULL;
	int ret = index < 0 ? asprintf(&path, "%s/%s", dir, what)
			    : asprintf(&path, "%s/%s%d", dir, what, index);
	int fd;

	if (ret < 0)
		return -ENOMEM;
	fd = bpf_obj_get(path);
	return fd < 0 ? -errno : fd;
}

static int get_all(const char *dir, const char *what, uint32_t n, int **fds, uint32_t *got)
{
	*fds = malloc((n + 1) * sizeof(**fds));
	if (!*fds)
		return -ENOMEM;
	for (; *got < n; (*got)++) {
		int fd = get(dir, what, (int)*got);

		if (fd < 0)
			return fd;
		(*fds)[*got] = fd;
	}
	return 0;
}

int sl_pins_read(const struct sl_compiled *c, const char *dir, struct sl_loaded **out)
{
	SL_CLEANUP(sl_loaded_freep) struct sl_loaded *l = NULL;
	int ret;

	if (sl_loaded_new(c, &l))
		return -ENOMEM;
	if ((l->scratch = get(dir, "scratch", -1)) < 0)
		return l->scratch;
	if ((l->chain = get(dir, "chain", -1)) < 0)
		return l->chain;
	if ((l->data = get(dir, "data", -1)) < 0)
		return l->data;
	if (c->bundle->rodata_len && (l->rodata = get(dir, "rodata", -1)) < 0)
		return l->rodata;
	if (c->layout->events && (l->events = get(dir, "events", -1)) < 0)
		return l->events;
	if ((l->shown = get(dir, "counters", -1)) < 0)
		return l->shown;
	ret = get_all(dir, "page", c->layout->n_pages, &l->pages, &l->n_pages);
	ret = ret ? ret : get_all(dir, "table", c->layout->n_tables, &l->tables, &l->n_tables);
	ret = ret ? ret : get_all(dir, "prog", c->bundle->n_progs, &l->progs, &l->n_progs);
	ret = ret ? ret : sl_loaded_words(l, c);
	if (ret)
		return ret;
	*out = TAKE_PTR(l);
	return 0;
}

static int replace_pin(int fd, const char *dir, const char *file)
{
	_free_ char *path = NULL, *tmp = NULL;

	if (asprintf(&path, "%s/%s", dir, file) < 0 || asprintf(&tmp, "%s/new-%s", dir, file) < 0)
		return -ENOMEM;
	if (unlink(tmp) && errno != ENOENT)
		return -errno;
	if (bpf_obj_pin(fd, tmp))
		return -errno;
	sl_fault("counters beside");
	if (rename(tmp, path)) {
		int err = errno;

		unlink(tmp);
		return -err;
	}
	sl_fault("counters in place");
	return 0;
}

int sl_pins_counters(const struct sl_loaded *l, const char *root, const char *name)
{
	_free_ char *dir = NULL;

	if (asprintf(&dir, "%s/%s", root, name) < 0)
		return -ENOMEM;
	return replace_pin(l->shown, dir, "counters");
}

/*
 * The kernel empties a chain when its last user goes. That may be anybody who lists the machine's
 * maps and so opens each: until then the programs would stay, and all they hold.
 */
static void empty_chain(const char *dir)
{
	struct bpf_map_info info = {0};
	uint32_t len = sizeof(info);
	_close_ int fd = get(dir, "chain", -1);

	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len))
		return;
	for (uint32_t k = 0; k < info.max_entries; k++)
		bpf_map_delete_elem(fd, &k);
}

/* A generation that lacks one pin is not taken up again, however far removing it got: what it had
 * counted is not carried over twice, and it does not run with an empty chain. */
static int break_up(const char *dir)
{
	_free_ char *path = NULL;

	if (asprintf(&path, "%s/scratch", dir) < 0)
		return -ENOMEM;
	if (unlink(path))
		return errno == ENOENT || errno == EISDIR || errno == EPERM ? 0 : -errno;
	sl_fault("generation broken up");
	return 0;
}

int sl_pins_remove(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	int ret;

	if (!d)
		return errno == ENOENT ? 0 : -errno;
	ret = break_up(dir);
	if (!ret)
		empty_chain(dir);
	while ((e = readdir(d))) {
		_free_ char *path = NULL;

		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		if (asprintf(&path, "%s/%s", dir, e->d_name) < 0)
			ret = -ENOMEM;
		else if (unlink(path) && errno != ENOENT)
			ret = errno == EISDIR || errno == EPERM ? sl_pins_remove(path) : -errno;
		sl_fault("unpin");
	}
	closedir(d);
	if (!ret && rmdir(dir) && errno != ENOENT)
		ret = -errno;
	sl_fault("directory gone");
	return ret;
}
