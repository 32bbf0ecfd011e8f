/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* StaticIPLookup: its function is generated for each instance (loader/config/routes_code.c). */
#ifndef SL_ELEMENT_STATIC_IP_LOOKUP_H
#define SL_ELEMENT_STATIC_IP_LOOKUP_H

#include "../decide.h"
#include "ip_lookup.h"

#endif
