/* SPDX-License-Identifier: GPL-2.0-only */
/* CPU time that a flood from inside the kernel takes, for the tools that make one. */
#ifndef SL_SELFTESTS_FLOOD_TIME_H
#define SL_SELFTESTS_FLOOD_TIME_H

#include <stdio.h>
#include <string.h>
#include <time.h>

/* Of the kernel's thread that goes on with what packets cause on a CPU, when it takes long: its
 * statistics, or NULL. */
static inline FILE *helper_thread(int cpu)
{
	char path[64], name[32], want[32];

	snprintf(want, sizeof(want), "ksoftirqd/%d\n", cpu);
	for (int pid = 2; pid < 4096; pid++) {
		FILE *f;

		snprintf(path, sizeof(path), "/proc/%d/comm", pid);
		f = fopen(path, "r");
		if (!f)
			continue;
		name[0] = 0;
		if (!fgets(name, sizeof(name), f))
			name[0] = 0;
		fclose(f);
		if (strcmp(name, want))
			continue;
		snprintf(path, sizeof(path), "/proc/%d/schedstat", pid);
		return fopen(path, "r");
	}
	return NULL;
}

/* CPU time that the flood took: ours, and of that thread. Others may want the CPU, too. */
static inline double cpu_seconds(int cpu)
{
	unsigned long long ns = 0;
	struct timespec ts;
	FILE *f = helper_thread(cpu);

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	if (f) {
		if (fscanf(f, "%llu", &ns) != 1)
			ns = 0;
		fclose(f);
	}
	return (double)ts.tv_sec + ((double)ts.tv_nsec + (double)ns) / 1e9;
}

#endif
