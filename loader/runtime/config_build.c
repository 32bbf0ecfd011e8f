// SPDX-License-Identifier: GPL-2.0-only
/* From the values as written to typed values, each with its place. */
#include <errno.h>
#include <string.h>

#include "loader/mem.h"
#include "loader/runtime/config_build.h"
#include "loader/runtime/config_value.h"

struct build {
	struct sl_node_config *c;
	struct sl_diags *d;
	unsigned int errors;
};

#define complain(b, node, code, ...)                                                               \
	((b)->errors++, sl_error((b)->d, sl_yaml_pos(node, (b)->c->file), code, __VA_ARGS__))

static struct sl_pos pos_of(const struct build *b, const struct sl_yaml *node)
{
	return sl_yaml_pos(node, b->c->file);
}

static struct sl_pos pos_or(const struct build *b, const struct sl_yaml *node, struct sl_pos other)
{
	return node ? pos_of(b, node) : other;
}

/* Copies a text that may be missing. 0 or -ENOMEM. */
static int dup_text(const char *text, char **out)
{
	char *copy = NULL;

	if (text) {
		copy = strdup(text);
		if (!copy)
			return -ENOMEM;
	}
	*out = copy;
	return 0;
}

/* ---- Ports and the node itself --------------------------------------------------------------- */

static int build_port(struct build *b, const struct sl_raw_port *raw, const struct sl_yaml *node,
		      struct sl_node_port *p)
{
	p->mode = raw->mode;
	p->mtu = raw->mtu;
	p->pos = pos_of(b, sl_yaml_get(node, "name"));
	if (dup_text(raw->name, &p->name) < 0 || dup_text(raw->interface, &p->interface) < 0)
		return -ENOMEM;
	return 0;
}

static int build_node(struct build *b, const struct sl_raw_node *raw, const struct sl_yaml *node)
{
	struct sl_node_config *c = b->c;
	uint64_t milli = 100;

	c->frags = raw->frags;
	c->optimize_s = raw->optimize_s;
	c->unknown_keys = sl_yaml_get(node, "unknown_keys") ? raw->unknown_keys : SL_UNKNOWN_KEYS;
	c->max_delay_us = sl_yaml_get(node, "max_delay_us") ? raw->max_delay_us : SL_MAX_DELAY_US;
	if (raw->reserve)
		sl_value_cpu(raw->reserve, &milli);
	c->reserve_milli = milli;
	c->experiments = calloc(raw->n_experiments + 1, sizeof(*c->experiments));
	if (!c->experiments)
		return -ENOMEM;
	for (uint32_t i = 0; i < raw->n_experiments; i++) {
		for (uint32_t j = 0; j < i; j++)
			if (!strcmp(raw->experiments[i], raw->experiments[j]))
				sl_diag_hint(
					complain(b, sl_yaml_at(sl_yaml_get(node, "experiments"), i),
						 "duplicate-name", "'%s' is listed twice",
						 raw->experiments[i]),
					"remove one of them");
		if (dup_text(raw->experiments[i], &c->experiments[i]) < 0)
			return -ENOMEM;
		c->n_experiments++;
	}
	return 0;
}

/* ---- Links ----------------------------------------------------------------------------------- */

/*
 * A link that carries IP has no Ethernet to meet others on: the number of its device is enough, and
 * tenants with the same graph are compiled once.
 */
static void number_mac(uint8_t dev, uint8_t first, uint8_t mac[6])
{
	memcpy(mac, (const uint8_t[]){first, 0, 0, 0, 0, (uint8_t)(dev + 1)}, 6);
}

/* FNV-1a over the names and a salt: the same link gets the same addresses on every node. */
static void name_mac(const char *tenant, const char *device, uint8_t first, uint8_t mac[6])
{
	uint64_t h = 0xcbf29ce484222325;
	const char *const parts[] = {tenant, "/", device};

	h = (h ^ first) * 0x100000001b3;
	for (size_t i = 0; i < 3; i++)
		for (const char *s = parts[i]; *s; s++)
			h = (h ^ (uint8_t)*s) * 0x100000001b3;
	/* Spread the last characters over all bits. */
	h = (h ^ h >> 33) * 0xff51afd7ed558ccd;
	h ^= h >> 33;
	mac[0] = first;
	for (int i = 1; i < 6; i++, h >>= 8)
		mac[i] = h & 0xff;
}

