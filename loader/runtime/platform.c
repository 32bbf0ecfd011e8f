// SPDX-License-Identifier: GPL-2.0-only
/* Opening, committing and closing the platform. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "loader/mem.h"
#include "loader/runtime/fault.h"
#include "loader/runtime/platform_priv.h"

static struct sl_platform *new_platform(const struct sl_platform_opts *opts)
{
	struct sl_platform *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	memset(p->maps, -1, sizeof(p->maps));
	memset(p->progs, -1, sizeof(p->progs));
	p->version_fd = p->outer = p->inner = -1;
	p->read_only = opts->read_only;
	p->root = strdup(opts->root ? opts->root : SL_PIN_ROOT);
	p->binds = calloc(SL_MAX_LINKS, sizeof(*p->binds));
	p->held = calloc(SL_MAX_LINKS, sizeof(*p->held));
	p->flipped = calloc(SL_MAX_LINKS, sizeof(*p->flipped));
	p->unbound = calloc(SL_MAX_LINKS, sizeof(*p->unbound));
	p->n_cpus = libbpf_num_possible_cpus();
	if (!p->root || !p->binds || !p->held || !p->flipped || !p->unbound || p->n_cpus < 1) {
		sl_platform_close(p);
		return NULL;
	}
	return p;
}

static void *map_memory(int fd, size_t len)
{
	void *mem = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	return mem == MAP_FAILED ? NULL : mem;
}

#define LINKS_BYTES (SL_MAX_LINKS * sizeof(struct sl_link_rec))
#define TENANTS_BYTES (SL_MAX_TENANTS * sizeof(struct sl_tenant_rec))
#define PEEKS_BYTES (SL_MAX_PEEKS * sizeof(struct sl_peek))
#define ACCOUNTS_BYTES (SL_MAX_TENANTS * sizeof(struct sl_account))
#define DIRECT_BYTES ((1 << SL_DIRECT_BITS) * sizeof(struct sl_direct_count))

static int map_all(struct sl_platform *p)
{
	p->links = map_memory(p->maps[SL_MAP_LINKS], LINKS_BYTES);
	p->tenants = map_memory(p->maps[SL_MAP_TENANT_REC], TENANTS_BYTES);
	p->direct_on = map_memory(p->maps[SL_MAP_DIRECT_ON], DIRECT_BYTES);
	p->peeks = map_memory(p->maps[SL_MAP_PEEKS], PEEKS_BYTES);
	p->accounts = map_memory(p->maps[SL_MAP_ACCOUNTS], ACCOUNTS_BYTES);
	p->node_conf = map_memory(p->maps[SL_MAP_NODE_CONF], sizeof(*p->node_conf));
	return p->links && p->tenants && p->direct_on && p->peeks && p->accounts && p->node_conf
		       ? 0
		       : -errno;
}

void sl_platform_close(struct sl_platform *p)
{
	if (!p)
		return;
	if (p->links)
		munmap(p->links, LINKS_BYTES);
	if (p->tenants)
		munmap(p->tenants, TENANTS_BYTES);
	if (p->direct_on)
		munmap(p->direct_on, DIRECT_BYTES);
	if (p->accounts)
		munmap(p->accounts, ACCOUNTS_BYTES);
	if (p->node_conf)
		munmap(p->node_conf, sizeof(*p->node_conf));
	if (p->peeks)
		munmap(p->peeks, PEEKS_BYTES);
	for (int i = 0; i < SL_MAP_N; i++)
		sl_closep(&p->maps[i]);
	for (int i = 0; i < SL_PROG_N; i++)
		sl_closep(&p->progs[i]);
	sl_closep(&p->version_fd);
	sl_closep(&p->outer);
	sl_closep(&p->inner);
	free(p->root);
	free(p->binds);
	free(p->held);
	free(p->flipped);
	free(p->unbound);
	free(p);
}

/* ---- Opening ---------------------------------------------------------------------------------*/

/* Takes up what is pinned. -ENOENT when a pin is missing. */
static int adopt(struct sl_platform *p)
{
	for (int i = 0; i < SL_MAP_N; i++) {
		p->maps[i] = sl_pin_get(p->root, SL_DIR_PLATFORM, sl_platform_map_names[i]);
		if (p->maps[i] < 0)
			return p->maps[i];
	}
	for (int i = 0; i < SL_PROG_N; i++) {
		p->progs[i] = sl_pin_get(p->root, SL_DIR_PLATFORM, sl_platform_prog_names[i]);
		if (p->progs[i] < 0)
			return p->progs[i];
	}
	p->how = SL_PLATFORM_ADOPTED;
	return 0;
}

static void drop_fds(struct sl_platform *p)
{
	for (int i = 0; i < SL_MAP_N; i++) {
		sl_closep(&p->maps[i]);
		p->maps[i] = -1;
	}
	for (int i = 0; i < SL_PROG_N; i++) {
		sl_closep(&p->progs[i]);
		p->progs[i] = -1;
	}
}

