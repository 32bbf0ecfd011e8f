/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* IPClassifier: its function is generated for each instance (loader/config/decision_emit.c). */
#ifndef SL_ELEMENT_IP_CLASSIFIER_H
#define SL_ELEMENT_IP_CLASSIFIER_H

#include "../decide.h"

#endif
