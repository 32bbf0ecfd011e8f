/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* SourceIPHashMapper: no packets; rewriters use its words and its hash (rewrite_new.h). */
#ifndef SL_ELEMENT_SOURCE_IP_HASH_MAPPER_H
#define SL_ELEMENT_SOURCE_IP_HASH_MAPPER_H

#include "rewrite_new.h"

#define source_ip_hash_mapper_rw rewrite_list_rw

#endif
