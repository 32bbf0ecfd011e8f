// SPDX-License-Identifier: GPL-2.0-only
/* Arguments of random elements: addresses, routes and filters that packets have to do with. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/oracle/random_graph.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

uint32_t rg_address(struct draw *r)
{
	static const uint32_t odd[] = {0,	   0xffffffff, 0x7f000001,
				       0xe0000001, 0xf0000001, 0x0a0000ff};

	switch (pick(r, 12)) {
	case 0:
		return odd[pick(r, COUNT(odd))];
	case 1:
		return 0xc0000200 + pick(r, 256);
	case 2:
		return pick(r, 0x7fffffff) * 2;
	default:
		return 0x0a000000 | pick(r, RG_DEVS) << 8 | pick(r, 8);
	}
}

static void put_address(FILE *f, uint32_t a)
{
	fprintf(f, "%u.%u.%u.%u", a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255);
}

static void put_ether(FILE *f, struct draw *r)
{
	if (once_in(r, 6))
		fprintf(f, "2:0:0:0:1:%x", pick(r, 4));
	else
		fprintf(f, "2:0:0:0:0:%x", pick(r, RG_DEVS));
}

static uint32_t number(struct draw *r)
{
	static const uint32_t usual[] = {0, 14, 14, 20, 28, 34, 40, 54};

	return pick(r, 4) ? usual[pick(r, 8)] : pick(r, 100);
}

static void put_routes(FILE *f, struct draw *r, unsigned int outs)
{
	unsigned int n = 1 + pick(r, 3) * pick(r, 8) + (once_in(r, 8) ? 100 : 0);

	for (unsigned int i = 0; i < n; i++) {
		put_address(f, rg_address(r));
		fprintf(f, "/%u ", once_in(r, 3) ? 24 : pick(r, 33));
		if (once_in(r, 3)) {
			put_address(f, rg_address(r) | 1);
			fputc(' ', f);
		}
		fprintf(f, "%u, ", pick(r, outs));
	}
	if (pick(r, 5))
		fprintf(f, "0.0.0.0/0 %u", pick(r, outs));
	else
		fprintf(f, "10.0.0.0/8 %u", pick(r, outs));
}

static void put_test(FILE *f, struct draw *r)
{
	static const char *const dirs[] = {"", "src ", "dst ", "src and dst ", "src or dst "};
	static const char *const rels[] = {"", "= ", "!= ", "< ", "<= ", "> ", ">= "};
	static const char *const fixed[] = {"tcp",
					    "udp",
					    "icmp",
					    "ip frag",
					    "ip unfrag",
					    "tcp opt syn",
					    "tcp opt ack",
					    "icmp type echo",
					    "icmp type echo-reply",
					    "ip proto 47",
					    "ip vers 4"};
	static const char *const fields[] = {"ttl", "len", "id", "tos", "dscp", "hl"};
	static const char *const protos[] = {"", "tcp ", "udp "};
	uint32_t k;

	switch (pick(r, 5)) {
	case 0:
		fputs(dirs[pick(r, 5)], f);
		fputs("host ", f);
		put_address(f, rg_address(r));
		break;
	case 1:
		fputs(dirs[pick(r, 5)], f);
		fputs("net ", f);
		put_address(f, rg_address(r));
		fprintf(f, "/%u", 8 + pick(r, 24));
		break;
	case 2:
		fprintf(f, "%s%sport %s%u", protos[pick(r, 3)], dirs[pick(r, 5)], rels[pick(r, 7)],
			once_in(r, 3) ? 53 : 1000 + pick(r, 4));
		break;
	case 3:
		k = pick(r, 6);
		fprintf(f, "ip %s %s%u", fields[k], rels[pick(r, 7)], pick(r, k == 5 ? 16 : 64));
		break;
	default:
		fputs(fixed[pick(r, COUNT(fixed))], f);
	}
}

static void put_filter(FILE *f, struct draw *r, int depth)
{
	uint32_t n = 1 + (once_in(r, 2) ? pick(r, 3) : 0);

	for (uint32_t i = 0; i < n; i++) {
		if (i)
			fputs(once_in(r, 2) ? " and " : " or ", f);
		if (once_in(r, 5))
			fputs("not ", f);
		if (depth < 2 && once_in(r, 4)) {
			fputc('(', f);
			put_filter(f, r, depth + 1);
			fputc(')', f);
		} else {
			put_test(f, r);
		}
	}
}

static void put_prefix(FILE *f, struct draw *r)
{
	put_address(f, rg_address(r));
	fprintf(f, "/%u", pick(r, 33));
}

/* ---- IPv6 ------------------------------------------------------------------------------------*/

