// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bare XDP redirect, to compare with: whatever comes in on one device leaves by another.
 *   xdpredirect IN OUT
 * Prints "ready" and goes on until it is told to end. Needs root.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The head of storm.bpf.c's configuration; all else is zero, and there is no more of it. */
struct config {
	uint32_t ifindex;
	uint8_t zero[508];
};

static void die(const char *what)
{
	fprintf(stderr, "xdpredirect: %s: %s\n", what, strerror(errno));
	exit(1);
}

int main(int argc, char **argv)
{
	struct config c = {0};
	struct bpf_program *prog;
	struct bpf_object *obj;
	uint32_t zero = 0;
	char path[4096];
	char *slash;
	ssize_t n;
	int in;

	if (argc != 3) {
		fprintf(stderr, "usage: xdpredirect IN OUT\n");
		return 2;
	}
	n = readlink("/proc/self/exe", path, sizeof(path) - 32);
	path[n > 0 ? n : 0] = 0;
	slash = strrchr(path, '/');
	if (!slash)
		die("self");
	strcpy(slash, "/../storm.bpf.o");
	in = (int)if_nametoindex(argv[1]);
	c.ifindex = if_nametoindex(argv[2]);
	if (!in || !c.ifindex)
		die("device");
	obj = bpf_object__open_file(path, NULL);
	if (!obj || bpf_object__load(obj))
		die(path);
	prog = bpf_object__find_program_by_name(obj, "storm_redirect");
	if (!prog ||
	    bpf_map_update_elem(bpf_object__find_map_fd_by_name(obj, "config"), &zero, &c, BPF_ANY))
		die("program");
	if (bpf_link_create(bpf_program__fd(prog), in, BPF_XDP, NULL) < 0)
		die(argv[1]);
	puts("ready");
	fflush(stdout);
	/* The link, and so the program, ends with this process. */
	for (;;)
		pause();
}
