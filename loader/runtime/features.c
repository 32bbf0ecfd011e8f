// SPDX-License-Identifier: GPL-2.0-only
/* The table of what Sluice uses of a host, and its text and JSON. */
#include <errno.h>
#include <net/if.h>
#include <stdarg.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "loader/mem.h"
#include "loader/runtime/features_priv.h"
#include "loader/runtime/rtnl.h"

#define REQUIRED SL_FEATURE_REQUIRED
#define OPTIONAL SL_FEATURE_OPTIONAL

static const struct {
	const char *name, *title;
	enum sl_feature_need need;
	void (*probe)(const struct sl_features_opts *o, struct sl_probed *p);
	const char *lost;
} table[] = {
	{"kernel", "Linux 6.1 or later", REQUIRED, sl_probe_kernel,
	 "older kernels lack parts of XDP that the data path is built on"},
	{"privilege", "may load programs and change devices", REQUIRED, sl_probe_privilege,
	 "only checking and replay without the kernel (replay --native) work"},
	{"bpffs", "a bpffs for pins", REQUIRED, sl_probe_bpffs,
	 "nothing would outlive the daemon: mount -t bpf bpf /sys/fs/bpf"},
	{"btf", "BTF of programs and maps", REQUIRED, sl_probe_btf,
	 "counters have no names, refusals no source lines"},
	{"jit", "BPF is compiled", REQUIRED, sl_probe_jit,
	 "programs with tail calls from functions do not load: sysctl net.core.bpf_jit_enable=1"},
	{"prog-run", "programs run on given packets", REQUIRED, sl_probe_prog_run,
	 "no replay, trial or bench"},
	{"enter", "control comes back from a tail-called chain", REQUIRED, sl_probe_enter,
	 "the trusted program could not settle and send what a tenant's chain decides"},
	{"xdp-link", "native XDP by a link that outlives the daemon", REQUIRED, sl_probe_xdp_link,
	 "ports cannot be attached, or not replaced without loss"},
	{"devmap", "redirect to devices", REQUIRED, sl_probe_devmap, "nothing can leave a port"},
	{"mmap", "maps shared by memory", REQUIRED, sl_probe_mmap,
	 "templates cannot be changed under traffic"},
	{"grace", "waiting until programs have ended", REQUIRED, sl_probe_grace,
	 "graphs and links cannot be replaced safely"},
	{"clang", "a compiler for graphs", REQUIRED, sl_probe_clang,
	 "graphs cannot be compiled here: install clang 14 or later"},
	{"sandbox", "an unprivileged process to compile in", REQUIRED, sl_probe_sandbox,
	 "graphs are not compiled here: allow namespaces or Landlock"},
	{"veth", "veth devices with native XDP", OPTIONAL, sl_probe_veth,
	 "no copies (Tee, PaintTee), no containers"},
	{"ringbuf", "ring buffer for events", OPTIONAL, sl_probe_ringbuf,
	 "Print and other elements that tell something do not load"},
	{"lpm", "longest-prefix match tables", OPTIONAL, sl_probe_lpm,
	 "large route tables do not load"},
	{"lru", "tables that forget the oldest", OPTIONAL, sl_probe_lru,
	 "elements that keep flows do not load"},
	{"frags", "packets of more than one page", OPTIONAL, sl_probe_frags,
	 "'frags: true' is refused; MTU of ports stays below a page"},
	{"managed-neighbours", "the kernel keeps next hops fresh", OPTIONAL, sl_probe_managed,
	 "links go down when a neighbour entry is forgotten; set next_hop_mac"},
	{"xdp-features", "drivers tell what XDP they have", OPTIONAL, sl_probe_xdp_told,
	 "whether a port has native XDP shows only when it is attached"},
	{"cpumap", "programs on threads of other CPUs", OPTIONAL, sl_probe_cpumap,
	 "no tenants of class thread"},
	{"af-xdp", "AF_XDP sockets", OPTIONAL, sl_probe_af_xdp, "no containers"},
	{"xskmap", "redirect to AF_XDP sockets", OPTIONAL, sl_probe_xskmap, "no containers"},
	{"dispatcher", "programs that extend programs", OPTIONAL, sl_probe_dispatcher,
	 "no sharing of a port with other XDP programs (--dispatcher)"},
	{"memory-cgroup", "memory control groups", OPTIONAL, sl_probe_memory_cgroup,
	 "memory limits of tenants are held by what Sluice counts alone"},
	{"cpu-cgroup", "CPU control groups", OPTIONAL, sl_probe_cpu_cgroup,
	 "CPU budgets of containers cannot be enforced"},
	{"user-namespaces", "user namespaces", OPTIONAL, sl_probe_userns,
	 "compiling and containers run with less isolation, or only as root"},
	{"memlock", "locked memory without limit", OPTIONAL, sl_probe_memlock,
	 "AF_XDP workers without privilege get small buffers only"},
	{"unprivileged-bpf", "BPF is refused to ordinary users", OPTIONAL, sl_probe_unprivileged,
	 "any user can load programs: sysctl kernel.unprivileged_bpf_disabled=1"},
};
#define N_TABLE (sizeof(table) / sizeof(*table))

void sl_probed(struct sl_probed *p, enum sl_feature_state state, const char *fmt, ...)
{
	va_list ap;

	p->state = state;
	free(p->detail);
	va_start(ap, fmt);
	if (vasprintf(&p->detail, fmt, ap) < 0)
		p->detail = NULL;
	va_end(ap);
}