void rg_address6(struct draw *r, uint8_t ip[16])
{
	memset(ip, 0, 16);
	switch (pick(r, 16)) {
	case 0:
		ip[15] = (uint8_t)pick(r, 3);
		return;
	case 1:
		ip[0] = 0xff;
		ip[1] = 2;
		ip[11] = 1;
		ip[12] = 0xff;
		ip[15] = (uint8_t)pick(r, 8);
		return;
	case 2:
		ip[0] = 0xff;
		ip[1] = 0x0e;
		ip[15] = (uint8_t)pick(r, 4);
		return;
	case 3:
		ip[0] = 0xfe;
		ip[1] = 0x80;
		break;
	case 4:
		for (int i = 0; i < 16; i++)
			ip[i] = (uint8_t)pick(r, 256);
		return;
	default:
		ip[0] = 0xfd;
		ip[7] = (uint8_t)pick(r, RG_DEVS);
	}
	ip[15] = (uint8_t)pick(r, 8);
}

static void put_address6(FILE *f, struct draw *r)
{
	char text[INET6_ADDRSTRLEN];
	uint8_t ip[16];

	rg_address6(r, ip);
	fputs(inet_ntop(AF_INET6, ip, text, sizeof(text)), f);
}

static void put_prefix6(FILE *f, struct draw *r)
{
	static const uint32_t lengths[] = {0, 8, 64, 64, 64, 120, 127, 128, 128};

	put_address6(f, r);
	fprintf(f, "/%u", once_in(r, 3) ? pick(r, 129) : lengths[pick(r, COUNT(lengths))]);
}

static void put_routes6(FILE *f, struct draw *r, unsigned int outs)
{
	unsigned int n = 1 + pick(r, 12);

	for (unsigned int i = 0; i < n; i++) {
		put_prefix6(f, r);
		fputc(' ', f);
		if (once_in(r, 3)) {
			put_address6(f, r);
			fputc(' ', f);
		}
		fprintf(f, "%u, ", pick(r, outs));
	}
	fprintf(f, "::/0 %u", pick(r, outs));
}

char *rg_expand(struct draw *r, const char *text, unsigned int outs)
{
	static const uint32_t lengths[] = {60, 100, 576, 1500, 20, 28};
	char *out = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&out, &len);

	if (!f)
		abort();
	for (; *text; text++) {
		if (*text != '%') {
			fputc(*text, f);
			continue;
		}
		switch (*++text) {
		case 'a':
			put_address(f, rg_address(r));
			break;
		case 'p':
			put_prefix(f, r);
			break;
		case 'n':
			fprintf(f, "%u", number(r));
			break;
		case 'c':
			fprintf(f, "%u", pick(r, 4));
			break;
		case 'm':
			fprintf(f, "%u", lengths[pick(r, COUNT(lengths))]);
			break;
		case 'e':
			put_ether(f, r);
			break;
		case 'A':
			put_address6(f, r);
			break;
		case 'P':
			put_prefix6(f, r);
			break;
		case 'R':
			put_routes6(f, r, outs);
			break;
		case 'o':
			fprintf(f, "%u", pick(r, outs));
			break;
		case 'r':
			put_routes(f, r, outs);
			break;
		case 'f':
			put_filter(f, r, 0);
			break;
		default:
			fputc(*text, f);
		}
	}
	fclose(f);
	return out;
}
