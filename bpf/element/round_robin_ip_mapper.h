/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* RoundRobinIPMapper: no packets; rewriters use its words (rewrite.h). */
#ifndef SL_ELEMENT_ROUND_ROBIN_IP_MAPPER_H
#define SL_ELEMENT_ROUND_ROBIN_IP_MAPPER_H

#include "rewrite.h"

#define round_robin_ip_mapper_rw rewrite_list_rw

#endif
