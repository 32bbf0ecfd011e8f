/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Loading programs. What takes time is the kernel's verifier, which looks at one program on one
 * CPU: so several are loaded at once, the longest first.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "loader/mem.h"
#include "loader/runtime/load_int.h"
#include "loader/runtime/pages.h"

#ifndef BPF_F_XDP_HAS_FRAGS
#define BPF_F_XDP_HAS_FRAGS (1U << 5)
#endif

#define LOG_SIZE (1u << 20)
/* Programs looked at at once. The verifier may take tens of megabytes for each. */
#define MAX_THREADS 4

/* The instructions with this graph's maps in them. */
static struct bpf_insn *relocate(const struct loading *ld, const struct sl_bundle_prog *p)
{
	const struct sl_loaded *l = ld->l;
	struct bpf_insn *insns = malloc(p->n_insns * sizeof(*insns));

	if (!insns)
		return NULL;
	memcpy(insns, p->insns, p->n_insns * sizeof(*insns));
	for (uint32_t i = 0; i < p->n_relocs; i++) {
		const struct sl_reloc *r = &p->relocs[i];
		struct bpf_insn *in = &insns[r->insn];
		int fd = -1;

		in[0].src_reg = BPF_PSEUDO_MAP_FD;
		in[1].imm = 0;
		switch (r->ref) {
		case SL_REF_COUNTERS:
			fd = r->index < l->n_pages ? l->pages[r->index] : -1;
			in[0].src_reg = BPF_PSEUDO_MAP_VALUE;
			break;
		case SL_REF_CPUS:
			in[0].src_reg = 0;
			in[0].imm = sl_page_cpus() - 1;
			continue;
		case SL_REF_TABLE:
			fd = r->index < l->n_tables ? l->tables[r->index] : -1;
			break;
		case SL_REF_SCRATCH:
			fd = l->scratch;
			break;
		case SL_REF_CHAIN:
			fd = l->chain;
			break;
		case SL_REF_EVENTS:
			fd = l->events;
			break;
		case SL_REF_DATA:
		case SL_REF_RODATA:
			fd = r->ref == SL_REF_DATA ? l->data : l->rodata;
			in[0].src_reg = BPF_PSEUDO_MAP_VALUE;
			in[1].imm = (int)r->offset;
			break;
		}
		if (fd < 0) {
			free(insns);
			errno = EBADMSG;
			return NULL;
		}
		in[0].imm = fd;
	}
	return insns;
}

static struct bpf_line_info *line_info(const struct sl_bundle_prog *p, const uint32_t *string_offs)
{
	struct bpf_line_info *v = calloc(p->n_lines + 1, sizeof(*v));

	for (uint32_t i = 0; v && i < p->n_lines; i++)
		v[i] = (struct bpf_line_info){.insn_off = p->lines[i].insn,
					      .file_name_off = string_offs[p->lines[i].file],
					      .line_off = string_offs[p->lines[i].text],
					      .line_col = p->lines[i].line << 10 | p->lines[i].col};
	return v;
}

/* One program on its way. */
struct prog {
	uint32_t n_insns, k;
	int ret; /* a descriptor, or -errno */
};

struct job {
	struct loading *ld;
	const uint32_t *string_offs;
	struct prog *progs; /* the longest first */
	uint32_t next;	    /* in `progs`: taken, one after the other */
	uint32_t refused;   /* least number of those the kernel refused: those behind it can wait */
};

static int load_prog(const struct job *j, uint32_t k, char *log)
{
	struct loading *ld = j->ld;
	const struct sl_bundle_prog *p = &ld->c->bundle->progs[k];
	struct bpf_func_info func = {.insn_off = 0, .type_id = ld->types->func_ids[k]};
	_free_ struct bpf_insn *insns = relocate(ld, p);
	_free_ struct bpf_line_info *lines = line_info(p, j->string_offs);
	LIBBPF_OPTS(bpf_prog_load_opts, o,
		    .expected_attach_type = ld->opts->thread ? BPF_XDP_CPUMAP : BPF_XDP,
		    .prog_flags = ld->opts->frags ? BPF_F_XDP_HAS_FRAGS : 0);
	char name[16];
	int fd;

	if (!insns || !lines)
		return errno == EBADMSG ? -EBADMSG : -ENOMEM;
	/* Line information must begin at the first instruction. */
	if (p->n_lines && p->lines[0].insn == 0) {
		o.prog_btf_fd = (uint32_t)ld->l->btf;
		o.func_info = &func;
		o.func_info_cnt = 1;
		o.func_info_rec_size = sizeof(func);
		o.line_info = lines;
		o.line_info_cnt = p->n_lines;
		o.line_info_rec_size = sizeof(*lines);
	}
	if (log) {
		o.log_buf = log;
		o.log_size = LOG_SIZE;
		o.log_level = 1;
	}
	snprintf(name, sizeof(name), "%.7s_%.7s", ld->opts->name ? ld->opts->name : "sl", p->name);
	fd = bpf_prog_load(BPF_PROG_TYPE_XDP, name, "GPL", insns, p->n_insns, &o);
	return fd < 0 ? -errno : fd;
}

