/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* AggregateFilter: its function is generated for each instance. */
#ifndef SL_ELEMENT_AGGREGATE_FILTER_H
#define SL_ELEMENT_AGGREGATE_FILTER_H

#include "verdict.h"

#endif
