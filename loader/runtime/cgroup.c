/* SPDX-License-Identifier: GPL-2.0-only */
/* Control groups of both versions: where they are, and what is in their files. */
#include "loader/runtime/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "loader/mem.h"

int sl_cgroup_write(const char *dir, const char *file, const char *value)
{
	_free_ char *path = NULL;
	_close_ int fd = -1;

	if (asprintf(&path, "%s/%s", dir, file) < 0)
		return -ENOMEM;
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return write(fd, value, strlen(value)) < 0 ? -errno : 0;
}

uint64_t sl_cgroup_number(const char *dir, const char *file, const char *key)
{
	size_t n = key ? strlen(key) : 0;
	_free_ char *path = NULL, *line = NULL;
	_fclose_ FILE *f = NULL;
	uint64_t value;
	size_t cap = 0;

	if (asprintf(&path, "%s/%s", dir, file) < 0)
		return 0;
	f = fopen(path, "re");
	while (f && getline(&line, &cap, f) > 0)
		if ((!key || (!strncmp(line, key, n) && line[n] == ' ')) &&
		    sscanf(line + n, "%" SCNu64, &value) == 1)
			return value;
	return 0;
}

bool sl_cgroup_word(const char *list, const char *word, const char *sep)
{
	size_t n = strlen(word);

	while (*list) {
		size_t len = strcspn(list, sep);

		if (len == n && !strncmp(list, word, n))
			return true;
		list += len + (list[len] != 0);
	}
	return false;
}

char *sl_cgroup_mount(const char *controller, bool *v2)
{
	_fclose_ FILE *f = fopen("/proc/self/mountinfo", "re");
	_free_ char *line = NULL, *unified = NULL;
	size_t cap = 0;

	while (f && getline(&line, &cap, f) > 0) {
		char at[4096], type[32], options[512];
		char *dash = strstr(line, " - ");

		if (!dash || sscanf(line, "%*s %*s %*s %*s %4095s", at) != 1 ||
		    sscanf(dash, " - %31s %*s %511s", type, options) != 2)
			continue;
		if (!strcmp(type, "cgroup2") && !unified)
			unified = strdup(at);
		if (!strcmp(type, "cgroup") && sl_cgroup_word(options, controller, ",")) {
			*v2 = false;
			return strdup(at);
		}
	}
	*v2 = true;
	return TAKE_PTR(unified);
}

bool sl_cgroup_delegates(const char *dir, const char *controller)
{
	_free_ char *path = NULL;
	_fclose_ FILE *f = NULL;
	char list[256] = "";

	if (asprintf(&path, "%s/cgroup.subtree_control", dir) < 0)
		return false;
	f = fopen(path, "re");
	if (!f || !fgets(list, sizeof(list), f))
		return false;
	return sl_cgroup_word(list, controller, " \n");
}
