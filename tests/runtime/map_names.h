/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The maps there are on this machine, by id and name, without opening one. Opening a program array
 * by its id between the moment its last user went and the kernel's work that empties it makes the
 * kernel (6.18) queue that work twice and lose count of a reference: the array, empty, stays for
 * good. The array may be one of another test that runs at the same time.
 */
#ifndef SL_TESTS_RUNTIME_MAP_NAMES_H
#define SL_TESTS_RUNTIME_MAP_NAMES_H

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

struct map_name {
	uint32_t id;
	char name[16];
};

struct map_names {
	struct bpf_object *object;
	struct bpf_link *link;
};

/* 0 or -1. */
static int map_names_open(struct map_names *m)
{
	m->object = bpf_object__open_file("build/tests/runtime/map_names.bpf.o", NULL);
	if (!m->object || bpf_object__load(m->object))
		return -1;
	m->link = bpf_program__attach_iter(bpf_object__next_program(m->object, NULL), NULL);
	return m->link ? 0 : -1;
}

static void map_names_close(struct map_names *m)
{
	bpf_link__destroy(m->link);
	bpf_object__close(m->object);
}

/* Calls `fn` for each map. 0 or -1. */
static int map_names_each(const struct map_names *m, void (*fn)(void *arg, const struct map_name *),
			  void *arg)
{
	int fd = bpf_iter_create(bpf_link__fd(m->link));
	struct map_name rows[64];
	size_t have = 0;
	ssize_t n = -1;

	while (fd >= 0 && (n = read(fd, (char *)rows + have, sizeof(rows) - have)) > 0) {
		size_t whole;

		have += (size_t)n;
		whole = have / sizeof(rows[0]);
		for (size_t i = 0; i < whole; i++)
			fn(arg, &rows[i]);
		have -= whole * sizeof(rows[0]);
		memmove(rows, &rows[whole], have);
	}
	if (fd >= 0)
		close(fd);
	return n == 0 ? 0 : -1;
}

#endif
