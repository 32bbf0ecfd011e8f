/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The node file's schema. One table of libcyaml's serves two readers: sl_schema_check() holds the
 * tree against it and reports every mistake with its place; libcyaml then loads the values into
 * the structs below, which have the file's shape. Values that are not plain numbers or words are
 * text here; config_build.c makes types of them.
 */
#ifndef SL_CONFIG_SCHEMA_H
#define SL_CONFIG_SCHEMA_H

#include <stdbool.h>
#include <stdint.h>

#include "loader/runtime/config_tree.h"

struct sl_raw_port {
	char *name;
	char *interface;
	int mode;
	uint32_t mtu;
};

struct sl_raw_link {
	char *device;
	int kind;
	int payload;
	char *local;
	char *remote;
	char *key;
	bool csum;
	bool seq;
	uint32_t ttl;
	uint32_t tos;
	char *next_hop_mac;
	char *port;
	uint32_t vlan;
	uint32_t inner_vlan;
	char *address;
	char *address6;
	char *mac;
};

struct sl_raw_budget {
	char *cpu;
	char *cpu_min;
	uint32_t weight;
	uint32_t ns_per_packet;
	char *rx;
	char *tx;
	char *pps;
	char *memory;
	char *map_entries;
};

struct sl_raw_tenant {
	char *name;
	char *owner;
	struct sl_raw_link *links;
	uint32_t n_links;
	struct sl_raw_budget budget;
	int class;
	char *on_cpu;
	char *graph;
	char **vars;
	uint32_t n_vars;
};

struct sl_raw_node {
	bool frags;
	uint32_t max_delay_us;
	uint32_t optimize_s;
	uint32_t unknown_keys;
	char *reserve;
	char **experiments;
	uint32_t n_experiments;
};

struct sl_raw_config {
	struct sl_raw_node node;
	struct sl_raw_port *ports;
	uint32_t n_ports;
	struct sl_raw_tenant *tenants;
	uint32_t n_tenants;
};

enum sl_raw_kind { SL_RAW_GRE, SL_RAW_DIRECT };

/* Holds a tree against the schema: keys, kinds of values, and each value by itself. The number of
 * mistakes added to `d`. */
unsigned int sl_schema_check(const struct sl_yaml *root, const char *file, struct sl_diags *d);
/* Loads text that passed sl_schema_check(). 0, -ENOMEM, or -EINVAL with a message. */
int sl_schema_load(const char *text, size_t len, const char *file, struct sl_diags *d,
		   struct sl_raw_config **out);
void sl_schema_free(struct sl_raw_config *raw);
static inline void sl_schema_freep(struct sl_raw_config **raw)
{
	sl_schema_free(*raw);
}

/* The keys a node file may have, for a test that the manual names each: calls `fn` with
 * "tenants.links.remote" and the like. */
void sl_schema_keys(void (*fn)(void *arg, const char *path), void *arg);

#endif