/* Says why the kernel refused a program, as it says when asked once more. A descriptor if it now
 * takes it, or -errno. */
static int refused(const struct job *j, uint32_t k, int err)
{
	_free_ char *log = NULL;
	int ret;

	if (err == -EPERM) {
		sl_diag_hint(sl_error(j->ld->d, SL_NOPOS, "privilege",
				      "loading programs is not allowed"),
			     "run as root (CAP_BPF and CAP_NET_ADMIN)");
		return -EPERM;
	}
	if (err == -EBADMSG)
		return err;
	log = malloc(LOG_SIZE);
	if (log) {
		log[0] = 0;
		ret = load_prog(j, k, log);
		if (ret >= 0)
			return ret;
		if (ret != -ENOSPC)
			err = ret;
	}
	sl_kernel_refusal(j->ld->c, k, -err, log ? log : "", j->ld->d);
	return err;
}

static void *work(void *arg)
{
	struct job *j = arg;
	uint32_t n = j->ld->c->bundle->n_progs, at;

	while ((at = __atomic_fetch_add(&j->next, 1, __ATOMIC_RELAXED)) < n) {
		struct prog *p = &j->progs[at];
		uint32_t least = __atomic_load_n(&j->refused, __ATOMIC_RELAXED);

		/* Whichever CPU is faster: the first that is refused is the one that is told. */
		if (p->k > least)
			continue;
		p->ret = load_prog(j, p->k, NULL);
		while (p->ret < 0 && p->k < least &&
		       !__atomic_compare_exchange_n(&j->refused, &least, p->k, false,
						    __ATOMIC_RELAXED, __ATOMIC_RELAXED))
			;
	}
	return NULL;
}

static void run(struct job *j)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	uint32_t n = j->ld->c->bundle->n_progs, n_threads = 0;
	pthread_t threads[MAX_THREADS - 1];
	sigset_t all, old;

	/* This thread is one, too. None of them takes the process's signals. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	while (n_threads + 1 < MAX_THREADS && n_threads + 1 < cpus && n_threads + 1 < n &&
	       !pthread_create(&threads[n_threads], NULL, work, j))
		n_threads++;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	work(j);
	while (n_threads)
		pthread_join(threads[--n_threads], NULL);
}

static int longest_first(const void *a, const void *b)
{
	const struct prog *x = a, *y = b;

	if (x->n_insns != y->n_insns)
		return x->n_insns < y->n_insns ? 1 : -1;
	return x->k < y->k ? -1 : 1;
}

/* Descriptors in the order of the bundle; what was loaded is the caller's even if not all was. */
static int collect(struct job *j)
{
	struct loading *ld = j->ld;
	struct sl_loaded *l = ld->l;
	uint32_t n = ld->c->bundle->n_progs;
	int ret = 0;

	for (uint32_t i = 0; i < n; i++)
		l->progs[j->progs[i].k] = j->progs[i].ret;
	l->n_progs = n;
	for (uint32_t k = 0; k < n && !ret; k++) {
		if (l->progs[k] < 0)
			l->progs[k] = refused(j, k, l->progs[k]);
		if (l->progs[k] < 0)
			ret = l->progs[k];
		else if (k < l->n_segments &&
			 bpf_map_update_elem(l->chain, &k, &l->progs[k], BPF_ANY))
			ret = load_map_failed(ld, "the chain", errno);
	}
	return ret;
}

int load_progs(struct loading *ld, const uint32_t *string_offs)
{
	const struct sl_bundle *b = ld->c->bundle;
	_free_ struct prog *progs = calloc(b->n_progs + 1, sizeof(*progs));
	struct job j = {ld, string_offs, progs, 0, UINT32_MAX};

	ld->l->progs = malloc((b->n_progs + 1) * sizeof(*ld->l->progs));
	if (!progs || !ld->l->progs)
		return -ENOMEM;
	for (uint32_t k = 0; k < b->n_progs; k++)
		progs[k] = (struct prog){b->progs[k].n_insns, k, -ECANCELED};
	qsort(progs, b->n_progs, sizeof(*progs), longest_first);
	run(&j);
	return collect(&j);
}
