// SPDX-License-Identifier: GPL-2.0-only
/* Recorded packets, by libpcap. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <pcap/pcap.h>

#include "ctl/trace.h"
#include "loader/mem.h"

struct input {
	char *device, *file;
	pcap_t *pcap;
	bool ready; /* the next frame is in `frame` */
	struct ctl_frame frame;
};

struct ctl_trace {
	struct input *inputs;
	size_t n, cap;
	struct input *last; /* given out by the last call */
};

/* ---- In --------------------------------------------------------------------------------------*/

static void input_free(struct input *in)
{
	if (in->pcap)
		pcap_close(in->pcap);
	free(in->device);
	free(in->file);
}

void ctl_trace_close(struct ctl_trace *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->n; i++)
		input_free(&t->inputs[i]);
	free(t->inputs);
	free(t);
}

static enum ctl_exit open_input(struct ctl_call *call, struct input *in)
{
	struct sl_pos pos = {.file = in->file};
	char error[PCAP_ERRBUF_SIZE] = "";
	FILE *f = strcmp(in->file, "-") ? fopen(in->file, "re") : fdopen(dup(0), "r");
	int type;

	if (!f) {
		sl_error(&call->diags, pos, "file", "cannot be read: %s", strerror(errno));
		return CTL_SYSTEM;
	}
	in->pcap = pcap_fopen_offline_with_tstamp_precision(f, PCAP_TSTAMP_PRECISION_NANO, error);
	if (!in->pcap) {
		fclose(f);
		sl_diag_hint(sl_error(&call->diags, pos, "pcap", "is no recording: %s", error),
			     "record one with: tcpdump -i INTERFACE -w %s", in->file);
		return CTL_REFUSED;
	}
	type = pcap_datalink(in->pcap);
	if (type != DLT_EN10MB) {
		sl_diag_hint(
			sl_error(&call->diags, pos, "pcap", "holds frames of type %s, not Ethernet",
				 pcap_datalink_val_to_name(type) ? pcap_datalink_val_to_name(type)
								 : "unknown"),
			"record on an Ethernet device, or add a header with `editcap`");
		return CTL_REFUSED;
	}
	return CTL_DONE;
}

/* One "DEVICE=FILE". */
static enum ctl_exit add_input(struct ctl_call *call, struct ctl_trace *t, const char *text,
			       size_t len)
{
	const char *eq = memchr(text, '=', len);
	struct input *in;

	if (!eq || eq == text || eq == text + len - 1) {
		sl_diag_hint(
			sl_error(&call->diags, SL_NOPOS, "usage", "--in '%.*s'", (int)len, text),
			"give DEVICE=FILE, as in --in eth0=a.pcap");
		return CTL_USAGE;
	}
	if (SL_GROW(t->inputs, t->n, t->cap))
		return CTL_SYSTEM;
	in = &t->inputs[t->n++];
	memset(in, 0, sizeof(*in));
	in->device = strndup(text, (size_t)(eq - text));
	in->file = strndup(eq + 1, len - (size_t)(eq - text) - 1);
	if (!in->device || !in->file)
		return CTL_SYSTEM;
	in->frame.device = in->device;
	in->frame.input = t->n - 1;
	return open_input(call, in);
}

enum ctl_exit ctl_trace_open(struct ctl_call *call, struct ctl_trace **out)
{
	SL_CLEANUP(ctl_trace_closep) struct ctl_trace *t = calloc(1, sizeof(*t));
	enum ctl_exit status = CTL_DONE;
	const char *text;

	if (!t)
		return CTL_SYSTEM;
	for (size_t i = 0; !status && (text = ctl_get_nth(call, "in", i)); i++) {
		while (!status && *text) {
			size_t n = strcspn(text, ",");

			status = add_input(call, t, text, n);
			text += n + (text[n] == ',');
		}
	}
	if (!status && !t->n) {
		sl_diag_hint(sl_error(&call->diags, SL_NOPOS, "usage", "there are no packets"),
			     "name a recording: --in eth0=FILE");
		status = CTL_USAGE;
	}
	for (size_t i = 0; i < t->n; i++) /* the array has moved while it grew */
		t->inputs[i].frame.device = t->inputs[i].device;
	if (!status)
		*out = TAKE_PTR(t);
	return status;
}

