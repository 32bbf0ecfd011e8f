/* SPDX-License-Identifier: GPL-2.0-only */
/* BPF programs and maps of the tools that make floods. They end with a message when one is not
 * there (die(), the tool's own, declared before this is included). */
#ifndef SL_SELFTESTS_FLOOD_OBJECT_H
#define SL_SELFTESTS_FLOOD_OBJECT_H

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/libbpf.h>

/* Loads NAME.bpf.o, which lies in the folder above the tool's. */
static inline struct bpf_object *load(const char *name)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 64);
	struct bpf_object *obj;
	char *slash;

	path[n > 0 ? n : 0] = 0;
	slash = strrchr(path, '/');
	if (!slash)
		die("self");
	snprintf(slash, 64, "/../%.32s.bpf.o", name);
	obj = bpf_object__open_file(path, NULL);
	if (!obj || bpf_object__load(obj))
		die(path);
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
