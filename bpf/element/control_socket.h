/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* ControlSocket: no packets; a word the daemon looks at. */
#ifndef SL_ELEMENT_CONTROL_SOCKET_H
#define SL_ELEMENT_CONTROL_SOCKET_H

#include "bpf/element/verdict.h"

struct control_socket_rw {
	__u32 readonly; /* clients may only read */
};

#endif
