// SPDX-License-Identifier: GPL-2.0-only
/* Probes that load a few instructions or make a small map. Everything made goes with its
 * descriptor. */
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/mman.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "loader/mem.h"
#include "loader/runtime/features_priv.h"

#define INSN(c, d, s, o, i)                                                                        \
	((struct bpf_insn){.code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i)})
#define MOV_IMM(d, i) INSN(BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, i)
#define ADD_IMM(d, i) INSN(BPF_ALU64 | BPF_ADD | BPF_K, d, 0, 0, i)
#define LD_MAP(d, fd)                                                                              \
	INSN(BPF_LD | BPF_DW | BPF_IMM, d, BPF_PSEUDO_MAP_FD, 0, fd), INSN(0, 0, 0, 0, 0)
#define CALL(helper) INSN(BPF_JMP | BPF_CALL, 0, 0, 0, helper)
#define CALL_FN(rel) INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, rel)
#define EXIT() INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

static int load_xdp(const struct bpf_insn *insns, size_t n, enum bpf_attach_type attach,
		    __u32 flags)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = attach, .prog_flags = flags);
	int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "sl_probe", "GPL", insns, n, &opts);

	return fd < 0 ? -errno : fd;
}

/* A program that answers `value`. */
static int load_constant(int value, enum bpf_attach_type attach, __u32 flags)
{
	struct bpf_insn insns[] = {MOV_IMM(BPF_REG_0, value), EXIT()};

	return load_xdp(insns, 2, attach, flags);
}

/* Runs a program on a frame of zeroes; its answer, or -errno. */
static int run(int fd)
{
	char frame[64] = {0};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = sizeof(frame),
		    .repeat = 1);

	return bpf_prog_test_run_opts(fd, &opts) < 0 ? -errno : (int)opts.retval;
}

static int make_map(enum bpf_map_type type, __u32 key, __u32 value, __u32 n, __u32 flags)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = flags);
	int fd = bpf_map_create(type, "sl_probe", key, value, n, &opts);

	return fd < 0 ? -errno : fd;
}

static void probe_map(struct sl_probed *p, enum bpf_map_type type, __u32 key, __u32 value, __u32 n,
		      __u32 flags)
{
	_close_ int fd = make_map(type, key, value, n, flags);

	sl_probed_errno(p, fd);
}

void sl_probe_btf(const struct sl_features_opts *o, struct sl_probed *p)
{
	struct btf *btf = btf__new_empty();
	int ret;

	(void)o;
	if (!btf)
		return;
	btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	ret = btf__load_into_kernel(btf);
	btf__free(btf);
	sl_probed_errno(p, ret < 0 ? -errno : 0);
}

void sl_probe_jit(const struct sl_features_opts *o, struct sl_probed *p)
{
	_close_ int fd = load_constant(XDP_PASS, 0, 0);
	struct bpf_prog_info info = {0};
	__u32 len = sizeof(info);

	(void)o;
	if (fd < 0) {
		sl_probed_errno(p, fd);
	} else if (bpf_obj_get_info_by_fd(fd, &info, &len) < 0) {
		sl_probed_errno(p, -errno);
	} else if (!info.jited_prog_len) {
		sl_probed(p, SL_FEATURE_NO, "programs are interpreted");
	} else {
		p->state = SL_FEATURE_YES;
	}
}

void sl_probe_prog_run(const struct sl_features_opts *o, struct sl_probed *p)
{
	_close_ int fd = load_constant(XDP_TX, 0, 0);
	int ret = fd < 0 ? fd : run(fd);

	(void)o;
	if (ret >= 0 && ret != XDP_TX)
		sl_probed(p, SL_FEATURE_NO, "a program answered %d instead of %d", ret, XDP_TX);
	else
		sl_probed_errno(p, ret);
}

/* Types of a program of two functions, `int main(void *)` and `int sub(void *)`: the kernel allows
 * tail calls in functions only of programs that have them. Ids of the two through `ids`. */
