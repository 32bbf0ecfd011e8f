/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a graph's programs may do, judged on the instructions themselves. The kernel's verifier
 * shows that they are safe for the kernel; this shows that they cannot reach past the graph: no
 * helper that reads other memory, redirects or talks to anybody, no address that is not the
 * graph's own map, no function of the kernel's.
 */
#include <errno.h>

#include "bpf/abi.h"
#include "loader/codegen/bundle.h"

static bool helper_allowed(int id)
{
	switch (id) {
	case BPF_FUNC_map_lookup_elem:
	case BPF_FUNC_map_update_elem:
	case BPF_FUNC_map_delete_elem:
	case BPF_FUNC_ktime_get_ns:
	case BPF_FUNC_ktime_get_coarse_ns:
	case BPF_FUNC_get_prandom_u32:
	case BPF_FUNC_get_smp_processor_id:
	case BPF_FUNC_tail_call:
	case BPF_FUNC_csum_diff:
	case BPF_FUNC_xdp_adjust_head:
	case BPF_FUNC_xdp_adjust_tail:
	case BPF_FUNC_xdp_load_bytes:
	case BPF_FUNC_xdp_store_bytes:
	case BPF_FUNC_ringbuf_output:
	case BPF_FUNC_jiffies64:
		return true;
	default:
		return false;
	}
}

static int refuse(struct sl_diags *d, const struct sl_bundle_prog *p, uint32_t insn,
		  const char *what)
{
	struct sl_diag *m = sl_error(d, SL_NOPOS, "policy", "program %s, instruction %u: %s",
				     p->name, insn, what);

	sl_diag_hint(m, "generated code never does this: the compiler process was tampered with");
	return -EPERM;
}

static int check_prog(const struct sl_bundle_prog *p, struct sl_diags *d)
{
	for (uint32_t i = 0; i < p->n_insns; i++) {
		const struct bpf_insn *in = &p->insns[i];
		unsigned int class = BPF_CLASS(in->code);

		if (in->code == (BPF_LD | BPF_IMM | BPF_DW)) {
			if (i + 1 >= p->n_insns)
				return refuse(d, p, i, "half an instruction");
			/* The loader sets src_reg where a relocation is; nowhere else may it be
			 * set. */
			if (in->src_reg)
				return refuse(d, p, i, "an address of its own making");
			i++;
		} else if (class == BPF_LD) {
			return refuse(d, p, i, "an obsolete packet load");
		} else if (class == BPF_JMP && BPF_OP(in->code) == BPF_CALL) {
			if (in->src_reg)
				return refuse(d, p, i, "a call to something that is no helper");
			if (!helper_allowed(in->imm))
				return refuse(d, p, i, "a helper graphs do not use");
		}
	}
	return 0;
}

int sl_bundle_check(const struct sl_bundle *b, struct sl_diags *d)
{
	for (uint32_t i = 0; i < b->n_progs; i++) {
		int ret = check_prog(&b->progs[i], d);

		if (ret)
			return ret;
		for (uint32_t k = 0; k < b->progs[i].n_relocs; k++) {
			uint32_t at = b->progs[i].relocs[k].insn;

			if (b->progs[i].insns[at].code != (BPF_LD | BPF_IMM | BPF_DW))
				return refuse(d, &b->progs[i], at,
					      "a relocation of something that is no address");
		}
	}
	return 0;
}
