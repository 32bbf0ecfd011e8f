/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* IPAddrRewriter: a rewriter (rewrite.h) whose function is generated for each instance
 * (loader/config/rewrite_emit.c). */
#ifndef SL_ELEMENT_IP_ADDR_REWRITER_H
#define SL_ELEMENT_IP_ADDR_REWRITER_H

#include "rewrite_new.h"

#define ip_addr_rewriter_conf rewrite_conf
#define ip_addr_rewriter_state rewrite_state
#define ip_addr_rewriter_rw rewrite_rw

#endif