static int make_fresh(struct sl_platform *p, struct sl_diags *d)
{
	char staged[PATH_MAX], platform[PATH_MAX];
	bool carried;
	int ret;

	ret = sl_pin_path(staged, p->root, SL_DIR_STAGED, NULL);
	if (!ret)
		ret = sl_pin_path(platform, p->root, SL_DIR_PLATFORM, NULL);
	if (ret)
		return ret;
	ret = sl_platform_load(p, false, &carried, d);
	if (!ret)
		ret = sl_platform_ports_enter(p, -1);
	if (!ret)
		ret = sl_platform_copies_enter(p);
	if (!ret && rename(staged, platform) < 0)
		ret = -errno;
	sl_fault("platform in place");
	p->how = SL_PLATFORM_FRESH;
	return ret;
}

static int make_staged(struct sl_platform *p, bool carry, struct sl_diags *d)
{
	_close_ int old_ports = sl_pin_get(p->root, SL_DIR_PLATFORM, "ports");
	bool carried;
	int ret;

	ret = sl_platform_load(p, carry, &carried, d);
	if (!ret && !carried)
		ret = sl_platform_ports_enter(p, old_ports);
	if (!ret && !carried)
		ret = sl_platform_copies_enter(p);
	p->staged = true;
	p->how = carried ? SL_PLATFORM_REPLACED : SL_PLATFORM_REBUILT;
	return ret;
}

static int open_writable(struct sl_platform *p, const struct sl_platform_version *pinned,
			 struct sl_diags *d)
{
	bool same_kind = pinned->abi == p->version.abi && pinned->frags == p->version.frags;
	int ret;

	if (same_kind && !memcmp(pinned->build, p->version.build, sizeof(pinned->build))) {
		ret = adopt(p);
		if (ret != -ENOENT)
			return ret;
		/* Somebody removed a pin: the rest is carried over, or all is made anew. */
		drop_fds(p);
	}
	return make_staged(p, same_kind, d);
}

static int open_read_only(struct sl_platform *p, struct sl_platform_version *pinned)
{
	if (pinned->abi != p->version.abi)
		return -ESTALE;
	/* A reader goes by the layouts alone, which the ABI version stands for. */
	p->version = *pinned;
	return adopt(p);
}

static int open_platform(struct sl_platform *p, struct sl_diags *d)
{
	struct sl_platform_version pinned;
	int ret = 0;

	if (!p->read_only)
		ret = sl_pin_prepare(p->root, d);
	if (!ret && !p->read_only)
		ret = sl_platform_recover(p->root, d);
	if (ret)
		return ret;
	ret = sl_platform_read_version(p->root, SL_DIR_PLATFORM, &pinned, &p->version_fd);
	if (ret == -ENOENT && !p->read_only) {
		/* Pins without a version are no platform of ours, or the rest of one. */
		ret = sl_pin_remove_dir(p->root, SL_DIR_PLATFORM);
		if (!ret)
			ret = make_fresh(p, d);
	} else if (!ret && p->read_only) {
		ret = open_read_only(p, &pinned);
	} else if (!ret) {
		sl_closep(&p->version_fd);
		p->version_fd = -1;
		ret = open_writable(p, &pinned, d);
	}
	if (!ret)
		ret = map_all(p);
	if (!ret)
		ret = sl_platform_read_links(p, !p->read_only);
	if (!ret && !p->read_only)
		ret = sl_platform_ports_sweep(p);
	return ret;
}

static void explain(const struct sl_platform *p, int err, struct sl_diags *d)
{
	struct sl_diag *diag;

	diag = sl_error(d, SL_NOPOS, "platform", "the platform at %s cannot be opened: %s", p->root,
			strerror(-err));
	if (err == -EPERM || err == -EACCES)
		sl_diag_hint(diag, "run as root, or with CAP_BPF and CAP_NET_ADMIN");
	else if (err == -ENOENT)
		sl_diag_hint(diag, "nothing is pinned there; start sluiced");
	else if (err == -ESTALE)
		sl_diag_hint(diag, "it is another version's; restart sluiced of this version");
	else if (err == -EBUSY)
		sl_diag_hint(diag, "something else is pinned there; give another pin root");
}

int sl_platform_open(const struct sl_platform_opts *opts, struct sl_diags *d,
		     struct sl_platform **out)
{
	struct sl_platform *p = new_platform(opts);
	unsigned int errors = d->errors;
	int ret;

	if (!p)
		return -ENOMEM;
	sl_platform_own_version(opts->frags, &p->version);
	ret = open_platform(p, d);
	if (ret) {
		if (d->errors == errors)
			explain(p, ret, d);
		sl_platform_close(p);
		return ret;
	}
	*out = p;
	return 0;
}

/* ---- Commit and removal ----------------------------------------------------------------------*/

