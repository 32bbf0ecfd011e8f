/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* UDPRewriter: a rewriter (rewrite.h) whose function is generated for each instance
 * (loader/config/rewrite_emit.c). */
#ifndef SL_ELEMENT_UDP_REWRITER_H
#define SL_ELEMENT_UDP_REWRITER_H

#include "rewrite_new.h"

#define udp_rewriter_conf rewrite_conf
#define udp_rewriter_state rewrite_state
#define udp_rewriter_rw rewrite_rw

#endif