/* Keys that mean nothing on a link of kind direct. */
static void refuse_gre_keys(struct build *b, const struct sl_raw_link *raw,
			    const struct sl_yaml *node)
{
	static const char *const keys[] = {"local", "remote", "key",	      "csum",	   "seq",
					   "ttl",   "tos",    "next_hop_mac", "inner_vlan"};
	const struct sl_yaml *payload = sl_yaml_get(node, "payload");

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		const struct sl_yaml *value = sl_yaml_get(node, keys[i]);

		if (value)
			sl_diag_hint(complain(b, value, "not-for-kind",
					      "'%s' has no meaning on a link of kind direct",
					      keys[i]),
				     "leave it out, or make the link one of kind gre");
	}
	if (payload && raw->payload == SL_PAYLOAD_IP)
		sl_diag_hint(complain(b, payload, "not-for-kind",
				      "a link of kind direct carries Ethernet frames"),
			     "write 'payload: ether' or leave it out");
	if (!raw->port)
		sl_diag_hint(complain(b, node, "missing-key",
				      "'port' is missing: a link of kind direct is a port's"),
			     "add a line 'port: ...' with a name from 'ports'");
}

static void check_ends(struct build *b, const struct sl_raw_link *raw, const struct sl_yaml *node,
		       struct sl_node_link *l)
{
	char text[SL_ADDR_TEXT];

	if (!raw->local || !raw->remote) {
		sl_diag_hint(complain(b, node, "missing-key",
				      "'%s' is missing: a link of kind gre has two ends",
				      raw->local ? "remote" : "local"),
			     "add a line '%s: ADDRESS'", raw->local ? "remote" : "local");
		return;
	}
	sl_addr_parse(raw->local, &l->local);
	sl_addr_parse(raw->remote, &l->remote);
	l->kind = l->local.family == AF_INET6 ? SL_LINK_GRE6 : SL_LINK_GRE4;
	if (l->local.family != l->remote.family)
		sl_diag_hint(complain(b, sl_yaml_get(node, "remote"), "family",
				      "'local' and 'remote' are of different IP versions"),
			     "give both as IPv4, or both as IPv6");
	else if (sl_addr_equal(&l->local, &l->remote))
		sl_diag_hint(complain(b, sl_yaml_get(node, "remote"), "same-ends",
				      "'local' and 'remote' are the same address, %s",
				      sl_addr_text(&l->local, text)),
			     "'remote' is the address of the other end of the tunnel");
	else if (l->remote.family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&l->remote.v6) && !raw->port)
		sl_diag_hint(complain(b, sl_yaml_get(node, "remote"), "missing-key",
				      "'remote' is a link-local address, and 'port' is missing"),
			     "add a line 'port: ...' that says on which port it is");
}

static void build_gre(struct build *b, const struct sl_raw_link *raw, const struct sl_yaml *node,
		      struct sl_node_link *l)
{
	const struct sl_yaml *vlan = sl_yaml_get(node, "vlan");
	const struct sl_yaml *inner = sl_yaml_get(node, "inner_vlan");

	l->kind = SL_LINK_GRE4;
	l->payload = raw->payload;
	check_ends(b, raw, node, l);
	if (raw->key) {
		sl_value_key(raw->key, &l->key);
		l->gre |= SL_GRE_KEY;
	}
	l->gre |= (raw->csum ? SL_GRE_CSUM : 0) | (raw->seq ? SL_GRE_SEQ : 0);
	l->ttl = sl_yaml_get(node, "ttl") ? raw->ttl : 64;
	l->tos = raw->tos;
	l->inner_vlan = raw->inner_vlan;
	if (raw->next_hop_mac) {
		sl_mac_parse(raw->next_hop_mac, l->next_hop_mac);
		l->has_next_hop_mac = true;
	}
	if (inner && !vlan)
		sl_diag_hint(
			complain(b, inner, "missing-key", "'inner_vlan' is given without 'vlan'"),
			"'vlan' is the outer tag; with one tag only, write that as 'vlan'");
	if (vlan && !raw->port)
		sl_diag_hint(complain(b, vlan, "missing-key", "'vlan' is given without 'port'"),
			     "add a line 'port: ...', or leave 'vlan' out: the route says the tag");
}