static struct btf *two_functions(__u32 ids[2])
{
	struct btf *btf = btf__new_empty();
	int num, ptr, proto;

	if (!btf)
		return NULL;
	num = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	ptr = btf__add_ptr(btf, 0);
	proto = btf__add_func_proto(btf, num);
	btf__add_func_param(btf, "ctx", ptr);
	ids[0] = btf__add_func(btf, "main", BTF_FUNC_GLOBAL, proto);
	ids[1] = btf__add_func(btf, "sub", BTF_FUNC_STATIC, proto);
	if (btf__load_into_kernel(btf) == 0)
		return btf;
	btf__free(btf);
	return NULL;
}

/*
 * A function tail-calls a program that answers 2; its caller adds 100. 102: the chain came back to
 * the caller. 2: it ended the caller, too. 107: the tail call did not happen.
 */
static int load_caller(int array)
{
	struct bpf_insn insns[] = {
		CALL_FN(2),
		ADD_IMM(BPF_REG_0, 100),
		EXIT(),
		LD_MAP(BPF_REG_2, array),
		MOV_IMM(BPF_REG_3, 0),
		CALL(BPF_FUNC_tail_call),
		MOV_IMM(BPF_REG_0, 7),
		EXIT(),
	};
	struct bpf_func_info funcs[2] = {{0, 0}, {3, 0}};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .func_info = funcs, .func_info_cnt = 2,
		    .func_info_rec_size = sizeof(*funcs));
	__u32 ids[2] = {0, 0};
	struct btf *btf = two_functions(ids);
	int fd;

	if (!btf)
		return -errno;
	funcs[0].type_id = ids[0];
	funcs[1].type_id = ids[1];
	opts.prog_btf_fd = btf__fd(btf);
	fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "sl_probe", "GPL", insns,
			   sizeof(insns) / sizeof(*insns), &opts);
	fd = fd < 0 ? -errno : fd;
	btf__free(btf);
	return fd;
}

void sl_probe_enter(const struct sl_features_opts *o, struct sl_probed *p)
{
	_close_ int array = make_map(BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 1, 0);
	_close_ int chain = load_constant(2, 0, 0);
	_close_ int caller = -1;
	__u32 zero = 0;
	int ret;

	(void)o;
	ret = array < 0 ? array : chain < 0 ? chain : 0;
	if (!ret && bpf_map_update_elem(array, &zero, &chain, BPF_ANY) < 0)
		ret = -errno;
	if (!ret)
		ret = caller = load_caller(array);
	if (ret >= 0)
		ret = run(caller);
	if (ret >= 0 && ret != 102)
		sl_probed(p, SL_FEATURE_NO, "the answer was %d instead of 102", ret);
	else
		sl_probed_errno(p, ret);
}

void sl_probe_frags(const struct sl_features_opts *o, struct sl_probed *p)
{
	_close_ int fd = load_constant(XDP_PASS, 0, BPF_F_XDP_HAS_FRAGS);

	(void)o;
	sl_probed_errno(p, fd);
}

void sl_probe_devmap(const struct sl_features_opts *o, struct sl_probed *p)
{
	(void)o;
	probe_map(p, BPF_MAP_TYPE_DEVMAP, 4, 4, 2, 0);
}

