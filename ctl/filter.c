// SPDX-License-Identifier: GPL-2.0-only
/* Filters in pcap's language. */
#include <stdlib.h>
#include <string.h>

#include <pcap/pcap.h>

#include "ctl/filter.h"
#include "loader/mem.h"

struct ctl_filter {
	struct bpf_program program;
	bool any; /* there is one */
};

static char *filter_text(const struct ctl_call *call)
{
	char *text = NULL;
	const char *word;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return NULL;
	for (size_t i = 0; (word = ctl_get_nth(call, "FILTER", i)); i++)
		fprintf(f, "%s%s", i ? " " : "", word);
	if (!fclose(f))
		return text;
	free(text);
	return NULL;
}

enum ctl_exit ctl_filter_new(struct ctl_call *call, struct ctl_filter **out)
{
	struct ctl_filter *f = calloc(1, sizeof(*f));
	_free_ char *text = filter_text(call);
	pcap_t *pcap = pcap_open_dead(DLT_EN10MB, 65535);
	enum ctl_exit status = f && text && pcap ? CTL_DONE : CTL_SYSTEM;

	if (!status && *text) {
		f->any = !pcap_compile(pcap, &f->program, text, 1, PCAP_NETMASK_UNKNOWN);
		if (!f->any) {
			sl_diag_hint(sl_error(&call->diags, SL_NOPOS, "filter", "'%s': %s", text,
					      pcap_geterr(pcap)),
				     "filters are described in pcap-filter(7)");
			status = CTL_REFUSED;
		}
	}
	if (pcap)
		pcap_close(pcap);
	if (status)
		free(f);
	else
		*out = f;
	return status;
}

bool ctl_filter_takes(const struct ctl_filter *f, const void *bytes, size_t cap, size_t len)
{
	struct pcap_pkthdr h = {.caplen = (bpf_u_int32)cap, .len = (bpf_u_int32)len};

	return !f->any || pcap_offline_filter(&f->program, &h, bytes);
}

void ctl_filter_free(struct ctl_filter *f)
{
	if (f && f->any)
		pcap_freecode(&f->program);
	free(f);
}
