/* SPDX-License-Identifier: GPL-2.0-only */
/* CAPACITY: how large an element's table is. Click's tables grow; these do not. */
#ifndef SL_CONFIG_CAPACITY_H
#define SL_CONFIG_CAPACITY_H

#include "loader/element/element.h"

#define SL_CAPACITY_DEFAULT "8192"
/* Handlers that look at a whole table see so many entries. */
#define SL_CAPACITY_MAX 65536
/* The kernel's tables that forget the longest unused work with batches of 128 entries a CPU. */
#define SL_CAPACITY_MIN 1024

#define SL_PARAM_CAPACITY(type, text)                                                              \
	SL_PARAM("CAPACITY", U32, 0, SL_CAPACITY_DEFAULT, type, capacity, text)

/* Holds CAPACITY, as it was given, against the limits. 0 or -EINVAL (reported). */
int sl_capacity_check(struct sl_conf *cf, uint32_t capacity);

#endif
