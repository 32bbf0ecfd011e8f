// SPDX-License-Identifier: GPL-2.0-only
/* A case as a configuration of Click: devices that print, and a Script with the case's steps. */
#include <inttypes.h>
#include <string.h>

#include "loader/config/config.h"
#include "loader/mem.h"
#include "tests/element/click.h"

/*
 * Simulated time passes a nanosecond with each look at the clock, and jumps to the next timer when
 * nothing else is left to do. So a packet is through when a wait this long is over; and where a
 * case sets the clock, what comes behind it sees that time and some nanoseconds.
 */
#define SETTLE "wait 100ns"
#define START_NS 1000000000000ull

/* Packets enter as FromDevice makes them: the type of their address told, the MAC header known.
 * What leaves is printed, and a line "@@..." is never an element's own. */
#define SOURCE                                                                                     \
	"  sl_in :: InfiniteSource(\"\", LIMIT 0) -> MarkMACHeader\n"                              \
	"  -> HostEtherFilter($dev:eth, DROP_OTHER false)"
#define SINK "  input -> Print(\"@@out $dev\", MAXLENGTH -1) -> Discard\n"
static const char classes[] = "elementclass FromDevice {\n"
			      "  $dev, FORCE_IP $force, __REST__ $rest |\n" SOURCE
			      " -> ip :: Classifier(12/0800 14/40%f0, -) -> CheckIPHeader(14, "
			      "CHECKSUM false) -> output;\n"
			      "  ip[1] -> Discard\n"
			      "|| $dev, __REST__ $rest |\n" SOURCE " -> output }\n"
			      "elementclass PollDevice FromDevice;\n"
			      "elementclass ToDevice { DEVNAME $dev, __REST__ $rest |\n" SINK
			      "|| $dev, __REST__ $rest |\n" SINK " }\n"
			      "elementclass ToHost { __REST__ $rest |\n"
			      "  input -> Print(\"@@host\", MAXLENGTH -1) -> Discard }\n";

static void addresses(const struct sl_program *p, FILE *out)
{
	for (size_t i = 0; i < p->devices.n; i++) {
		const struct sl_device *d = &p->devices.list[i];
		const uint8_t *m = d->mac, *a = (const uint8_t *)&d->ip,
			      *k = (const uint8_t *)&d->mask;

		fprintf(out, "AddressInfo(%s %02x:%02x:%02x:%02x:%02x:%02x", d->name, m[0], m[1],
			m[2], m[3], m[4], m[5]);
		if (d->ip) {
			fprintf(out, " %u.%u.%u.%u", a[0], a[1], a[2], a[3]);
			fprintf(out, " %u.%u.%u.%u/%u.%u.%u.%u", a[0], a[1], a[2], a[3], k[0], k[1],
				k[2], k[3]);
		}
		fprintf(out, ");\n");
	}
}

static const char *source_of(const struct sl_program *p, const struct sl_device *dev)
{
	for (size_t i = 0; i < p->graph->n_elems; i++) {
		const struct sl_inst *in = &p->insts[i];

		/* The device is the first member of its configuration. */
		if (!strcmp(in->class->spec.name, "FromDevice") &&
		    *(const uint8_t *)in->conf == dev->index)
			return in->elem->name;
	}
	return NULL;
}

static void quoted(const char *s, FILE *out)
{
	fputc('"', out);
	for (; *s; s++) {
		if (strchr("\"\\$", *s))
			fprintf(out, "\\%c", *s);
		else if ((unsigned char)*s < ' ')
			fprintf(out, "\\%03o", (unsigned char)*s);
		else
			fputc(*s, out);
	}
	fputc('"', out);
}

/* Sends the packet of an `in`, the `sent`-th of its device. */
static int send_packet(struct run *r, const struct step *s, unsigned int *sent, FILE *out)
{
	const struct sl_device *dev = run_device(r, s->a);
	const char *source = dev ? source_of(r->compiled->program, dev) : NULL;

	if (!source)
		return run_failed(r, s->line, "no FromDevice(%s)", s->a);
	if (run_build_in(r, s, dev))
		return -1;
	for (unsigned int i = 0; i < s->repeat; i++) {
		fprintf(out, "print \"@@step\",\nwriteq %s/sl_in.data \"\\<", source);
		for (size_t k = 0; k < r->in.len; k++)
			fprintf(out, "%02x", r->in.bytes[k]);
		fprintf(out, ">\",\nwrite %s/sl_in.limit %u,\n" SETTLE ",\n", source,
			++sent[dev->index]);
	}
	return 0;
}

/* Waits until it is `t`; if that is over, not at all: Click's time does not go back. */
static void wait_until(uint64_t t, unsigned int label, FILE *out)
{
	fprintf(out, "set d $(sub %" PRIu64 ".%09" PRIu64 " $(now)),\n", t / 1000000000,
		t % 1000000000);
	fprintf(out, "goto at%u $(le $d 0),\nwait $d,\nlabel at%u,\n", label, label);
}

static int set_clock(struct run *r, const struct step *s, FILE *out)
{
	const char *why;
	uint64_t t;

	if (sl_parse_value(SL_T_NS, s->a, NULL, NULL, &t, &why))
		return run_failed(r, s->line, "'%s': %s", s->a, why);
	r->now_ns = s->plus ? r->now_ns + t : t;
	fprintf(out, "print \"@@step\",\n");
	wait_until(r->now_ns, s->line, out);
	return 0;
}

static int write_steps(struct run *r, FILE *out)
{
	unsigned int sent[256] = {0};

	for (size_t i = 0; i < r->tc->n; i++) {
		const struct step *s = &r->tc->steps[i];

		switch (s->kind) {
		case STEP_IN:
			if (send_packet(r, s, sent, out))
				return -1;
			break;
		case STEP_CLOCK:
			if (set_clock(r, s, out))
				return -1;
			break;
		case STEP_READ:
			fprintf(out, "print \"@@step\",\nprintq %s ", s->a);
			if (*s->b)
				quoted(s->b, out);
			fprintf(out, ",\n");
			break;
		case STEP_WRITE:
			fprintf(out, "print \"@@step\",\nwriteq %s ", s->a);
			if (*s->b)
				quoted(s->b, out);
			fprintf(out, ",\nprint \"@@status $?\",\n");
			break;
		default:
			break;
		}
	}
	return 0;
}

int click_config(struct run *r, FILE *out)
{
	const struct case_graph *g = &r->file->graphs[r->tc->graph];

	fputs(classes, out);
	fputs(g->text, out);
	if (!r->compiled) {
		fprintf(out, "\n;\n");
		return 0;
	}
	/* Behind the graph: elements without names are numbered. */
	fprintf(out, "\n;\n");
	addresses(r->compiled->program, out);
	r->now_ns = START_NS;
	fprintf(out, "sl_script :: Script(" SETTLE ",\n");
	wait_until(r->now_ns, 0, out);
	if (write_steps(r, out))
		return -1;
	fprintf(out, "print \"@@end\",\nstop);\n");
	return 0;
}
