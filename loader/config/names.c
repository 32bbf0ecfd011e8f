// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names for addresses and ports, as AddressInfo and PortInfo give them.
 *
 * A name belongs to the compound its information element stands in: "a/b/info" defines names in
 * "a/b/". Who asks from "a/b/c/x" finds those of a/b/c/, a/b/, a/ and the file, in this order. A
 * device's name stands for its own addresses unless an AddressInfo says otherwise.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "loader/config/config.h"
#include "loader/mem.h"

enum { HAS_IP = 1, HAS_NET = 2, HAS_ETHER = 4 };

struct address {
	char *name; /* with its scope in front: "a/b/gw" */
	unsigned int has;
	uint32_t ip;
	struct sl_prefix4 net; /* host bits cleared */
	uint8_t ether[6];
};

struct port {
	char *name;
	uint8_t proto; /* 0: both */
	uint16_t port;
};

struct sl_names {
	struct address *addresses;
	size_t n_addresses, cap_addresses;
	struct port *ports;
	size_t n_ports, cap_ports;
};

struct sl_names *sl_names_new(void)
{
	return calloc(1, sizeof(struct sl_names));
}

void sl_names_free(struct sl_names *n)
{
	if (!n)
		return;
	for (size_t i = 0; i < n->n_addresses; i++)
		free(n->addresses[i].name);
	for (size_t i = 0; i < n->n_ports; i++)
		free(n->ports[i].name);
	free(n->addresses);
	free(n->ports);
	free(n);
}

/* Length of "a/b/" in the element name "a/b/x". */
static size_t scope_len(const char *elem_name, size_t len)
{
	while (len && elem_name[len - 1] != '/')
		len--;
	return len;
}

static char *scoped(const struct sl_conf *cf, const char *name)
{
	const char *elem = cf->inst->elem->name;
	char *full;

	if (asprintf(&full, "%.*s%s", (int)scope_len(elem, strlen(elem)), elem, name) < 0)
		return NULL;
	return full;
}

/* Whether `entry` is `name` in the scope that is the first `scope` characters of `elem`. */
static bool matches(const char *entry, const char *elem, size_t scope, const char *name, size_t len)
{
	return strlen(entry) == scope + len && !memcmp(entry, elem, scope) &&
	       !memcmp(entry + scope, name, len);
}

/* ---- Addresses -------------------------------------------------------------------------------*/

static int grow_address(struct sl_names *n, char **name, struct address **out)
{
	for (size_t i = 0; i < n->n_addresses; i++) {
		if (!strcmp(n->addresses[i].name, *name)) {
			*out = &n->addresses[i];
			return 0;
		}
	}
	if (SL_GROW(n->addresses, n->n_addresses, n->cap_addresses) < 0)
		return -ENOMEM;
	*out = &n->addresses[n->n_addresses++];
	**out = (struct address){.name = TAKE_PTR(*name)};
	return 0;
}

static void conflict(struct sl_conf *cf, const struct sl_arg *arg, const char *word,
		     const char *what)
{
	struct sl_diag *diag = sl_warn(cf->diags, arg->pos, "address-conflict",
				       "'%s' gives this name a second %s", word, what);

	sl_diag_element(diag, cf->inst->elem->name);
	sl_diag_hint(diag, "the last one is used; remove the other");
}

static bool set_address(struct sl_conf *cf, const struct sl_arg *arg, struct address *a,
			const char *word)
{
	struct sl_prefix4 prefix;
	uint8_t ether[6], ip6[16];
	uint32_t ip;

	if (sl_text_ip4(word, &ip)) {
		if ((a->has & HAS_IP) && a->ip != ip)
			conflict(cf, arg, word, "IP address");
		a->has |= HAS_IP;
		a->ip = ip;
		return true;
	}
	if (sl_text_prefix4(word, &prefix)) {
		/* "10.0.0.1/8" names both the host and its network. */
		if (!(a->has & HAS_IP) && (prefix.addr & ~prefix.mask)) {
			a->has |= HAS_IP;
			a->ip = prefix.addr;
		}
		prefix.addr &= prefix.mask;
		if ((a->has & HAS_NET) && memcmp(&a->net, &prefix, sizeof(prefix)))
			conflict(cf, arg, word, "network");
		a->has |= HAS_NET;
		a->net = prefix;
		return true;
	}
	if (sl_text_ether(word, ether)) {
		if ((a->has & HAS_ETHER) && memcmp(a->ether, ether, 6))
			conflict(cf, arg, word, "Ethernet address");
		a->has |= HAS_ETHER;
		memcpy(a->ether, ether, 6);
		return true;
	}
	/* IPv6 addresses are accepted: the elements here take none by name. */
	if (strchr(word, ':')) {
		_free_ char *host = strndup(word, strcspn(word, "/"));

		return host && inet_pton(AF_INET6, host, ip6) == 1;
	}
	return false;
}

