// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names for addresses, as AddressInfo gives them; the scopes are those of port names, too.
 *
 * A name belongs to the compound its information element stands in: "a/b/info" defines names in
 * "a/b/". Who asks from "a/b/c/x" finds those of a/b/c/, a/b/, a/ and the file, in this order. A
 * device's name stands for its own addresses unless an AddressInfo says otherwise.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "loader/config/names.h"
#include "loader/mem.h"

enum { HAS_IP = 1, HAS_NET = 2, HAS_ETHER = 4, HAS_IP6 = 8, HAS_NET6 = 16 };

struct address {
	UT_hash_handle hh;
	unsigned int has;
	uint32_t ip;
	struct sl_prefix4 net; /* host bits cleared */
	uint8_t ip6[16];
	struct sl_prefix6 net6; /* host bits cleared */
	uint8_t ether[6];
	char name[]; /* with its scope in front: "a/b/gw" */
};

struct sl_names *sl_names_new(void)
{
	return calloc(1, sizeof(struct sl_names));
}

void sl_names_free(struct sl_names *n)
{
	struct address *a, *tmp;

	if (!n)
		return;
	HASH_ITER (hh, n->addresses, a, tmp) {
		HASH_DEL(n->addresses, a);
		free(a);
	}
	sl_names_free_ports(n);
	free(n);
}

/* Length of "a/b/" in the first `len` characters of the element name "a/b/x". */
static size_t scope_len(const char *elem_name, size_t len)
{
	while (len && elem_name[len - 1] != '/')
		len--;
	return len;
}

char *sl_name_scoped(const struct sl_elem *e, const char *name)
{
	char *full;

	if (asprintf(&full, "%.*s%s", (int)scope_len(e->name, strlen(e->name)), e->name, name) < 0)
		return NULL;
	return full;
}

void *sl_name_search(const struct sl_names *n, const struct sl_elem *where, const char *name,
		     size_t len, sl_name_find *find, const void *arg)
{
	const char *elem = where ? where->name : "";
	size_t scope = scope_len(elem, strlen(elem));
	_free_ char *full = malloc(scope + len + 1);

	if (!n || !full)
		return NULL;
	for (;;) {
		void *found;

		memcpy(full, elem, scope);
		memcpy(full + scope, name, len);
		full[scope + len] = 0;
		found = find(n, full, arg);
		if (found || !scope)
			return found;
		scope = scope_len(elem, scope - 1);
	}
}

/* ---- Addresses -------------------------------------------------------------------------------*/

static int add_address(struct sl_names *n, const char *name, struct address **out)
{
	size_t len = strlen(name);

	HASH_FIND_STR(n->addresses, name, *out);
	if (*out)
		return 0;
	*out = calloc(1, sizeof(**out) + len + 1);
	if (!*out)
		return -ENOMEM;
	memcpy((*out)->name, name, len + 1);
	HASH_ADD_STR(n->addresses, name, *out);
	if (!(*out)->hh.tbl) {
		free(*out);
		return -ENOMEM;
	}
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

static bool set_address6(struct sl_conf *cf, const struct sl_arg *arg, struct address *a,
			 const char *word)
{
	struct sl_prefix6 prefix;
	uint8_t ip[16];

	if (sl_text_ip6(word, ip)) {
		if ((a->has & HAS_IP6) && memcmp(a->ip6, ip, 16))
			conflict(cf, arg, word, "IPv6 address");
		a->has |= HAS_IP6;
		memcpy(a->ip6, ip, 16);
		return true;
	}
	if (!sl_text_prefix6(word, &prefix))
		return false;
	memcpy(ip, prefix.addr, 16);
	sl_prefix6_cut(&prefix);
	if (!(a->has & HAS_IP6) && memcmp(ip, prefix.addr, 16)) {
		a->has |= HAS_IP6;
		memcpy(a->ip6, ip, 16);
	}
	if ((a->has & HAS_NET6) && memcmp(&a->net6, &prefix, sizeof(prefix)))
		conflict(cf, arg, word, "IPv6 network");
	a->has |= HAS_NET6;
	a->net6 = prefix;
	return true;
}

static bool set_address(struct sl_conf *cf, const struct sl_arg *arg, struct address *a,
			const char *word)
{
	struct sl_prefix4 prefix;
	uint8_t ether[6];
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
	return set_address6(cf, arg, a, word);
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
	full = sl_name_scoped(cf->inst->elem, name);
	if (!full || add_address(n, full, &a))
		return -ENOMEM;
	for (;;) {
		_free_ char *word = sl_next_word(&rest);

		if (!word)
			break;
		if (!set_address(cf, arg, a, word)) {
			sl_diag_hint(
				sl_conf_error(cf, arg, "bad-argument", "'%s' is no address", word),
				"give an IP address or prefix, an IPv6 address or prefix, or an "
				"Ethernet address");
			ret = -EINVAL;
		}
	}
	return ret;
}

static void *find_address(const struct sl_names *n, const char *full, const void *arg)
{
	struct address *a;

	(void)arg;
	HASH_FIND_STR(n->addresses, full, a);
	return a;
}

/*
 * All that `text` names, the device's addresses where AddressInfo gives none. The part behind the
 * last colon is in *kind ("" when there is none).
 */
static int look_up(const struct sl_program *p, const struct sl_elem *where, const char *text,
		   struct address *out, const char **kind)
{
	static const uint8_t no_ip6[16];
	const char *colon = strrchr(text, ':');
	size_t len = colon ? (size_t)(colon - text) : strlen(text);
	const struct address *a;
	bool found = false;

	*kind = colon ? colon + 1 : "";
	*out = (struct address){0};
	if (!p || !len)
		return -ENOENT;
	a = sl_name_search(p->names, where, text, len, find_address, NULL);
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
		if (!(out->has & HAS_IP6) && memcmp(dev->ip6, no_ip6, 16)) {
			out->has |= HAS_IP6;
			memcpy(out->ip6, dev->ip6, 16);
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

int sl_names_ip6(const struct sl_program *p, const struct sl_elem *where, const char *text,
		 uint8_t out[16])
{
	const char *kind;
	struct address a;
	int ret = look_up(p, where, text, &a, &kind);

	if (ret)
		return ret;
	if ((!*kind || !strcasecmp(kind, "ip6")) && (a.has & HAS_IP6)) {
		memcpy(out, a.ip6, 16);
		return 0;
	}
	if (strcasecmp(kind, "ip6net") || !(a.has & HAS_NET6))
		return -ESRCH;
	memcpy(out, a.net6.addr, 16);
	return 0;
}

int sl_names_prefix6(const struct sl_program *p, const struct sl_elem *where, const char *text,
		     struct sl_prefix6 *out)
{
	const char *kind;
	struct address a;
	int ret = look_up(p, where, text, &a, &kind);

	if (ret)
		return ret;
	if ((*kind && strcasecmp(kind, "ip6net")) || !(a.has & HAS_NET6))
		return -ESRCH;
	*out = a.net6;
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
