// SPDX-License-Identifier: GPL-2.0-only
/*
 * Filter expressions and decision graphs. Random rule lists are made together with a function that
 * says what they mean, written out as text, parsed, compiled and reduced; what the graph decides on
 * random packets, short ones and fragments among them, is compared with that meaning.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <stdlib.h>

#include "loader/config/config.h"
#include "loader/mem.h"
#include "tests/config/filter_oracle.h"

static uint32_t seed = 1;

static uint32_t rnd(uint32_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return (uint32_t)(((uint64_t)(seed ^ seed >> 15) * n) >> 32) % n;
}

/* ---- Packets ---------------------------------------------------------------------------------*/

struct packet {
	uint8_t bytes[14 + 24 + 24];
	struct view v;
};

static const uint32_t some_hosts[] = {0x0a000001, 0x0a000002, 0x0a010203, 0xc0a80101,
				      0xc0a801ff, 0xac100005, 0x08080808, 0x00000000};
static const uint16_t some_ports[] = {20, 22, 53, 80, 443, 1023, 1024, 8080, 0, 65535};
static const uint8_t some_protos[] = {6, 17, 1, 47, 6, 17};

static void put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
}

static void random_packet(struct packet *p)
{
	uint8_t *ip = p->bytes + 14, *th;
	uint32_t hl = rnd(4) ? 5 : 6;

	for (size_t i = 0; i < sizeof(p->bytes); i++)
		p->bytes[i] = (uint8_t)(rnd(3) ? rnd(256) : 0);
	memset(p->bytes, 0, 12);
	p->bytes[5] = (uint8_t)rnd(3);
	p->bytes[11] = (uint8_t)rnd(3);
	ip[0] = (uint8_t)(0x40 | hl);
	if (rnd(4))
		put16(ip + 6, rnd(4) ? 0 : (rnd(2) ? 0x2000 : 0x4000));
	ip[8] = (uint8_t)(rnd(2) ? 64 : rnd(256));
	ip[9] = some_protos[rnd(6)];
	put32(ip + 12, some_hosts[rnd(8)]);
	put32(ip + 16, some_hosts[rnd(8)]);
	th = ip + 4 * hl;
	put16(th, some_ports[rnd(10)]);
	put16(th + 2, some_ports[rnd(10)]);
	th[13] = (uint8_t)rnd(64);
	p->v = (struct view){.bytes = p->bytes, .len = sizeof(p->bytes)};
	p->v.at[SL_DB_NET] = 14;
	p->v.at[SL_DB_TRANSPORT] = 14 + 4 * hl;
	p->v.dst = some_hosts[rnd(8)];
	if (rnd(4) == 0)
		p->v.len = rnd(sizeof(p->bytes) + 1);
	if (rnd(40) == 0)
		p->v.at[SL_DB_TRANSPORT] = NO_HEADER;
	if (rnd(40) == 0)
		p->v.at[SL_DB_MAC] = NO_HEADER;
}

/* ---- Meanings --------------------------------------------------------------------------------*/

/* What a test asks of a packet: a value there may be none of, compared. */
enum subject {
	S_SRC,
	S_DST,
	S_SPORT,
	S_DPORT,
	S_PROTO,
	S_TTL,
	S_TOS,
	S_IPLEN,
	S_FLAGS,
	S_WORD,
	S_MAX
};

struct meaning {
	char op; /* 't' test, '!' not, '&', '|', '?', 'T', 'F' */
	struct meaning *kid[3];
	enum subject subject;
	int proto; /* of transport subjects: 6, 17 or 256 */
	uint32_t mask, value;
	char relation; /* '=', 'n' (!=), '<', '>', 'l' (<=), 'g' (>=) */
};