int sl_names_add_address(struct sl_conf *cf, const struct sl_arg *arg)
{
	struct sl_names *n = cf->program->names;
	const char *rest = arg->text;
	_free_ char *name = sl_next_word(&rest);
	_free_ char *full = NULL;
	struct address *a;
	int ret = 0;

	if (!name || !*rest) {
		sl_diag_hint(sl_conf_error(cf, arg, "bad-argument",
					   "'%s' is no name with an address", arg->text),
			     "write NAME ADDRESS..., for example: gw 192.0.2.1 02:00:00:00:00:01");
		return -EINVAL;
	}
	full = scoped(cf, name);
	if (!full || grow_address(n, &full, &a) < 0)
		return -ENOMEM;
	for (;;) {
		_free_ char *word = sl_next_word(&rest);

		if (!word)
			break;
		if (!set_address(cf, arg, a, word)) {
			sl_diag_hint(sl_conf_error(cf, arg, "bad-argument",
						   "'%s' is no address", word),
				     "give an IP address, an IP prefix or an Ethernet address");
			ret = -EINVAL;
		}
	}
	return ret;
}

static const struct address *find_address(const struct sl_program *p, const struct sl_elem *where,
					  const char *name, size_t len)
{
	const struct sl_names *n = p->names;
	const char *elem = where ? where->name : "";
	size_t scope = scope_len(elem, strlen(elem));

	while (n) {
		for (size_t i = 0; i < n->n_addresses; i++) {
			if (matches(n->addresses[i].name, elem, scope, name, len))
				return &n->addresses[i];
		}
		if (!scope)
			break;
		scope = scope_len(elem, scope - 1);
	}
	return NULL;
}

/*
 * All that `text` names, the device's addresses where AddressInfo gives none. The part behind the
 * last colon is in *kind ("" when there is none).
 */
static int look_up(const struct sl_program *p, const struct sl_elem *where, const char *text,
		   struct address *out, const char **kind)
{
	const char *colon = strrchr(text, ':');
	size_t len = colon ? (size_t)(colon - text) : strlen(text);
	const struct address *a;
	bool found = false;

	*kind = colon ? colon + 1 : "";
	*out = (struct address){0};
	if (!p || !len)
		return -ENOENT;
	a = find_address(p, where, text, len);
	if (a) {
		*out = *a;
		found = true;
	}
	for (size_t i = 0; i < p->devices.n; i++) {
		const struct sl_device *dev = &p->devices.list[i];

		if (strlen(dev->name) != len || memcmp(dev->name, text, len))
			continue;
		found = true;
		if (!(out->has & HAS_IP) && dev->ip) {
			out->has |= HAS_IP;
			out->ip = dev->ip;
			if (!(out->has & HAS_NET)) {
				out->has |= HAS_NET;
				out->net = (struct sl_prefix4){dev->ip & dev->mask, dev->mask};
			}
		}
		if (!(out->has & HAS_ETHER)) {
			out->has |= HAS_ETHER;
			memcpy(out->ether, dev->mac, 6);
		}
	}
	return found ? 0 : -ENOENT;
}

int sl_names_ip4(const struct sl_program *p, const struct sl_elem *where, const char *text,
		 uint32_t *out)
{
	const char *kind;
	struct address a;
	int ret = look_up(p, where, text, &a, &kind);

	if (ret)
		return ret;
	if ((!*kind || !strcasecmp(kind, "ip") || !strcasecmp(kind, "ip4")) && (a.has & HAS_IP)) {
		*out = a.ip;
		return 0;
	}
	if (!(a.has & HAS_NET))
		return -ESRCH;
	if (!strcasecmp(kind, "bcast"))
		*out = a.net.addr | ~a.net.mask;
	else if (!strcasecmp(kind, "ipnet") || !strcasecmp(kind, "ip4net"))
		*out = a.net.addr;
	else
		return -ESRCH;
	return 0;
}

