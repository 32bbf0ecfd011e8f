/* SPDX-License-Identifier: GPL-2.0-only */
/* The probes behind features.h. */
#ifndef SL_FEATURES_PRIV_H
#define SL_FEATURES_PRIV_H

#include "loader/runtime/features.h"

/* What a probe found; `detail` is owned, NULL for none. */
struct sl_probed {
	enum sl_feature_state state;
	char *detail;
};

/* Sets the state with a detail in printf's form. */
void sl_probed(struct sl_probed *p, enum sl_feature_state state, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* From the result of a call: YES for 0 and more; UNKNOWN for want of privilege; otherwise NO with
 * the error's text. */
void sl_probed_errno(struct sl_probed *p, int ret);

/* features_bpf.c: by really doing it. */
void sl_probe_btf(const struct sl_features_opts *o, struct sl_probed *p);
void sl_probe_jit(const struct sl_features_opts *o, struct sl_probed *p);
void sl_probe_prog_run(const struct sl_features_opts *o, struct sl_probed *p);
void sl_probe_enter(const struct sl_features_opts *o, struct sl_probed *p);
void sl_probe_frags(const struct sl_features_opts *o, struct sl_probed *p);
void sl_probe_devmap(const struct sl_features_opts *o, struct sl_probed *p);
void sl_probe_mmap(const struct sl_features_opts *o, struct sl_probed *p);
void sl_probe_lpm(const struct sl_features_opts *o, struct sl_probed *p);
void sl_probe_lru(const struct sl_features_opts *o, struct sl_probed *p);
void sl_probe_ringbuf(const struct sl_features_opts *o, struct sl_probed *p);
void sl_probe_grace(const struct sl_features_opts *o, struct sl_probed *p);
void sl_probe_cpumap(const struct sl_features_opts *o, struct sl_probed *p);
void sl_probe_xskmap(const struct sl_features_opts *o, struct sl_probed *p);
void sl_probe_dispatcher(const struct sl_features_opts *o, struct sl_probed *p);

/* features_net.c: in a network namespace made for the probe. */
void sl_probe_veth(const struct sl_features_opts *o, struct sl_probed *p);
void sl_probe_xdp_link(const struct sl_features_opts *o, struct sl_probed *p);
void sl_probe_managed(const struct sl_features_opts *o, struct sl_probed *p);
void sl_probe_xdp_told(const struct sl_features_opts *o, struct sl_probed *p);
/* Native XDP of one interface of the host's. */
void sl_probe_interface(const char *name, struct sl_probed *p);

/* features_sandbox.c */
void sl_probe_sandbox(const struct sl_features_opts *o, struct sl_probed *p);

/* features_host.c: the rest. */
void sl_probe_kernel(const struct sl_features_opts *o, struct sl_probed *p);
void sl_probe_privilege(const struct sl_features_opts *o, struct sl_probed *p);
void sl_probe_bpffs(const struct sl_features_opts *o, struct sl_probed *p);
void sl_probe_unprivileged(const struct sl_features_opts *o, struct sl_probed *p);
void sl_probe_memory_cgroup(const struct sl_features_opts *o, struct sl_probed *p);
void sl_probe_cpu_cgroup(const struct sl_features_opts *o, struct sl_probed *p);
void sl_probe_userns(const struct sl_features_opts *o, struct sl_probed *p);
void sl_probe_memlock(const struct sl_features_opts *o, struct sl_probed *p);
void sl_probe_af_xdp(const struct sl_features_opts *o, struct sl_probed *p);
void sl_probe_clang(const struct sl_features_opts *o, struct sl_probed *p);

#endif
