// SPDX-License-Identifier: GPL-2.0-only
/* What elements that number flows share. */
#include "loader/config/flow_number.h"

/* Which of the element's tables has the words. */
#define WORDS 1

const struct sl_field sl_flow_fields[] = {
	SL_FIELD(struct sl_flow, last_ns, U64), SL_FIELD(struct sl_flow, number, U32),
	SL_FIELD(struct sl_flow, epoch, U32),	SL_FIELD(struct sl_flow, over, U32),
	SL_FIELD(struct sl_flow, reverse, U32), SL_FIELDS_END,
};

struct word {
	uint64_t value;
};

const struct sl_field sl_flow_word_fields[] = {
	SL_FIELD(struct word, value, U64),
	SL_FIELDS_END,
};

/* The next packet of each flow finds an entry of another epoch, and numbers it anew. */
static int clear(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		 const char *value, struct sl_diags *d)
{
	uint32_t key = SL_FLOW_EPOCH;
	struct word epoch;
	int ret = l->ops->table_get(l, in->index, WORDS, &key, &epoch);

	(void)h, (void)value, (void)d;
	epoch.value = (uint32_t)(epoch.value + 1);
	return ret ? ret : l->ops->table_set(l, in->index, WORDS, &key, &epoch);
}

const struct sl_handler sl_flow_handlers[] = {
	{.name = "clear",
	 .flags = SL_H_WRITE | SL_H_BUTTON,
	 .help = "forgets all flows: the next packet of each gets a new number",
	 .write = clear},
	SL_HANDLERS_END,
};