int sl_names_prefix4(const struct sl_program *p, const struct sl_elem *where, const char *text,
		     struct sl_prefix4 *out)
{
	const char *kind;
	struct address a;
	int ret = look_up(p, where, text, &a, &kind);

	if (ret)
		return ret;
	if ((*kind && strcasecmp(kind, "ipnet") && strcasecmp(kind, "ip4net")) ||
	    !(a.has & HAS_NET))
		return -ESRCH;
	*out = a.net;
	return 0;
}

int sl_names_ether(const struct sl_program *p, const struct sl_elem *where, const char *text,
		   uint8_t out[6])
{
	const char *kind;
	struct address a;
	int ret = look_up(p, where, text, &a, &kind);

	if (ret)
		return ret;
	if ((*kind && strcasecmp(kind, "eth") && strcasecmp(kind, "ethernet")) ||
	    !(a.has & HAS_ETHER))
		return -ESRCH;
	memcpy(out, a.ether, 6);
	return 0;
}

/* ---- Ports -----------------------------------------------------------------------------------*/

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

int sl_names_add_port(struct sl_conf *cf, const struct sl_arg *arg)
{
	struct sl_names *n = cf->program->names;
	const char *rest = arg->text;
	_free_ char *name = sl_next_word(&rest);
	_free_ char *word = sl_next_word(&rest);
	_free_ char *full = NULL, *number = NULL;
	const char *slash = word ? strchr(word, '/') : NULL;
	uint8_t proto = 0;
	uint64_t port;
	bool negative;

	if (!word || *rest)
		goto bad;
	number = strndup(word, strcspn(word, "/"));
	full = scoped(cf, name);
	if (!number || !full)
		return -ENOMEM;
	if (slash && !strcasecmp(slash, "/tcp"))
		proto = 6;
	else if (slash && !strcasecmp(slash, "/udp"))
		proto = 17;
	else if (slash)
		goto bad;
	if (!sl_text_int(number, &negative, &port) || negative || port > UINT16_MAX)
		goto bad;
	for (size_t i = 0; i < n->n_ports; i++) {
		if (!strcmp(n->ports[i].name, full) && n->ports[i].proto == proto) {
			n->ports[i].port = (uint16_t)port;
			return 0;
		}
	}
	if (SL_GROW(n->ports, n->n_ports, n->cap_ports) < 0)
		return -ENOMEM;
	n->ports[n->n_ports++] =
		(struct port){.name = TAKE_PTR(full), .proto = proto, .port = (uint16_t)port};
	return 0;
bad:
	sl_diag_hint(
		sl_conf_error(cf, arg, "bad-argument", "'%s' is no name with a port", arg->text),
		"write NAME PORT, NAME PORT/tcp or NAME PORT/udp, with a port of 0 to 65535");
	return -EINVAL;
}

int sl_names_port(const struct sl_program *p, const struct sl_elem *where, const char *text,
		  unsigned int proto, uint16_t *out)
{
	const struct sl_names *n = p ? p->names : NULL;
	const char *elem = where ? where->name : "";
	size_t scope = scope_len(elem, strlen(elem)), len = strlen(text);
	bool negative;
	uint64_t port;

	if (sl_text_int(text, &negative, &port)) {
		if (negative || port > UINT16_MAX)
			return -ENOENT;
		*out = (uint16_t)port;
		return 0;
	}
	while (n) {
		for (size_t i = 0; i < n->n_ports; i++) {
			if (matches(n->ports[i].name, elem, scope, text, len) &&
			    proto_ok(n->ports[i].proto, proto)) {
				*out = n->ports[i].port;
				return 0;
			}
		}
		if (!scope)
			break;
		scope = scope_len(elem, scope - 1);
	}
	for (size_t i = 0; i < sizeof(well_known) / sizeof(well_known[0]); i++) {
		if (!strcasecmp(text, well_known[i].name) && proto_ok(well_known[i].proto, proto)) {
			*out = well_known[i].port;
			return 0;
		}
	}
	return -ENOENT;
}