void sl_probed_errno(struct sl_probed *p, int ret)
{
	if (ret >= 0)
		p->state = SL_FEATURE_YES;
	else if (ret == -EPERM || ret == -EACCES)
		sl_probed(p, SL_FEATURE_UNKNOWN, "not permitted to try");
	else
		sl_probed(p, SL_FEATURE_NO, "%s", strerror(-ret));
}

static struct sl_feature *add(struct sl_features *f, size_t *cap)
{
	struct sl_feature *row;

	if (SL_GROW(f->list, f->n, *cap) < 0)
		return NULL;
	row = &f->list[f->n++];
	memset(row, 0, sizeof(*row));
	return row;
}

static int add_interface(struct sl_features *f, size_t *cap, const char *name)
{
	struct sl_probed p = {SL_FEATURE_UNKNOWN, NULL};
	struct sl_feature *row = add(f, cap);
	char *detail;

	if (!row)
		return -ENOMEM;
	sl_probe_interface(name, &p);
	if (asprintf(&detail, "%s%s%s", name, p.detail ? ": " : "", p.detail ? p.detail : "") < 0)
		detail = NULL;
	free(p.detail);
	*row = (struct sl_feature){"native-xdp",
				   "native XDP of an interface",
				   OPTIONAL,
				   p.state,
				   "as a port it needs mode generic, which is slower",
				   detail};
	return 0;
}

/* Network cards: virtual devices of others are nobody's ports by accident. */
static int add_cards(struct sl_features *f, size_t *cap)
{
	struct if_nameindex *all = if_nameindex();
	int ret = 0;

	for (struct if_nameindex *i = all; !ret && i && i->if_index; i++) {
		char path[64];

		snprintf(path, sizeof(path), "/sys/class/net/%.15s/device", i->if_name);
		if (access(path, F_OK) == 0)
			ret = add_interface(f, cap, i->if_name);
	}
	if (all)
		if_freenameindex(all);
	return ret;
}

static int probe_all(const struct sl_features_opts *opts, struct sl_features *f)
{
	size_t cap = 0;
	int ret = 0;

	for (size_t i = 0; i < N_TABLE; i++) {
		struct sl_probed p = {SL_FEATURE_UNKNOWN, NULL};
		struct sl_feature *row = add(f, &cap);

		if (!row)
			return -ENOMEM;
		table[i].probe(opts, &p);
		*row = (struct sl_feature){table[i].name, table[i].title, table[i].need,
					   p.state,	  table[i].lost,  p.detail};
		if (row->need == REQUIRED && row->state == SL_FEATURE_NO)
			f->required_missing++;
	}
	if (!opts->interfaces)
		return add_cards(f, &cap);
	for (size_t i = 0; !ret && i < opts->n_interfaces; i++)
		ret = add_interface(f, &cap, opts->interfaces[i]);
	return ret;
}

int sl_features_probe(const struct sl_features_opts *opts, struct sl_features **out)
{
	SL_CLEANUP(sl_features_freep) struct sl_features *f = calloc(1, sizeof(*f));
	static const struct sl_features_opts none;
	libbpf_print_fn_t before;
	int ret;

	if (!f)
		return -ENOMEM;
	/* What fails is a row of the table, not libbpf's to tell. */
	before = libbpf_set_print(NULL);
	ret = probe_all(opts ? opts : &none, f);
	libbpf_set_print(before);
	if (ret)
		return ret;
	*out = TAKE_PTR(f);
	return 0;
}

void sl_features_free(struct sl_features *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->n; i++)
		free(f->list[i].detail);
	free(f->list);
	free(f);
}

const char *sl_feature_state_name(enum sl_feature_state state)
{
	static const char *const names[] = {
		[SL_FEATURE_YES] = "yes",
		[SL_FEATURE_NO] = "no",
		[SL_FEATURE_PARTIAL] = "partly",
		[SL_FEATURE_UNKNOWN] = "unknown",
	};

	return names[state];
}

void sl_features_print(const struct sl_features *f, FILE *out)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct sl_feature *row = &f->list[i];

		fprintf(out, "%-8s %-20s %s%s%s%s\n", sl_feature_state_name(row->state), row->name,
			row->title, row->detail ? " (" : "", row->detail ? row->detail : "",
			row->detail ? ")" : "");
		if (row->state != SL_FEATURE_YES)
			fprintf(out, "%-8s %-20s %s: %s\n", "", "",
				row->need == REQUIRED ? "required" : "without it", row->lost);
	}
}

static struct json_object *row_json(const struct sl_feature *row)
{
	struct json_object *obj = json_object_new_object();

	if (!obj)
		return NULL;
#define PUT(key, val) json_object_object_add(obj, key, val)
	PUT("name", json_object_new_string(row->name));
	PUT("title", json_object_new_string(row->title));
	PUT("required", json_object_new_boolean(row->need == REQUIRED));
	PUT("state", json_object_new_string(sl_feature_state_name(row->state)));
	if (row->detail)
		PUT("detail", json_object_new_string(row->detail));
	PUT("lost", json_object_new_string(row->lost));
#undef PUT
	return obj;
}

struct json_object *sl_features_json(const struct sl_features *f)
{
	struct json_object *obj = json_object_new_object();
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; list && i < f->n; i++)
		json_object_array_add(list, row_json(&f->list[i]));
	if (!obj || !list) {
		json_object_put(obj);
		json_object_put(list);
		return NULL;
	}
	json_object_object_add(obj, "ok", json_object_new_boolean(!f->required_missing));
	json_object_object_add(obj, "features", list);
	return obj;
}
