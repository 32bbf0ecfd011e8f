/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* IPRewriterPatterns: no packets; rewriters use its words (rewrite.h). */
#ifndef SL_ELEMENT_IP_REWRITER_PATTERNS_H
#define SL_ELEMENT_IP_REWRITER_PATTERNS_H

#include "rewrite.h"

#define ip_rewriter_patterns_rw rewrite_list_rw

#endif
