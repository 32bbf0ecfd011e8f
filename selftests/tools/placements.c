/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Into how many pieces tenants are cut that come and go at random, by best fit and by first fit.
 *
 *   placements [events=10000]
 *
 * CSV: CPUs, load in thousandths, the dearest tenant in thousandths of a CPU, seed, arrivals,
 * departures, the fewest pieces there could be, pieces and tenants cut needlessly by each rule.
 */
#include <stdio.h>

#include "selftests/tools/placements.h"

static int one(size_t cpus, uint32_t load, uint32_t most, unsigned int events, uint64_t seed)
{
	struct placements w;
	int ret = placements_run(&w, cpus, load, most, events, seed);

	if (!ret)
		printf("%zu,%u,%u,%llu,%llu,%llu,%llu,%llu,%llu,%llu,%llu\n", cpus, load, most,
		       (unsigned long long)seed, (unsigned long long)w.arrivals,
		       (unsigned long long)w.departures, (unsigned long long)w.fewest,
		       (unsigned long long)w.best.pieces, (unsigned long long)w.first.pieces,
		       (unsigned long long)w.best.split, (unsigned long long)w.first.split);
	placements_free(&w);
	return ret;
}

int main(int argc, char **argv)
{
	static const uint32_t loads[] = {600, 800, 900, 950};
	static const uint32_t most[] = {500, 1000, 2000};
	static const size_t cpus[] = {2, 8, 64};
	unsigned long events = argc > 1 ? strtoul(argv[1], NULL, 10) : 10000;
	int ret = 0;

	if (events < 1 || events > 1000000) {
		fprintf(stderr, "placements: 1 to 1000000 events\n");
		return 2;
	}
	puts("cpus,load_milli,most_milli,seed,arrivals,departures,fewest_pieces,best_fit,"
	     "first_fit,best_fit_split,first_fit_split");
	for (size_t c = 0; c < 3; c++)
		for (size_t l = 0; l < 4; l++)
			for (size_t m = 0; m < 3; m++)
				for (uint64_t seed = 1; seed <= 5 && !ret; seed++)
					ret = one(cpus[c], loads[l], most[m], (unsigned int)events,
						  seed);
	return ret ? 1 : 0;
}
