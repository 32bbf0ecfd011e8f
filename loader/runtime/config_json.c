// SPDX-License-Identifier: GPL-2.0-only
/*
 * The node's configuration as JSON, in the file's own words and shape. JSON is YAML, so what comes
 * out reads back in.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "loader/runtime/config.h"

/* Adds `val` (taken over) under a key; remembers failure, so that a whole object is built before
 * asking. */
static void put(struct json_object *obj, const char *key, struct json_object *val, bool *ok)
{
	if (!val || json_object_object_add(obj, key, val) < 0) {
		json_object_put(val);
		*ok = false;
	}
}

static void put_text(struct json_object *obj, const char *key, const char *text, bool *ok)
{
	put(obj, key, json_object_new_string(text), ok);
}

static void put_number(struct json_object *obj, const char *key, uint64_t n, bool *ok)
{
	put(obj, key, json_object_new_uint64(n), ok);
}

static void put_nonzero(struct json_object *obj, const char *key, uint64_t n, bool *ok)
{
	if (n)
		put_number(obj, key, n, ok);
}

/* Thousandths of a CPU as percent with at most one decimal, exactly. */
static void put_cpu(struct json_object *obj, const char *key, uint32_t milli, bool *ok)
{
	char text[24];

	if (milli % 10)
		snprintf(text, sizeof(text), "%u.%u", milli / 10, milli % 10);
	else
		snprintf(text, sizeof(text), "%u", milli / 10);
	put(obj, key, json_object_new_double_s(milli / 10.0, text), ok);
}

static struct json_object *finish(struct json_object *obj, bool ok)
{
	if (ok)
		return obj;
	json_object_put(obj);
	return NULL;
}

static void append(struct json_object *array, struct json_object *val, bool *ok)
{
	if (!val || json_object_array_add(array, val) < 0) {
		json_object_put(val);
		*ok = false;
	}
}

static const char *payload_name(enum sl_payload payload)
{
	return payload == SL_PAYLOAD_IP ? "ip" : "ether";
}

struct json_object *sl_node_port_json(const struct sl_node_port *p)
{
	struct json_object *obj = json_object_new_object();
	bool ok = true;

	if (!obj)
		return NULL;
	put_text(obj, "name", p->name, &ok);
	put_text(obj, "interface", p->interface, &ok);
	put_text(obj, "mode", p->mode == SL_PORT_NATIVE ? "native" : "generic", &ok);
	put_nonzero(obj, "mtu", p->mtu, &ok);
	return finish(obj, ok);
}

static void put_gre(struct json_object *obj, const struct sl_node_link *l, bool *ok)
{
	char text[SL_ADDR_TEXT];
	char mac[SL_MAC_TEXT];

	put_text(obj, "local", sl_addr_text(&l->local, text), ok);
	put_text(obj, "remote", sl_addr_text(&l->remote, text), ok);
	if (l->gre & SL_GRE_KEY)
		put_number(obj, "key", l->key, ok);
	put(obj, "csum", json_object_new_boolean(!!(l->gre & SL_GRE_CSUM)), ok);
	put(obj, "seq", json_object_new_boolean(!!(l->gre & SL_GRE_SEQ)), ok);
	put_number(obj, "ttl", l->ttl, ok);
	put_number(obj, "tos", l->tos, ok);
	if (l->has_next_hop_mac)
		put_text(obj, "next_hop_mac", sl_mac_text(l->next_hop_mac, mac), ok);
}

struct json_object *sl_node_link_json(const struct sl_node_link *l)
{
	struct json_object *obj = json_object_new_object();
	struct in_addr address = {l->address};
	char text[SL_ADDR_TEXT + 8];
	char mac[SL_MAC_TEXT];
	bool ok = true;

	if (!obj)
		return NULL;
	put_text(obj, "device", l->device, &ok);
	put_text(obj, "kind", l->kind == SL_LINK_DIRECT ? "direct" : "gre", &ok);
	put_text(obj, "payload", payload_name(l->payload), &ok);
	if (l->kind != SL_LINK_DIRECT)
		put_gre(obj, l, &ok);
	if (l->port)
		put_text(obj, "port", l->port, &ok);
	put_nonzero(obj, "vlan", l->vlan, &ok);
	put_nonzero(obj, "inner_vlan", l->inner_vlan, &ok);
	if (l->has_address) {
		inet_ntop(AF_INET, &address, text, SL_ADDR_TEXT);
		snprintf(text + strlen(text), 8, "/%u", l->prefix_len);
		put_text(obj, "address", text, &ok);
	}
	if (l->has_address6) {
		inet_ntop(AF_INET6, l->address6, text, SL_ADDR_TEXT);
		snprintf(text + strlen(text), 8, "/%u", l->prefix6_len);
		put_text(obj, "address6", text, &ok);
	}
	put_text(obj, "mac", sl_mac_text(l->mac, mac), &ok);
	return finish(obj, ok);
}