int sl_platform_commit(struct sl_platform *p, struct sl_diags *d)
{
	int links_error = 0, ret;

	if (!p->staged)
		return sl_platform_move_links(p->root, p->progs, d);
	ret = sl_platform_swap(p->root, p->version_fd, p->progs, d, &links_error);
	if (ret)
		return ret;
	p->staged = false;
	return links_error;
}

static int detach_port(void *root, const char *name)
{
	/* What is no link stays for the removal of the directory to report. */
	sl_pin_remove_link(root, SL_DIR_PORTS, name);
	return 0;
}

int sl_platform_remove(const char *root, struct sl_diags *d)
{
	static const char *const dirs[] = {SL_DIR_PORTS, SL_DIR_COPIES, SL_DIR_STAGED,
					   SL_DIR_PLATFORM};
	int first = 0, ret;

	if (!root)
		root = SL_PIN_ROOT;
	sl_pin_each(root, SL_DIR_PORTS, detach_port, (void *)root);
	ret = sl_platform_copies_remove(root);
	if (ret) {
		sl_error(d, SL_NOPOS, "platform-remove", "the copy devices cannot be deleted: %s",
			 strerror(-ret));
		first = ret;
	}
	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++) {
		ret = sl_pin_remove_dir(root, dirs[i]);
		if (!ret)
			continue;
		sl_error(d, SL_NOPOS, "platform-remove", "%s/%s cannot be removed: %s", root,
			 dirs[i], strerror(-ret));
		if (!first)
			first = ret;
	}
	/* Stays when others keep something there. */
	rmdir(root);
	return first;
}

/* ---- What is asked of an open platform -------------------------------------------------------*/

enum sl_platform_how sl_platform_how(const struct sl_platform *p)
{
	return p->how;
}

void sl_platform_version(const struct sl_platform *p, struct sl_platform_version *out)
{
	*out = p->version;
}

const char *sl_platform_root(const struct sl_platform *p)
{
	return p->root;
}

bool sl_platform_frags(const struct sl_platform *p)
{
	return p->version.frags;
}

int sl_platform_map(const struct sl_platform *p, enum sl_platform_map m)
{
	return p->maps[m];
}

int sl_platform_prog(const struct sl_platform *p, enum sl_platform_prog m)
{
	return p->progs[m];
}

struct sl_link_rec *sl_platform_links(const struct sl_platform *p)
{
	return p->links;
}

struct sl_tenant_rec *sl_platform_tenants(const struct sl_platform *p)
{
	return p->tenants;
}

struct sl_account *sl_platform_accounts(const struct sl_platform *p)
{
	return p->accounts;
}

struct sl_node_conf *sl_platform_node_conf(const struct sl_platform *p)
{
	return p->node_conf;
}

struct sl_peek *sl_platform_peeks(const struct sl_platform *p)
{
	return p->peeks;
}

/* ---- Grace periods ---------------------------------------------------------------------------*/

/*
 * The kernel waits for an RCU grace period before an update of a map of maps returns, so that no
 * program still uses the old inner map; and every run of an XDP program is one RCU read side.
 */
static int make_outer(struct sl_platform *p)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts);

	if (p->inner < 0)
		p->inner = bpf_map_create(BPF_MAP_TYPE_ARRAY, "sl_grace", 4, 4, 1, NULL);
	if (p->inner < 0)
		return -errno;
	opts.inner_map_fd = p->inner;
	p->outer = bpf_map_create(BPF_MAP_TYPE_ARRAY_OF_MAPS, "sl_grace_outer", 4, 4, 1, &opts);
	return p->outer < 0 ? -errno : 0;
}

int sl_platform_grace(struct sl_platform *p)
{
	__u32 zero = 0;
	int ret = p->outer < 0 ? make_outer(p) : 0;

	if (ret)
		return ret;
	if (bpf_map_update_elem(p->outer, &zero, &p->inner, BPF_ANY) < 0)
		return -errno;
	p->epoch++;
	return 0;
}

/* ---- Chains ----------------------------------------------------------------------------------*/

static int set_prog(int map_fd, uint32_t slot, uint32_t generation, int prog_fd)
{
	__u32 index = sl_chain_index(slot, generation);

	if (slot >= SL_MAX_TENANTS)
		return -EINVAL;
	if (prog_fd >= 0)
		return bpf_map_update_elem(map_fd, &index, &prog_fd, BPF_ANY) < 0 ? -errno : 0;
	return bpf_map_delete_elem(map_fd, &index) < 0 && errno != ENOENT ? -errno : 0;
}

int sl_platform_chain_set(struct sl_platform *p, uint32_t slot, uint32_t generation, int prog_fd)
{
	return set_prog(p->maps[SL_MAP_TENANTS], slot, generation, prog_fd);
}

int sl_platform_resume_set(struct sl_platform *p, uint32_t slot, uint32_t generation, int prog_fd)
{
	return set_prog(p->maps[SL_MAP_RESUME], slot, generation, prog_fd);
}
