// SPDX-License-Identifier: GPL-2.0-only
/* Handlers of elements whose state counts bad packets, a word for each reason. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "loader/element/element.h"
#include "loader/mem.h"

static int read_words(struct sl_live *l, const struct sl_inst *in, uint64_t **out)
{
	_free_ uint64_t *words = calloc(1, in->class->state_size + 1);
	int ret = words ? l->ops->state(l, in->index, words, in->class->state_size) : -ENOMEM;

	if (!ret)
		*out = TAKE_PTR(words);
	return ret;
}

int sl_h_drops(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
	       const char *args, FILE *out, struct sl_diags *d)
{
	_free_ uint64_t *words = NULL;
	uint64_t sum = 0;
	int ret = read_words(l, in, &words);

	(void)h, (void)args, (void)d;
	for (size_t i = 0; !ret && i < in->class->state_size / sizeof(*words); i++)
		sum += words[i];
	if (!ret)
		fprintf(out, "%" PRIu64, sum);
	return ret;
}

int sl_h_drop_details(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		      const char *args, FILE *out, struct sl_diags *d)
{
	_free_ uint64_t *words = NULL;
	const char *text = h->texts;
	int ret = read_words(l, in, &words);

	(void)args, (void)d;
	for (size_t i = 0; !ret && i < in->class->state_size / sizeof(*words); i++) {
		int len = (int)strcspn(text, "\n");

		fprintf(out, "%" PRIu64 "\t%.*s\n", words[i], len, text);
		text += len + (text[len] == '\n');
	}
	return ret;
}
