/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* StoreData: write bytes into packets. */
#ifndef SL_ELEMENT_STORE_DATA_H
#define SL_ELEMENT_STORE_DATA_H

#include "verdict.h"

#define STORE_DATA_MAX 256

struct store_data_conf {
	__u32 offset;
	__u32 length; /* of data */
	__u8 data[STORE_DATA_MAX];
};

sl_inline __u32 store_data(struct sl_pkt *p, const struct store_data_conf *c)
{
	__u8 *at = c->length ? sl_at(p, c->offset, c->length) : NULL;
	__u32 i;

	if (sl_likely(at)) {
		for (i = 0; i < c->length; i++)
			at[i] = c->data[i];
		return SL_OUT(0);
	}
	/* As much as fits. */
	for (i = 0; i < c->length; i++) {
		at = sl_at(p, c->offset + i, 1);
		if (!at)
			break;
		*at = c->data[i];
	}
	return SL_OUT(0);
}

#endif
