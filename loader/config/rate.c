// SPDX-License-Identifier: GPL-2.0-only
/* Rates as handlers print them. */
#include <inttypes.h>

#include "loader/config/rate.h"

void sl_thousandths_print(uint64_t n, FILE *out)
{
	unsigned int rest = (unsigned int)(n % 1000), digits = 3;

	fprintf(out, "%" PRIu64, n / 1000);
	if (!rest)
		return;
	for (; rest % 10 == 0; rest /= 10)
		digits--;
	fprintf(out, ".%0*u", (int)digits, rest);
}

uint64_t sl_thousandths_a_second(uint64_t amount, uint64_t ns)
{
	unsigned __int128 n = ((unsigned __int128)amount * 1000 * 1000000000 + ns / 2) / ns;

	return n > UINT64_MAX ? UINT64_MAX : (uint64_t)n;
}