struct json_object *sl_node_budget_json(const struct sl_budget *b)
{
	struct json_object *obj = json_object_new_object();
	bool ok = true;

	if (!obj)
		return NULL;
	if (b->cpu_max_milli)
		put_cpu(obj, "cpu", b->cpu_max_milli, &ok);
	if (b->cpu_min_milli)
		put_cpu(obj, "cpu_min", b->cpu_min_milli, &ok);
	put_number(obj, "weight", b->weight, &ok);
	put_nonzero(obj, "ns_per_packet", b->ns_per_packet, &ok);
	put_nonzero(obj, "rx", b->rx_bps, &ok);
	put_nonzero(obj, "tx", b->tx_bps, &ok);
	put_nonzero(obj, "pps", b->pps, &ok);
	put_nonzero(obj, "memory", b->memory_bytes, &ok);
	put_nonzero(obj, "map_entries", b->map_entries, &ok);
	return finish(obj, ok);
}

static struct json_object *vars_json(const struct sl_node_tenant *t)
{
	struct json_object *array = json_object_new_array();
	bool ok = true;

	for (size_t i = 0; array && i < t->n_vars; i++) {
		char *text;

		if (asprintf(&text, "%s=%s", t->vars[i].name, t->vars[i].value) < 0) {
			ok = false;
			break;
		}
		append(array, json_object_new_string(text), &ok);
		free(text);
	}
	return finish(array, ok);
}

struct json_object *sl_node_tenant_json(const struct sl_node_tenant *t)
{
	struct json_object *obj = json_object_new_object();
	struct json_object *links = json_object_new_array();
	bool ok = obj && links;

	for (size_t i = 0; ok && i < t->n_links; i++)
		append(links, sl_node_link_json(&t->links[i]), &ok);
	if (!ok) {
		json_object_put(links);
		json_object_put(obj);
		return NULL;
	}
	put_text(obj, "name", t->name, &ok);
	put_text(obj, "owner", t->owner, &ok);
	put(obj, "links", links, &ok);
	put(obj, "budget", sl_node_budget_json(&t->budget), &ok);
	if (t->class)
		put_text(obj, "class", sl_tenant_class_name(t->class == SL_CLASS_THREAD), &ok);
	if (t->on_cpu)
		put_number(obj, "on_cpu", t->on_cpu - 1, &ok);
	if (t->graph)
		put_text(obj, "graph", t->graph, &ok);
	if (t->n_vars)
		put(obj, "vars", vars_json(t), &ok);
	return finish(obj, ok);
}

static struct json_object *node_json(const struct sl_node_config *c)
{
	struct json_object *obj = json_object_new_object();
	struct json_object *list = json_object_new_array();
	bool ok = obj && list;

	for (size_t i = 0; ok && i < c->n_experiments; i++)
		append(list, json_object_new_string(c->experiments[i]), &ok);
	if (!ok) {
		json_object_put(list);
		json_object_put(obj);
		return NULL;
	}
	put(obj, "frags", json_object_new_boolean(c->frags), &ok);
	put_number(obj, "max_delay_us", c->max_delay_us, &ok);
	if (c->optimize_s)
		put_number(obj, "optimize_s", c->optimize_s, &ok);
	put_number(obj, "unknown_keys", c->unknown_keys, &ok);
	put_cpu(obj, "reserve", c->reserve_milli, &ok);
	put(obj, "experiments", list, &ok);
	return finish(obj, ok);
}

struct json_object *sl_node_config_json(const struct sl_node_config *c)
{
	struct json_object *obj = json_object_new_object();
	struct json_object *ports = json_object_new_array();
	struct json_object *tenants = json_object_new_array();
	bool ok = obj && ports && tenants;

	for (size_t i = 0; ok && i < c->n_ports; i++)
		append(ports, sl_node_port_json(&c->ports[i]), &ok);
	for (size_t i = 0; ok && i < c->n_tenants; i++)
		append(tenants, sl_node_tenant_json(&c->tenants[i]), &ok);
	if (!ok) {
		json_object_put(ports);
		json_object_put(tenants);
		json_object_put(obj);
		return NULL;
	}
	put(obj, "node", node_json(c), &ok);
	put(obj, "ports", ports, &ok);
	put(obj, "tenants", tenants, &ok);
	return finish(obj, ok);
}
