/* SPDX-License-Identifier: GPL-2.0-only */
/* The trusted program without budgets: what having them costs is measured against it. */
#define SL_NO_BUDGETS
#include "bpf/port.bpf.c"
