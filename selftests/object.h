/* SPDX-License-Identifier: GPL-2.0-only */
/* BPF programs and maps of tools. They end with a message when one is not there. */
#ifndef SL_SELFTESTS_OBJECT_H
#define SL_SELFTESTS_OBJECT_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/libbpf.h>

static inline void __attribute__((noreturn)) die(const char *what)
{
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, strerror(errno));
	exit(1);
}

/* Loads NAME.bpf.o, which lies in the folder above the tool's or where `name` says from there.
 * NULL: there is none. */
static inline struct bpf_object *load_if_there(const char *name)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 64);
	struct bpf_object *obj;
	char *slash;

	path[n > 0 ? n : 0] = 0;
	slash = strrchr(path, '/');
	if (!slash)
		die("self");
	snprintf(slash, 64, "/../%.48s.bpf.o", name);
	if (access(path, R_OK))
		return NULL;
	obj = bpf_object__open_file(path, NULL);
	if (!obj || bpf_object__load(obj))
		die(path);
	return obj;
}

static inline struct bpf_object *load(const char *name)
{
	struct bpf_object *obj = load_if_there(name);

	if (!obj)
		die(name);
	return obj;
}

static inline int prog_fd(struct bpf_object *obj, const char *name)
{
	struct bpf_program *p = bpf_object__find_program_by_name(obj, name);

	if (!p)
		die(name);
	return bpf_program__fd(p);
}

static inline int map_fd(struct bpf_object *obj, const char *name)
{
	int fd = bpf_object__find_map_fd_by_name(obj, name);

	if (fd < 0)
		die(name);
	return fd;
}

#endif
