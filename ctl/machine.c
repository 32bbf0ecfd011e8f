// SPDX-License-Identifier: GPL-2.0-only
/* The machine that figures were measured on. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ctl/bench.h"
#include "loader/mem.h"

extern char **environ;

static struct json_object *text_of(const char *s)
{
	size_t n = strcspn(s, "\n");

	return json_object_new_string_len(s, (int)n);
}

static struct json_object *cpu_model(void)
{
	_fclose_ FILE *f = fopen("/proc/cpuinfo", "re");
	char line[256];

	while (f && fgets(line, sizeof(line), f)) {
		const char *colon = strchr(line, ':');

		if (colon && (!strncmp(line, "model name", 10) || !strncmp(line, "CPU part", 8)))
			return text_of(colon + 1 + strspn(colon + 1, " "));
	}
	return json_object_new_string("unknown");
}

/* The first line that `clang --version` prints. */
static struct json_object *clang_version(void)
{
	static char program[] = "clang", option[] = "--version";
	char *env = getenv("SLUICE_CLANG");
	char *argv[] = {env && *env ? env : program, option, NULL};
	posix_spawn_file_actions_t actions;
	char line[256] = "";
	int fds[2], status;
	pid_t pid;
	ssize_t n;

	if (pipe2(fds, O_CLOEXEC))
		return NULL;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fds[1], STDOUT_FILENO);
	if (posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ))
		pid = -1;
	posix_spawn_file_actions_destroy(&actions);
	close(fds[1]);
	n = pid < 0 ? -1 : read(fds[0], line, sizeof(line) - 1);
	close(fds[0]);
	if (pid > 0)
		waitpid(pid, &status, 0);
	return n > 0 ? text_of(line) : json_object_new_string("not found");
}

/* Those the kernel has in force: "name: how" of each. */
static struct json_object *mitigations(void)
{
	static const char dir[] = "/sys/devices/system/cpu/vulnerabilities";
	struct json_object *a = json_object_new_array();
	struct dirent **list = NULL;
	int n = scandir(dir, &list, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		_free_ char *path = NULL, *text = NULL;
		char line[256];
		FILE *f = NULL;

		if (list[i]->d_name[0] != '.' &&
		    asprintf(&path, "%s/%s", dir, list[i]->d_name) >= 0)
			f = fopen(path, "re");
		if (f && fgets(line, sizeof(line), f) && !strncmp(line, "Mitigation: ", 12) &&
		    asprintf(&text, "%s: %s", list[i]->d_name, line + 12) >= 0)
			json_object_array_add(a, text_of(text));
		if (f)
			fclose(f);
		free(list[i]);
	}
	free(list);
	return a;
}

struct json_object *ctl_machine_json(void)
{
	struct json_object *o = json_object_new_object();
	struct utsname u;

	json_object_object_add(o, "cpu", cpu_model());
	json_object_object_add(o, "cpus", json_object_new_int64(sysconf(_SC_NPROCESSORS_ONLN)));
	if (!uname(&u))
		json_object_object_add(o, "kernel", json_object_new_string(u.release));
	json_object_object_add(o, "clang", clang_version());
	json_object_object_add(o, "mitigations", mitigations());
	return o;
}