static int fetch(struct input *in, struct sl_diags *d)
{
	struct pcap_pkthdr *h;
	const u_char *bytes;
	int ret = pcap_next_ex(in->pcap, &h, &bytes);

	if (ret == PCAP_ERROR_BREAK)
		return 0;
	if (ret != 1) {
		sl_error(d, (struct sl_pos){.file = in->file}, "pcap", "is damaged: %s",
			 pcap_geterr(in->pcap));
		return -EBADMSG;
	}
	in->frame.ts_ns = (uint64_t)h->ts.tv_sec * 1000000000ull + (uint64_t)h->ts.tv_usec;
	in->frame.bytes = bytes;
	in->frame.len = h->caplen;
	in->frame.cut = h->caplen < h->len;
	in->ready = true;
	return 0;
}

int ctl_trace_next(struct ctl_trace *t, struct sl_diags *d, struct ctl_frame *f)
{
	struct input *first = NULL;

	if (t->last)
		t->last->ready = false;
	for (size_t i = 0; i < t->n; i++) {
		struct input *in = &t->inputs[i];

		if (!in->ready && (!t->last || t->last == in) && fetch(in, d))
			return -EBADMSG;
		if (in->ready && (!first || in->frame.ts_ns < first->frame.ts_ns))
			first = in;
	}
	t->last = first;
	if (!first)
		return 0;
	*f = first->frame;
	return 1;
}

size_t ctl_trace_inputs(const struct ctl_trace *t)
{
	return t->n;
}

const char *ctl_trace_device(const struct ctl_trace *t, size_t input)
{
	return t->inputs[input].device;
}

const char *ctl_trace_file(const struct ctl_trace *t, size_t input)
{
	return t->inputs[input].file;
}

/* ---- Out -------------------------------------------------------------------------------------*/

struct ctl_recording {
	char *path;
	pcap_t *pcap;
	pcap_dumper_t *dumper;
};

int ctl_recording_new(const char *dir, const char *device, struct sl_diags *d,
		      struct ctl_recording **out)
{
	struct ctl_recording *r = calloc(1, sizeof(*r));

	if (!r)
		return -ENOMEM;
	if (asprintf(&r->path, "%s/%s.pcap", dir, device) < 0)
		r->path = NULL;
	if (mkdir(dir, 0777) && errno != EEXIST)
		sl_error(d, (struct sl_pos){.file = dir}, "file", "cannot be made: %s",
			 strerror(errno));
	else
		r->pcap = pcap_open_dead_with_tstamp_precision(DLT_EN10MB, 65535,
							       PCAP_TSTAMP_PRECISION_NANO);
	if (r->pcap && r->path) {
		r->dumper = pcap_dump_open(r->pcap, r->path);
		if (!r->dumper)
			sl_error(d, (struct sl_pos){.file = r->path}, "file",
				 "cannot be written: %s", pcap_geterr(r->pcap));
	}
	if (r->dumper) {
		*out = r;
		return 0;
	}
	if (r->pcap)
		pcap_close(r->pcap);
	free(r->path);
	free(r);
	return -EIO;
}

void ctl_recording_add(struct ctl_recording *r, uint64_t ts_ns, const void *bytes, size_t len)
{
	struct pcap_pkthdr h = {
		.ts = {.tv_sec = (time_t)(ts_ns / 1000000000),
		       .tv_usec = (long)(ts_ns % 1000000000)},
		.caplen = (bpf_u_int32)len,
		.len = (bpf_u_int32)len,
	};

	pcap_dump((u_char *)r->dumper, &h, bytes);
}

const char *ctl_recording_path(const struct ctl_recording *r)
{
	return r->path;
}

int ctl_recording_close(struct ctl_recording *r, struct sl_diags *d)
{
	int ret = 0;

	if (!r)
		return 0;
	if (pcap_dump_flush(r->dumper) || ferror(pcap_dump_file(r->dumper))) {
		sl_error(d, (struct sl_pos){.file = r->path}, "file", "could not be written whole");
		ret = -EIO;
	}
	pcap_dump_close(r->dumper);
	pcap_close(r->pcap);
	free(r->path);
	free(r);
	return ret;
}