/* The number a test looks at. false: the packet ends before it, or has no such header. */
static bool number(const struct packet *p, const struct meaning *m, uint32_t *out)
{
	const struct view *v = &p->v;
	size_t net = view_len(v, SL_DB_NET), th = view_len(v, SL_DB_TRANSPORT);
	const uint8_t *ip = p->bytes + 14, *t = p->bytes + (v->at[SL_DB_TRANSPORT] & 63);
	bool transport = m->subject == S_SPORT || m->subject == S_DPORT || m->subject == S_FLAGS ||
			 m->subject == S_WORD;

	if (transport) {
		if (net < 10 || (m->proto < 256 && ip[9] != m->proto) ||
		    (m->proto == 256 && ip[9] != 6 && ip[9] != 17))
			return false;
		if (((ip[6] << 8 | ip[7]) & 0x1fff) != 0)
			return false;
	}
	switch (m->subject) {
	case S_SRC:
		*out = (uint32_t)ip[12] << 24 | ip[13] << 16 | ip[14] << 8 | ip[15];
		return net >= 16;
	case S_DST:
		*out = (uint32_t)ip[16] << 24 | ip[17] << 16 | ip[18] << 8 | ip[19];
		return net >= 20;
	case S_SPORT:
		*out = (uint32_t)(t[0] << 8 | t[1]);
		return th >= 2;
	case S_DPORT:
		*out = (uint32_t)(t[2] << 8 | t[3]);
		return th >= 4;
	case S_PROTO:
		*out = ip[9];
		return net >= 10;
	case S_TTL:
		*out = ip[8];
		return net >= 9;
	case S_TOS:
		*out = ip[1];
		return net >= 2;
	case S_IPLEN:
		*out = (uint32_t)(ip[2] << 8 | ip[3]);
		return net >= 4;
	case S_FLAGS:
		*out = t[13];
		return th >= 14;
	default:
		*out = (uint32_t)t[5] << 16 | t[6] << 8 | t[7];
		return th >= 8;
	}
}

static bool means(const struct packet *p, const struct meaning *m)
{
	uint32_t x;

	switch (m->op) {
	case 'T':
	case 'F':
		return m->op == 'T';
	case '!':
		return !means(p, m->kid[0]);
	case '&':
		return means(p, m->kid[0]) && means(p, m->kid[1]);
	case '|':
		return means(p, m->kid[0]) || means(p, m->kid[1]);
	case '?':
		return means(p, m->kid[0]) ? means(p, m->kid[1]) : means(p, m->kid[2]);
	}
	if (!number(p, m, &x))
		return false;
	x &= m->mask;
	switch (m->relation) {
	case '=':
		return x == m->value;
	case 'n':
		return x != m->value;
	case '<':
		return x < m->value;
	case '>':
		return x > m->value;
	case 'l':
		return x <= m->value;
	default:
		return x >= m->value;
	}
}

static void free_meaning(struct meaning *m)
{
	for (int i = 0; m && i < 3; i++)
		free_meaning(m->kid[i]);
	free(m);
}

static const char *relation_text(char r)
{
	static const char *const spelled[][2] = {{"=", "=="}, {"!=", "!="}};

	return r == '='	  ? spelled[0][rnd(2)]
	       : r == 'n' ? "!="
	       : r == '<' ? "<"
	       : r == '>' ? ">"
	       : r == 'l' ? "<="
			  : ">=";
}

static void write_address(FILE *f, const char *side, const struct meaning *m)
{
	uint32_t a = m->value;
	unsigned int len = (unsigned int)__builtin_popcount(m->mask);

	if (m->mask == UINT32_MAX)
		fprintf(f, "%s %s %s %u.%u.%u.%u", side, rnd(2) ? "host" : "ip host",
			relation_text(m->relation), a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255);
	else if (rnd(2))
		fprintf(f, "%s net %s %u.%u.%u.%u/%u", side, relation_text(m->relation), a >> 24,
			a >> 16 & 255, a >> 8 & 255, a & 255, len);
	else
		fprintf(f, "%s net %s %u.%u.%u.%u mask %u.%u.%u.%u", side,
			relation_text(m->relation), a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255,
			m->mask >> 24, m->mask >> 16 & 255, m->mask >> 8 & 255, m->mask & 255);
}

/* A random test, and its text. */
static struct meaning *make_test(FILE *f)
{
	static const char *const transport[] = {"tcp", "udp", "tcpudp"};
	static const int protos[] = {6, 17, 256};
	static const uint32_t widths[S_MAX] = {32, 32, 16, 16, 8, 8, 8, 16, 8, 24};
	struct meaning *m = calloc(1, sizeof(*m));
	uint32_t full, which = rnd(3);

