/* SPDX-License-Identifier: GPL-2.0-only */
/* Layouts of what is known of neighbours (bpf/neigh.h), of ARP and of neighbour discovery. */
#ifndef SL_CONFIG_NEIGH_H
#define SL_CONFIG_NEIGH_H

#include "bpf/neigh.h"
#include "loader/element/element.h"

extern const struct sl_field sl_neigh_known_fields[], sl_neigh_wait_fields[];

#endif
