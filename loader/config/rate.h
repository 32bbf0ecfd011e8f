/* SPDX-License-Identifier: GPL-2.0-only */
/* Rates as handlers print them: fractions down to thousandths, no zeroes behind. */
#ifndef SL_CONFIG_RATE_H
#define SL_CONFIG_RATE_H

#include <stdint.h>
#include <stdio.h>

void sl_thousandths_print(uint64_t n, FILE *out);
/* `amount` in `ns` (not 0), as thousandths a second, rounded; UINT64_MAX if it is more. */
uint64_t sl_thousandths_a_second(uint64_t amount, uint64_t ns);

#endif