static void make_macs(const char *tenant, const struct sl_raw_link *raw, struct sl_node_link *l)
{
	if (l->payload == SL_PAYLOAD_IP) {
		number_mac(l->dev, 0x02, l->mac);
		number_mac(l->dev, 0x06, l->peer_mac);
	} else {
		name_mac(tenant, raw->device, 0x02, l->mac);
		name_mac(tenant, raw->device, 0x06, l->peer_mac);
	}
	if (!raw->mac)
		return;
	sl_mac_parse(raw->mac, l->mac);
	l->mac_given = true;
}

static int build_link(struct build *b, const struct sl_raw_link *raw, const struct sl_yaml *node,
		      const char *tenant, struct sl_node_link *l)
{
	l->pos = pos_of(b, sl_yaml_get(node, "device"));
	l->remote_pos = pos_of(b, sl_yaml_get(node, "remote"));
	l->port_pos = pos_of(b, sl_yaml_get(node, "port"));
	l->vlan = raw->vlan;
	sl_value_device(raw->device, &l->dev);
	if (raw->kind == SL_RAW_DIRECT) {
		refuse_gre_keys(b, raw, node);
		l->kind = SL_LINK_DIRECT;
		l->payload = SL_PAYLOAD_ETHER;
	} else {
		build_gre(b, raw, node, l);
	}
	if (raw->address) {
		sl_value_prefix(raw->address, &l->address, &l->prefix_len);
		l->has_address = true;
	}
	if (raw->address6) {
		sl_value_prefix6(raw->address6, l->address6, &l->prefix6_len);
		l->has_address6 = true;
	}
	make_macs(tenant, raw, l);
	if (dup_text(raw->device, &l->device) < 0 || dup_text(raw->port, &l->port) < 0)
		return -ENOMEM;
	return 0;
}

/* ---- Tenants --------------------------------------------------------------------------------- */

static void build_budget(struct build *b, const struct sl_raw_budget *raw,
			 const struct sl_yaml *node, struct sl_budget *out)
{
	uint64_t cpu = 0, cpu_min = 0;

	if (raw->cpu)
		sl_value_cpu(raw->cpu, &cpu);
	if (raw->cpu_min)
		sl_value_cpu(raw->cpu_min, &cpu_min);
	out->cpu_max_milli = cpu;
	out->cpu_min_milli = cpu_min;
	out->weight = sl_yaml_get(node, "weight") ? raw->weight : 100;
	out->ns_per_packet = raw->ns_per_packet;
	if (raw->rx)
		sl_value_rate(raw->rx, &out->rx_bps);
	if (raw->tx)
		sl_value_rate(raw->tx, &out->tx_bps);
	if (raw->pps)
		sl_value_count(raw->pps, &out->pps);
	if (raw->memory)
		sl_value_size(raw->memory, &out->memory_bytes);
	if (raw->map_entries)
		sl_value_count(raw->map_entries, &out->map_entries);
	if (cpu && cpu_min > cpu)
		sl_diag_hint(complain(b, sl_yaml_get(node, "cpu_min"), "budget",
				      "'cpu_min' promises more than 'cpu' allows"),
			     "lower 'cpu_min' to %g%%, or raise 'cpu'", cpu / 10.0);
}

static int build_vars(struct build *b, const struct sl_raw_tenant *raw, const struct sl_yaml *node,
		      struct sl_node_tenant *t)
{
	t->vars = calloc(raw->n_vars + 1, sizeof(*t->vars));
	if (!t->vars)
		return -ENOMEM;
	for (uint32_t i = 0; i < raw->n_vars; i++) {
		const char *eq = strchr(raw->vars[i], '=');
		struct sl_node_var *v = &t->vars[t->n_vars++];

		v->name = strndup(raw->vars[i], eq - raw->vars[i]);
		v->value = strdup(eq + 1);
		if (!v->name || !v->value)
			return -ENOMEM;
		for (uint32_t j = 0; j < i; j++)
			if (!strcmp(t->vars[j].name, v->name))
				sl_diag_hint(complain(b, sl_yaml_at(sl_yaml_get(node, "vars"), i),
						      "duplicate-name",
						      "the variable '%s' is given twice", v->name),
					     "remove one of them");
	}
	return 0;
}