	assert_non_null(m);
	m->op = 't';
	m->subject = (enum subject)rnd(S_MAX);
	full = widths[m->subject] == 32 ? UINT32_MAX : (1u << widths[m->subject]) - 1;
	m->mask = full;
	m->proto = protos[which];
	m->relation = "=n<>lg"[rnd(6)];
	switch (m->subject) {
	case S_SRC:
	case S_DST:
		m->relation = "=n"[rnd(4) == 0];
		m->mask = UINT32_MAX << (rnd(2) ? 0 : rnd(25));
		m->value = some_hosts[rnd(8)] & m->mask;
		write_address(f, m->subject == S_SRC ? "src" : "dst", m);
		return m;
	case S_SPORT:
	case S_DPORT:
		m->value = some_ports[rnd(10)];
		if (m->relation == '=' || rnd(2))
			m->relation = '=';
		fprintf(f, "%s %s port", m->subject == S_SPORT ? "src" : "dst", transport[which]);
		break;
	case S_PROTO:
		m->value = some_protos[rnd(6)];
		fputs("ip proto", f);
		break;
	case S_TTL:
		m->value = rnd(2) ? 64 : rnd(256);
		fputs("ip ttl", f);
		break;
	case S_TOS:
		m->value = rnd(256);
		fputs("ip[1]", f);
		break;
	case S_IPLEN:
		m->value = rnd(65536);
		fputs("ip len", f);
		break;
	case S_FLAGS:
		m->proto = 6;
		m->value = rnd(64);
		fputs("tcp[13]", f);
		break;
	default:
		m->value = rnd(1u << 24);
		fprintf(f, "%s[5:3]", transport[which]);
		break;
	}
	if (rnd(3) == 0) {
		m->mask = rnd(full) + 1;
		fprintf(f, " & 0x%x", m->mask);
		if (m->relation == '=' || m->relation == 'n')
			m->value &= m->mask;
	}
	/* Relations that never or always hold leave out the check for the bytes. */
	if ((m->relation == '<' || m->relation == 'g') && (!m->value || m->value > m->mask))
		m->relation = '=', m->value &= m->mask;
	if ((m->relation == '>' || m->relation == 'l') && m->value >= m->mask)
		m->relation = '=', m->value &= m->mask;
	fprintf(f, " %s %u", relation_text(m->relation), m->value);
	return m;
}

static struct meaning *make_expr(FILE *f, unsigned int depth)
{
	struct meaning *m;
	uint32_t what = depth ? rnd(8) : 7;

	if (what > 4)
		return make_test(f);
	m = calloc(1, sizeof(*m));
	assert_non_null(m);
	fputc('(', f);
	switch (what) {
	case 0:
		m->op = '!';
		fputs(rnd(2) ? "not " : "! ", f);
		m->kid[0] = make_expr(f, depth - 1);
		break;
	case 1:
	case 2:
		m->op = '&';
		m->kid[0] = make_expr(f, depth - 1);
		fputs(rnd(2) ? " and " : rnd(2) ? " && " : " ", f);
		m->kid[1] = make_expr(f, depth - 1);
		break;
	case 3:
		m->op = '|';
		m->kid[0] = make_expr(f, depth - 1);
		fputs(rnd(2) ? " or " : " || ", f);
		m->kid[1] = make_expr(f, depth - 1);
		break;
	default:
		m->op = '?';
		m->kid[0] = make_expr(f, depth - 1);
		fputs(" ? ", f);
		m->kid[1] = make_expr(f, depth - 1);
		fputs(" : ", f);
		m->kid[2] = make_expr(f, depth - 1);
		break;
	}
	fputc(')', f);
	return m;
}

/* ---- Parsing in a test -----------------------------------------------------------------------*/

struct fixture {
	struct sl_elem elem;
	struct sl_inst inst;
	struct sl_diags diags;
	struct sl_conf cf;
};

static void fixture_init(struct fixture *x)
{
	*x = (struct fixture){.elem = {.name = "f"}};
	x->inst.elem = &x->elem;
	x->cf = (struct sl_conf){.inst = &x->inst, .diags = &x->diags};
}

static int parse(struct fixture *x, const char *text, struct sl_filter_expr **out)
{
	struct sl_arg arg = {.text = (char *)text, .pos = {.file = "f.click", .line = 1, .col = 1}};
	SL_CLEANUP(sl_filter_text_free) struct sl_filter_text t = {0};
	int ret = sl_filter_split(&x->cf, &arg, &t);

	return ret ? ret : sl_filter_parse(&t, 0, out);
}

static struct sl_filter_expr *must_parse(const char *text)
{
	struct sl_filter_expr *e = NULL;
	struct fixture x;

	fixture_init(&x);
	if (parse(&x, text, &e)) {
		print_message("in: %s\n", text);
		sl_diags_print(&x.diags, stderr);
		fail();
	}
	sl_diags_free(&x.diags);
	return e;
}

/* ---- Random rule lists -----------------------------------------------------------------------*/

#define MAX_RULES 60

