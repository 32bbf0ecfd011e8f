// SPDX-License-Identifier: GPL-2.0-only
/* Sequence numbers of one link while several CPUs send and receive for it. */
#include <pthread.h>

#include "tests/mux/node.h"

#define LINK_IN 1
#define LINK_OUT 2
#define GEN 4
#define HEAD 24
#define THREADS 2
#define EACH 2000 /* packets a thread */

static const struct tunnel plain = {.ip = 4, .far = 20};
static const struct tunnel numbered = {.ip = 4, .gre = SL_GRE_SEQ, .far = 30};

static unsigned int here; /* threads that have come to a line, over all lines */
static int failures;

struct worker {
	pthread_t thread;
	unsigned int nth;
	uint32_t got[EACH]; /* numbers sent; or 1 for each that was accepted */
};
static struct worker workers[THREADS];

/* A tenant without a memory: one answer to every packet. */
static int answering(uint32_t answer)
{
	const struct bpf_insn insns[] = {
		{.code = BPF_ALU | BPF_MOV | BPF_K, .dst_reg = 0, .imm = (int)answer},
		{.code = BPF_JMP | BPF_EXIT},
	};
	LIBBPF_OPTS(bpf_prog_load_opts, o, .expected_attach_type = BPF_XDP);
	int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "answering", "GPL", insns, 2, &o);

	assert_true(fd >= 0);
	return fd;
}

static void install_answering(uint32_t answer)
{
	int fd = answering(answer);

	install(SLOT, GEN, HEAD);
	set_at(MAP(tenants), sl_chain_index(SLOT, GEN), &fd);
	close(fd);
}

static void pin(unsigned int nth)
{
	cpu_set_t all, one;

	if (sched_getaffinity(0, sizeof(all), &all))
		return;
	nth %= (unsigned int)CPU_COUNT(&all);
	CPU_ZERO(&one);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &all) && nth-- == 0)
			CPU_SET(cpu, &one);
	sched_setaffinity(0, sizeof(one), &one);
}

/* Feeds a packet; its action. What came out goes to `bytes`. */
static int feed_here(const uint8_t *in, size_t len, uint8_t *bytes, size_t size)
{
	struct xdp_md ctx = {.data_end = (uint32_t)len, .ingress_ifindex = node.ifindex};
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = in, .data_size_in = (uint32_t)len,
		    .data_out = bytes, .data_size_out = (uint32_t)size, .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx), .repeat = 1);

	return bpf_prog_test_run_opts(bpf_program__fd(node.port->progs.sl_port), &o)
		       ? -1
		       : (int)o.retval;
}

static void fail_here(void)
{
	__atomic_fetch_add(&failures, 1, __ATOMIC_RELAXED);
}

/* Lets all threads go on within nanoseconds, where they have a CPU each. */
static void meet(unsigned int nth_line)
{
	unsigned int spins = 0;

	__atomic_fetch_add(&here, 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(&here, __ATOMIC_ACQUIRE) < THREADS * (nth_line + 1))
		if (++spins % 4096 == 0)
			sched_yield();
}

static void *send_all(void *arg)
{
	struct worker *w = arg;
	static const uint8_t inner[40];
	uint8_t in[256], out[512];
	size_t n = wrap(in, &plain, IN, SL_ETH_P_IP, inner, sizeof(inner));

	pin(w->nth);
	for (unsigned int i = 0; i < EACH; i++) {
		if (feed_here(in, n, out, sizeof(out)) != XDP_REDIRECT)
			fail_here();
		/* Ethernet, IPv4, GRE flags and protocol; then the number. */
		memcpy(&w->got[i], out + 14 + 20 + 4, 4);
		w->got[i] = ntohl(w->got[i]);
	}
	return NULL;
}

/* All receive the same number at about the same time. */
static void *receive_all(void *arg)
{
	struct worker *w = arg;
	static const uint8_t inner[40];
	uint8_t in[256], out[512];
	struct tunnel t = numbered;

	pin(w->nth);
	for (unsigned int i = 0; i < EACH; i++) {
		size_t n;
		int action;

		t.seq = 0xfffffc00 + i; /* past the turn of the counter */
		n = wrap(in, &t, IN, SL_ETH_P_IP, inner, sizeof(inner));
		meet(i);
		action = feed_here(in, n, out, sizeof(out));
		if (action != XDP_REDIRECT && action != XDP_DROP)
			fail_here();
		w->got[i] = action == XDP_REDIRECT;
	}
	return NULL;
}

static void run_all(void *(*fn)(void *))
{
	failures = 0;
	here = 0;
	for (unsigned int i = 0; i < THREADS; i++) {
		workers[i].nth = i;
		assert_int_equal(pthread_create(&workers[i].thread, NULL, fn, &workers[i]), 0);
	}
	for (unsigned int i = 0; i < THREADS; i++)
		pthread_join(workers[i].thread, NULL);
	assert_int_equal(failures, 0);
}

static void every_number_is_sent_once(void **state)
{
	static bool seen[THREADS * EACH];

	(void)state;
	install_answering(SL_ANSWER(SL_V_OUT, 1, HEAD));
	add_link(LINK_IN, &plain, SLOT, 0);
	add_link(LINK_OUT, &numbered, SLOT, 1);
	run_all(send_all);
	for (unsigned int k = 0; k < THREADS; k++) {
		for (unsigned int i = 0; i < EACH; i++) {
			uint32_t seq = workers[k].got[i];

			/* What one CPU sends is in order. */
			if (i)
				assert_true(seq > workers[k].got[i - 1]);
			assert_true(seq < THREADS * EACH && !seen[seq]);
			seen[seq] = true;
		}
	}
	assert_int_equal(get_link(LINK_OUT).seq_out, THREADS * EACH);
	remove_link(LINK_IN, &plain, SLOT, 0);
	remove_link(LINK_OUT, &numbered, SLOT, 1);
	uninstall(SLOT);
}

static void every_number_is_accepted_once(void **state)
{
	(void)state;
	install_answering(SL_ANSWER(SL_V_OUT, 1, HEAD));
	add_link(LINK_IN, &numbered, SLOT, 0);
	add_link(LINK_OUT, &plain, SLOT, 1);
	run_all(receive_all);
	for (unsigned int i = 0; i < EACH; i++) {
		uint32_t accepted = 0;

		for (unsigned int k = 0; k < THREADS; k++)
			accepted += workers[k].got[i];
		/* The first too. One that came after the next is old: not at all. */
		assert_true(accepted <= 1);
	}
	assert_int_equal(get_link(LINK_IN).seq_in, SL_SEQ_SEEN | (uint32_t)(0xfffffc00 + EACH - 1));
	remove_link(LINK_IN, &numbered, SLOT, 0);
	remove_link(LINK_OUT, &plain, SLOT, 1);
	uninstall(SLOT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_number_is_sent_once),
		TEST(every_number_is_accepted_once),
	};

	return cmocka_run_group_tests(tests, node_open, node_close);
}