static int graph_path(const char *dir, const char *file, char **out)
{
	bool absolute = file[0] == '/' || !*dir;
	bool slash = *dir && dir[strlen(dir) - 1] == '/';

	if (asprintf(out, "%s%s%s", absolute ? "" : dir, absolute || slash ? "" : "/", file) < 0) {
		*out = NULL;
		return -ENOMEM;
	}
	return 0;
}

static int build_tenant(struct build *b, const struct sl_raw_tenant *raw,
			const struct sl_yaml *node, struct sl_node_tenant *t)
{
	const struct sl_yaml *links = sl_yaml_get(node, "links");
	const struct sl_yaml *budget = sl_yaml_get(node, "budget");
	int ret;

	t->pos = pos_of(b, sl_yaml_get(node, "name"));
	t->graph_pos = pos_of(b, sl_yaml_get(node, "graph"));
	if (raw->owner)
		sl_value_owner(raw->owner, &t->uid);
	if (dup_text(raw->name, &t->name) < 0 ||
	    dup_text(raw->owner ? raw->owner : "0", &t->owner) < 0)
		return -ENOMEM;
	t->class = (enum sl_tenant_class)raw->class;
	if (raw->on_cpu)
		t->on_cpu = 1 + (uint32_t)strtoul(raw->on_cpu, NULL, 0);
	if (raw->graph && graph_path(b->c->dir, raw->graph, &t->graph) < 0)
		return -ENOMEM;
	build_budget(b, &raw->budget, budget, &t->budget);
	t->cpu_pos = pos_or(b, sl_yaml_get(budget, "cpu"), t->pos);
	t->cpu_min_pos = pos_or(b, sl_yaml_get(budget, "cpu_min"), t->pos);
	t->memory_pos = pos_or(b, sl_yaml_get(budget, "memory"), t->pos);
	ret = build_vars(b, raw, node, t);
	if (ret)
		return ret;
	t->links = calloc(raw->n_links + 1, sizeof(*t->links));
	if (!t->links)
		return -ENOMEM;
	for (uint32_t i = 0; i < raw->n_links; i++) {
		ret = build_link(b, &raw->links[i], sl_yaml_at(links, i), raw->name,
				 &t->links[t->n_links++]);
		if (ret)
			return ret;
	}
	return 0;
}

int sl_config_build(const struct sl_raw_config *raw, const struct sl_yaml *root, struct sl_diags *d,
		    struct sl_node_config *c)
{
	struct build b = {.c = c, .d = d};
	int ret;

	c->ports = calloc(raw->n_ports + 1, sizeof(*c->ports));
	c->tenants = calloc(raw->n_tenants + 1, sizeof(*c->tenants));
	if (!c->ports || !c->tenants)
		return -ENOMEM;
	ret = build_node(&b, &raw->node, sl_yaml_get(root, "node"));
	for (uint32_t i = 0; !ret && i < raw->n_ports; i++)
		ret = build_port(&b, &raw->ports[i], sl_yaml_at(sl_yaml_get(root, "ports"), i),
				 &c->ports[c->n_ports++]);
	for (uint32_t i = 0; !ret && i < raw->n_tenants; i++)
		ret = build_tenant(&b, &raw->tenants[i],
				   sl_yaml_at(sl_yaml_get(root, "tenants"), i),
				   &c->tenants[c->n_tenants++]);
	return ret ? ret : b.errors ? -EINVAL : 0;
}

void sl_config_clear_tenant(struct sl_node_tenant *t)
{
	for (size_t i = 0; i < t->n_links; i++) {
		free(t->links[i].device);
		free(t->links[i].port);
	}
	for (size_t i = 0; i < t->n_vars; i++) {
		free(t->vars[i].name);
		free(t->vars[i].value);
	}
	free(t->links);
	free(t->vars);
	free(t->name);
	free(t->owner);
	free(t->graph);
}

void sl_config_clear(struct sl_node_config *c)
{
	for (size_t i = 0; i < c->n_ports; i++) {
		free(c->ports[i].name);
		free(c->ports[i].interface);
	}
	for (size_t i = 0; i < c->n_tenants; i++)
		sl_config_clear_tenant(&c->tenants[i]);
	for (size_t i = 0; i < c->n_experiments; i++)
		free(c->experiments[i]);
	free(c->ports);
	free(c->tenants);
	free(c->experiments);
}