static void try_list(unsigned int n_rules, unsigned int depth, unsigned int n_packets)
{
	SL_CLEANUP(sl_dec_free) struct sl_dec d = {0};
	struct meaning *meaning[MAX_RULES];
	struct sl_filter_expr *expr[MAX_RULES];
	char *text[MAX_RULES];
	sl_dec_ref root = SL_DEC_END | n_rules;

	for (unsigned int i = 0; i < n_rules; i++) {
		size_t len;
		FILE *f = open_memstream(&text[i], &len);

		assert_non_null(f);
		meaning[i] = make_expr(f, depth);
		fclose(f);
		expr[i] = must_parse(text[i]);
	}
	for (unsigned int i = n_rules; i-- > 0;)
		root = sl_filter_compile(&d, expr[i], SL_DEC_END | i, root);
	assert_int_equal(sl_dec_reduce(&d, root), 0);
	for (unsigned int k = 0; k < n_packets; k++) {
		struct packet p = {0};
		unsigned int want = 0, by_tree = 0, steps, got;
		bool fault = false;

		random_packet(&p);
		while (want < n_rules && !means(&p, meaning[want]))
			want++;
		while (by_tree < n_rules && !expr_holds(&p.v, expr[by_tree]))
			by_tree++;
		got = walk_graph(&d, &p.v, &steps, &fault);
		if (want != by_tree || want != got || fault) {
			for (unsigned int i = 0; i < n_rules; i++)
				print_message("%u: %s\n", i, text[i]);
			print_message("length %zu: want %u, by tree %u, by graph %u%s\n", p.v.len,
				      want, by_tree, got, fault ? ", read past the end" : "");
			fail();
		}
	}
	for (unsigned int i = 0; i < n_rules; i++) {
		free_meaning(meaning[i]);
		sl_filter_free(expr[i]);
		free(text[i]);
	}
}

static void test_random_single(void **state)
{
	(void)state;
	seed = 11;
	for (int i = 0; i < 1500; i++)
		try_list(1, 3, 60);
}

static void test_random_lists(void **state)
{
	(void)state;
	seed = 22;
	for (int i = 0; i < 150; i++)
		try_list(2 + rnd(20), 2, 300);
	for (int i = 0; i < 10; i++)
		try_list(MAX_RULES, 2, 500);
}

/* ---- Short frames ----------------------------------------------------------------------------*/

/* An address under a mask is there as far as the mask asks, and no further. */
static void test_masked_addresses(void **state)
{
	static const uint8_t frame[14] = {2, 0, 0, 0, 0, 5, 2, 0, 0, 0, 0, 5, 8, 0};
	static const struct {
		const char *text;
		size_t from; /* true of frames of this length and longer; 0: of none */
	} tests[] = {
		{"ether dst & f:0:0:0:0:0 2:0:0:0:0:0", 1},
		{"ether dst & f:ff:0:0:0:0 2:0:9:9:9:9", 2},
		{"ether dst & 0:0:ff:0:0:0 2:0:0:0:0:0", 3},
		{"ether dst & f:0:0:ff:0:0 2:0:0:0:0:0", 4},
		{"ether dst & 0:0:0:0:1:0 2:0:0:0:0:0", 5},
		{"ether dst 2:0:0:0:0:5", 6},
		{"ether src & f:0:0:0:0:0 2:0:0:0:0:0", 7},
		{"ether src & 0:0:0:0:0:4 0:0:0:0:0:4", 12},
		{"ether host & f:0:0:0:0:0 2:0:0:0:0:0", 1},
		{"ether src and dst & f:0:0:0:0:0 2:0:0:0:0:0", 7},
		{"ether dst & f:0:0:0:0:0 3:0:0:0:0:0", 0},
		{"ether dst & f:0:0:0:0:0 != 3:0:0:0:0:0", 1},
		{"ether src and dst & f:0:0:0:0:0 != 3:0:0:0:0:0", 1},
		{"ether host & f:0:0:0:0:0 != 3:0:0:0:0:0", 7},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		SL_CLEANUP(sl_filter_freep) struct sl_filter_expr *e = must_parse(tests[i].text);
		SL_CLEANUP(sl_dec_free) struct sl_dec d = {0};

		assert_int_equal(
			sl_dec_reduce(&d, sl_filter_compile(&d, e, SL_DEC_END | 1, SL_DEC_END)), 0);
		for (size_t len = 0; len <= sizeof(frame); len++) {
			struct view v = {.bytes = frame, .len = len, .at[SL_DB_NET] = 14};
			bool want = tests[i].from && len >= tests[i].from, fault = false;
			unsigned int steps;

			if (expr_holds(&v, e) != want)
				fail_msg("'%s' by tree, of %zu bytes", tests[i].text, len);
			if ((walk_graph(&d, &v, &steps, &fault) == 1) != want || fault)
				fail_msg("'%s' by graph, of %zu bytes", tests[i].text, len);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_single),
		cmocka_unit_test(test_random_lists),
		cmocka_unit_test(test_masked_addresses),
	};

	return cmocka_run_group_tests_name("filter expressions", tests, NULL, NULL);
}