void sl_probe_mmap(const struct sl_features_opts *o, struct sl_probed *p)
{
	_close_ int fd = make_map(BPF_MAP_TYPE_ARRAY, 4, 8, 4, BPF_F_MMAPABLE);
	void *mem = MAP_FAILED;
	int ret = fd;

	(void)o;
	if (fd >= 0) {
		mem = mmap(NULL, 32, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		ret = mem == MAP_FAILED ? -errno : 0;
	}
	if (mem != MAP_FAILED)
		munmap(mem, 32);
	sl_probed_errno(p, ret);
}

void sl_probe_lpm(const struct sl_features_opts *o, struct sl_probed *p)
{
	(void)o;
	probe_map(p, BPF_MAP_TYPE_LPM_TRIE, 8, 4, 2, BPF_F_NO_PREALLOC);
}

void sl_probe_lru(const struct sl_features_opts *o, struct sl_probed *p)
{
	(void)o;
	probe_map(p, BPF_MAP_TYPE_LRU_HASH, 8, 8, 16, 0);
}

void sl_probe_ringbuf(const struct sl_features_opts *o, struct sl_probed *p)
{
	(void)o;
	probe_map(p, BPF_MAP_TYPE_RINGBUF, 0, 0, sysconf(_SC_PAGESIZE), 0);
}

void sl_probe_grace(const struct sl_features_opts *o, struct sl_probed *p)
{
	_close_ int inner = make_map(BPF_MAP_TYPE_ARRAY, 4, 4, 1, 0);
	LIBBPF_OPTS(bpf_map_create_opts, opts, .inner_map_fd = inner);
	_close_ int outer = -1;
	__u32 zero = 0;

	(void)o;
	if (inner < 0) {
		sl_probed_errno(p, inner);
		return;
	}
	outer = bpf_map_create(BPF_MAP_TYPE_ARRAY_OF_MAPS, "sl_probe", 4, 4, 1, &opts);
	if (outer < 0 || bpf_map_update_elem(outer, &zero, &inner, BPF_ANY) < 0)
		sl_probed_errno(p, -errno);
	else
		p->state = SL_FEATURE_YES;
}

void sl_probe_cpumap(const struct sl_features_opts *o, struct sl_probed *p)
{
	_close_ int prog = load_constant(XDP_PASS, BPF_XDP_CPUMAP, 0);
	_close_ int map = make_map(BPF_MAP_TYPE_CPUMAP, 4, sizeof(struct bpf_cpumap_val), 1, 0);
	struct bpf_cpumap_val val = {.qsize = 8, .bpf_prog.fd = prog};
	__u32 zero = 0;
	int ret = prog < 0 ? prog : map < 0 ? map : 0;

	(void)o;
	/* A kernel thread for as long as the map lives, on CPU 0. */
	if (!ret && bpf_map_update_elem(map, &zero, &val, BPF_ANY) < 0)
		ret = -errno;
	sl_probed_errno(p, ret);
}

void sl_probe_xskmap(const struct sl_features_opts *o, struct sl_probed *p)
{
	(void)o;
	probe_map(p, BPF_MAP_TYPE_XSKMAP, 4, 4, 1, 0);
}

/*
 * Extensions replace a function of a loaded program. Two things are needed: loading one (refused
 * under lockdown) and the kernel's own types.
 */
void sl_probe_dispatcher(const struct sl_features_opts *o, struct sl_probed *p)
{
	struct bpf_insn insns[] = {MOV_IMM(BPF_REG_0, 0), EXIT()};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_TRACE_FENTRY);
	_close_ int fd = -1;
	int id;

	(void)o;
	/* An extension needs a victim with BTF; tracing programs pass the same gates. */
	id = libbpf_find_vmlinux_btf_id("bpf_fentry_test1", BPF_TRACE_FENTRY);
	if (id < 0) {
		sl_probed(p, SL_FEATURE_NO, "the kernel does not show its types");
		return;
	}
	opts.attach_btf_id = id;
	fd = bpf_prog_load(BPF_PROG_TYPE_TRACING, "sl_probe", "GPL", insns, 2, &opts);
	if (fd >= 0)
		fd = bpf_raw_tracepoint_open(NULL, fd);
	if (fd >= 0)
		p->state = SL_FEATURE_YES;
	else if (geteuid() == 0 && errno == EPERM)
		sl_probed(p, SL_FEATURE_NO, "refused even to root (lockdown)");
	else
		sl_probed_errno(p, -errno);
}
