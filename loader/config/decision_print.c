// SPDX-License-Identifier: GPL-2.0-only
/* Decision graphs for people: the text of the `program` handlers. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "loader/config/decision.h"
#include "loader/mem.h"

/* Fields that have a name. */
static const struct {
	uint8_t base, shift, width;
	uint32_t word;
	const char *name;
} names[] = {
	{SL_DB_NET, 28, 4, 0, "ip vers"},	   {SL_DB_NET, 24, 4, 0, "ip hl"},
	{SL_DB_NET, 16, 8, 0, "ip tos"},	   {SL_DB_NET, 18, 6, 0, "ip dscp"},
	{SL_DB_NET, 16, 2, 0, "ip ecn"},	   {SL_DB_NET, 0, 16, 0, "ip len"},
	{SL_DB_NET, 16, 16, 4, "ip id"},	   {SL_DB_NET, 0, 13, 4, "ip fragment offset"},
	{SL_DB_NET, 0, 14, 4, "ip fragment bits"}, {SL_DB_NET, 24, 8, 8, "ip ttl"},
	{SL_DB_NET, 16, 8, 8, "ip proto"},	   {SL_DB_NET, 0, 32, 12, "ip src"},
	{SL_DB_NET, 0, 32, 16, "ip dst"},	   {SL_DB_TRANSPORT, 16, 16, 0, "src port"},
	{SL_DB_TRANSPORT, 0, 16, 0, "dst port"},   {SL_DB_DST, 0, 32, 0, "destination"},
};
static const char *const bases[SL_DB_MAX] = {"", "ether", "ip", "transp", "destination"};
static const char *const lengths[SL_DB_MAX] = {
	"length",
	"bytes from the Ethernet header on",
	"bytes from the IP header on",
	"bytes behind the IP header",
	"",
};

void sl_dec_field_print(const struct sl_dec_field *f, FILE *out)
{
	uint32_t first = f->word + (32u - f->shift - f->width) / 8,
		 end = f->word + 4 - f->shift / 8;
	unsigned int shift = f->shift % 8;

	if (f->len) {
		fputs(lengths[f->base], out);
		return;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].base == f->base && names[i].word == f->word &&
		    names[i].shift == f->shift && names[i].width == f->width) {
			fputs(names[i].name, out);
			return;
		}
	}
	fprintf(out, "%s[%" PRIu32, bases[f->base], first);
	if (end - first > 1)
		fprintf(out, ":%" PRIu32, end - first);
	fputc(']', out);
	if (f->width != 8 * (end - first))
		fprintf(out, " & 0x%" PRIx32, sl_dec_field_max(f) << shift);
}

/* A value as it would be written in a pattern. */
static void print_value(const struct sl_dec_field *f, uint32_t v, FILE *out)
{
	bool address =
		f->base == SL_DB_DST || (f->base == SL_DB_NET && f->word >= 12 && f->width == 32);
	uint32_t end = f->word + 4 - f->shift / 8;
	uint32_t first = f->word + (32u - f->shift - f->width) / 8;

	if (f->len || f->base == SL_DB_NET || f->base == SL_DB_TRANSPORT || f->base == SL_DB_DST) {
		if (!f->len && address)
			fprintf(out, "%u.%u.%u.%u", v >> 24, v >> 16 & 255, v >> 8 & 255, v & 255);
		else if (f->width == 8 * (end - first) || f->len)
			fprintf(out, "%" PRIu32, v);
		else
			fprintf(out, "%" PRIu32, v << f->shift % 8);
		return;
	}
	fprintf(out, "%0*" PRIx32, (int)(2 * (end - first)), v << f->shift % 8);
}

struct printer {
	const struct sl_dec *d;
	uint32_t *step; /* by node */
	void (*action)(FILE *out, uint32_t action, void *arg);
	void *arg;
	FILE *out;
};

static void print_target(const struct printer *p, sl_dec_ref to)
{
	if (to & SL_DEC_END)
		p->action(p->out, to & ~SL_DEC_END, p->arg);
	else
		fprintf(p->out, "step %" PRIu32, p->step[to]);
}

static void print_node(const struct printer *p, uint32_t node)
{
	const struct sl_dec_node *n = &p->d->nodes[node];
	const struct sl_dec_case *c = &p->d->cases[n->first];
	const struct sl_dec_field *f = &p->d->fields[n->field];
	uint32_t other = n->n - 1;
	uint32_t lo = 0;

	/* Where the last values go is said once, as "else". */
	fprintf(p->out, "%-2" PRIu32 " ", p->step[node]);
	sl_dec_field_print(f, p->out);
	fputc(':', p->out);
	for (uint32_t i = 0; i < n->n; lo = c[i].hi + 1, i++) {
		if (c[i].to == c[other].to)
			continue;
		fputs("  ", p->out);
		print_value(f, lo, p->out);
		if (c[i].hi != lo) {
			fputc('-', p->out);
			print_value(f, c[i].hi, p->out);
		}
		fputs("->", p->out);
		print_target(p, c[i].to);
	}
	fputs("  else->", p->out);
	print_target(p, c[other].to);
	fputc('\n', p->out);
}

int sl_dec_print(const struct sl_dec *d, void (*action)(FILE *out, uint32_t action, void *arg),
		 void *arg, FILE *out)
{
	_free_ uint32_t *list = NULL, *step = calloc(d->n_nodes + 1, sizeof(*step));
	struct printer p = {.d = d, .step = step, .action = action, .arg = arg, .out = out};
	size_t n = 0;
	int ret;

	if (!step)
		return -ENOMEM;
	ret = sl_dec_below(d, d->root, &list, &n);
	if (ret)
		return ret;
	for (size_t i = 0; i < n; i++)
		step[list[i]] = (uint32_t)(n - 1 - i);
	if (d->root & SL_DEC_END) {
		fputs("all->", out);
		print_target(&p, d->root);
		fputc('\n', out);
	}
	for (size_t i = n; i-- > 0;)
		print_node(&p, list[i]);
	return ferror(out) ? -EIO : 0;
}
