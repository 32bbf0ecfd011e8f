// SPDX-License-Identifier: GPL-2.0-only
/* `capture`: asks the daemon for a link's packets, and records those a filter lets through. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pcap/pcap.h>

#include "ctl/client.h"
#include "ctl/filter.h"
#include "ctl/interrupt.h"
#include "ctl/render.h"
#include "ctl/run.h"
#include "loader/codegen/ask_int.h"
#include "loader/mem.h"
#include "bpf/abi.h"

struct capture {
	pcap_t *pcap;
	pcap_dumper_t *out;
	struct ctl_filter *filter;
	const char *file;
	unsigned long long most; /* 0: no end */
	unsigned long long seen, kept, lost;
	bool done;
	uint8_t bytes[SL_PEEK_MAX];
};

/* ---- Packets ---------------------------------------------------------------------------------*/

static unsigned long long number_of(struct json_object *o, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(o, key, &v) ? json_object_get_uint64(v) : 0;
}

static int add_packet(struct capture *k, struct json_object *p)
{
	unsigned long long ts = number_of(p, "time_ns");
	struct pcap_pkthdr h = {
		.ts = {.tv_sec = (time_t)(ts / 1000000000), .tv_usec = (long)(ts % 1000000000)},
		.len = (bpf_u_int32)number_of(p, "len")};
	struct json_object *v;
	size_t n;

	if (!json_object_object_get_ex(p, "bytes", &v))
		return -EPROTO;
	n = sl_hex_len(v);
	if (n > sizeof(k->bytes) || sl_hex_read(v, k->bytes, n))
		return -EPROTO;
	h.caplen = (bpf_u_int32)n;
	k->seen++;
	if (!ctl_filter_takes(k->filter, k->bytes, h.caplen, h.len))
		return 0;
	pcap_dump((u_char *)k->out, &h, k->bytes);
	k->kept++;
	return 0;
}

static int take_part(struct ctl_call *call, struct json_object *part)
{
	struct capture *k = call->state;
	struct json_object *list;
	int ret = 0;

	k->lost = number_of(part, "lost");
	if (!json_object_object_get_ex(part, "packets", &list))
		return -EPROTO;
	for (size_t i = 0; !ret && !k->done && i < json_object_array_length(list); i++) {
		ret = add_packet(k, json_object_array_get_idx(list, i));
		k->done = k->most && k->kept >= k->most;
	}
	if (ret)
		sl_error(&call->diags, SL_NOPOS, "protocol", "the daemon's answer is malformed");
	else if (pcap_dump_flush(k->out))
		sl_error(&call->diags, (struct sl_pos){.file = k->file}, "file",
			 "cannot be written: %s", strerror(errno));
	k->done |= ctl_interrupted();
	return ret || k->done || call->diags.errors;
}

/* ---- Beginning and end -----------------------------------------------------------------------*/

static enum ctl_exit open_output(struct ctl_call *call, struct capture *k)
{
	k->file = ctl_get(call, "write") ? ctl_get(call, "write") : "-";
	if (!strcmp(k->file, "-") && isatty(STDOUT_FILENO)) {
		sl_diag_hint(sl_error(&call->diags, SL_NOPOS, "terminal",
				      "a recording is not for a terminal"),
			     "name a file (-w FILE), or read it at once: ... | tcpdump -r - -n");
		return CTL_USAGE;
	}
	k->out = pcap_dump_open(k->pcap, k->file);
	if (k->out)
		return CTL_DONE;
	sl_error(&call->diags, (struct sl_pos){.file = k->file}, "file", "cannot be written: %s",
		 pcap_geterr(k->pcap));
	return CTL_SYSTEM;
}

static enum ctl_exit open_all(struct ctl_call *call, struct capture *k)
{
	const char *snap = ctl_get(call, "snaplen"), *count = ctl_get(call, "count");
	unsigned long n = snap ? strtoul(snap, NULL, 10) : SL_PEEK_MAX;
	enum ctl_exit status;

	if (n < 1 || n > SL_PEEK_MAX) {
		sl_error(&call->diags, SL_NOPOS, "bad-argument", "--snaplen is from 1 to %d",
			 SL_PEEK_MAX);
		return CTL_USAGE;
	}
	k->most = count ? strtoull(count, NULL, 10) : 0;
	k->pcap = pcap_open_dead_with_tstamp_precision(DLT_EN10MB, (int)n,
						       PCAP_TSTAMP_PRECISION_NANO);
	if (!k->pcap)
		return CTL_SYSTEM;
	status = ctl_filter_new(call, &k->filter);
	return status ? status : open_output(call, k);
}

static enum ctl_exit ask(struct ctl_call *call)
{
	static const char *const ours[] = {"filter", "write", "count"};
	struct json_object *args = ctl_call_args(call);
	enum ctl_exit status;

	if (!args)
		return CTL_SYSTEM;
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		json_object_object_del(args, ours[i]);
	status = ctl_ask(call, "capture", args, take_part, NULL);
	json_object_put(args);
	return status;
}

/* What came of it, on standard error where the packets go to standard output. */
static void report(struct ctl_call *call, const struct capture *k)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "link", json_object_new_string(ctl_get(call, "LINK")));
	json_object_object_add(o, "packets", json_object_new_uint64(k->kept));
	json_object_object_add(o, "filtered_out", json_object_new_uint64(k->seen - k->kept));
	json_object_object_add(o, "lost", json_object_new_uint64(k->lost));
	if (strcmp(k->file, "-")) {
		json_object_object_add(o, "file", json_object_new_string(k->file));
	} else {
		ctl_render(o, NULL, call->json, stderr);
		call->shown = true;
	}
	call->result = o;
}

int ctl_run_capture(struct ctl_call *call)
{
	struct capture k = {0};
	enum ctl_exit status = open_all(call, &k);

	call->state = &k;
	if (!status) {
		ctl_catch_interrupts();
		status = ask(call);
		if (k.done && !call->diags.errors)
			status = CTL_DONE;
		if (!status)
			report(call, &k);
	}
	if (k.out)
		pcap_dump_close(k.out);
	ctl_filter_free(k.filter);
	if (k.pcap)
		pcap_close(k.pcap);
	call->state = NULL;
	return (int)status;
}
