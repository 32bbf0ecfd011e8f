// SPDX-License-Identifier: GPL-2.0-only
/* Names for TCP and UDP ports, as PortInfo gives them, and those everybody knows. */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "bpf/net.h"
#include "loader/config/names.h"
#include "loader/mem.h"

enum { TCP = SL_IPPROTO_TCP, UDP = SL_IPPROTO_UDP };

struct port {
	UT_hash_handle hh;
	bool has_tcp, has_udp;
	uint16_t tcp, udp;
	char name[]; /* with its scope in front */
};

/* Names everybody expects, whatever the machine's own list says (IANA's registry). */
static const struct {
	const char *name;
	uint16_t port;
	uint8_t proto;
} well_known[] = {
	{"echo", 7, 0},		  {"discard", 9, 0},	   {"daytime", 13, 0},
	{"chargen", 19, 0},	  {"ftp-data", 20, 6},	   {"ftp", 21, 6},
	{"ssh", 22, 6},		  {"telnet", 23, 6},	   {"smtp", 25, 6},
	{"time", 37, 0},	  {"whois", 43, 6},	   {"dns", 53, 0},
	{"domain", 53, 0},	  {"bootps", 67, 17},	   {"bootpc", 68, 17},
	{"tftp", 69, 17},	  {"gopher", 70, 6},	   {"finger", 79, 6},
	{"http", 80, 6},	  {"www", 80, 6},	   {"kerberos", 88, 0},
	{"pop3", 110, 6},	  {"sunrpc", 111, 0},	   {"auth", 113, 6},
	{"nntp", 119, 6},	  {"ntp", 123, 17},	   {"netbios-ns", 137, 17},
	{"netbios-dgm", 138, 17}, {"netbios-ssn", 139, 6}, {"imap", 143, 6},
	{"imap2", 143, 6},	  {"imap4", 143, 6},	   {"snmp", 161, 17},
	{"snmp-trap", 162, 17},	  {"snmptrap", 162, 17},   {"bgp", 179, 6},
	{"irc", 194, 6},	  {"imap3", 220, 6},	   {"ldap", 389, 6},
	{"https", 443, 6},	  {"rip", 520, 17},	   {"route", 520, 17},
	{"imaps", 993, 6},	  {"pop3s", 995, 6},	   {"nfs", 2049, 0},
	{"bfd", 3784, 17},
};

static bool proto_ok(unsigned int have, unsigned int want)
{
	return !have || !want || have == want;
}

/* A name may have one port for TCP and one for UDP: the last one given for each counts. */
static int add_port(struct sl_names *n, const char *name, uint8_t proto, uint16_t number)
{
	size_t len = strlen(name);
	struct port *p;

	HASH_FIND_STR(n->ports, name, p);
	if (!p) {
		p = calloc(1, sizeof(*p) + len + 1);
		if (!p)
			return -ENOMEM;
		memcpy(p->name, name, len + 1);
		HASH_ADD_STR(n->ports, name, p);
		if (!p->hh.tbl) {
			free(p);
			return -ENOMEM;
		}
	}
	if (proto != UDP) {
		p->has_tcp = true;
		p->tcp = number;
	}
	if (proto != TCP) {
		p->has_udp = true;
		p->udp = number;
	}
	return 0;
}

void sl_names_free_ports(struct sl_names *n)
{
	struct port *p, *tmp;

	HASH_ITER (hh, n->ports, p, tmp) {
		HASH_DEL(n->ports, p);
		free(p);
	}
}

static void *find_port(const struct sl_names *n, const char *full, const void *arg)
{
	unsigned int proto = *(const unsigned int *)arg;
	struct port *p;

	HASH_FIND_STR(n->ports, full, p);
	if (!p || (proto == TCP && !p->has_tcp) || (proto == UDP && !p->has_udp))
		return NULL;
	return p;
}

static int add_name(struct sl_conf *cf, const char *name, uint8_t proto, uint16_t port)
{
	_free_ char *full = sl_name_scoped(cf->inst->elem, name);

	return full ? add_port(cf->program->names, full, proto, port) : -ENOMEM;
}

/* As in /etc/services: a name, the port, perhaps more names, perhaps a comment. */
int sl_names_add_port(struct sl_conf *cf, const struct sl_arg *arg)
{
	const char *rest = arg->text;
	_free_ char *name = sl_next_word(&rest);
	_free_ char *word = sl_next_word(&rest);
	_free_ char *number = NULL;
	const char *slash = word ? strchr(word, '/') : NULL;
	uint8_t proto = 0;
	uint64_t port;
	bool negative;
	int ret;

	if (name && name[0] == '#')
		return 0;
	if (!word)
		goto bad;
	number = strndup(word, strcspn(word, "/"));
	if (!number)
		return -ENOMEM;
	if (slash && !strcasecmp(slash, "/tcp"))
		proto = TCP;
	else if (slash && !strcasecmp(slash, "/udp"))
		proto = UDP;
	else if (slash)
		goto bad;
	if (!sl_text_int(number, &negative, &port) || negative || port > UINT16_MAX)
		goto bad;
	ret = add_name(cf, name, proto, (uint16_t)port);
	while (!ret) {
		_free_ char *alias = sl_next_word(&rest);

		if (!alias || alias[0] == '#')
			break;
		ret = add_name(cf, alias, proto, (uint16_t)port);
	}
	return ret;
bad:
	sl_diag_hint(
		sl_conf_error(cf, arg, "bad-argument", "'%s' is no name with a port", arg->text),
		"write NAME PORT, NAME PORT/tcp or NAME PORT/udp, with a port of 0 to 65535");
	return -EINVAL;
}

int sl_names_port(const struct sl_program *p, const struct sl_elem *where, const char *text,
		  unsigned int proto, uint16_t *out)
{
	const struct port *named;
	bool negative;
	uint64_t port;

	if (sl_text_int(text, &negative, &port)) {
		if (negative || port > UINT16_MAX)
			return -ENOENT;
		*out = (uint16_t)port;
		return 0;
	}
	named = p ? sl_name_search(p->names, where, text, strlen(text), find_port, &proto) : NULL;
	if (named) {
		*out = proto == UDP || !named->has_tcp ? named->udp : named->tcp;
		return 0;
	}
	for (size_t i = 0; i < sizeof(well_known) / sizeof(well_known[0]); i++) {
		if (!strcasecmp(text, well_known[i].name) && proto_ok(well_known[i].proto, proto)) {
			*out = well_known[i].port;
			return 0;
		}
	}
	return -ENOENT;
}
