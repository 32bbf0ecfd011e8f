/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The node file (sluice.yaml(5)): ports, tenants, their links, budgets and graphs.
 *
 * Reading it has three steps, and each reports all it finds: the text becomes a tree whose nodes
 * know their line and column (config_tree.c), the tree is held against the schema
 * (config_schema.c), and the values libcyaml then loads are turned into types and held against
 * each other (config_build.c, config_check.c). What is loaded keeps the place it was written at,
 * for messages that come later (a graph that does not compile, a port that is not there).
 *
 * The file says what shall be; nothing here looks at the host, except for the owners' user names.
 */
#ifndef SL_RUNTIME_CONFIG_H
#define SL_RUNTIME_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <json-c/json.h>

#include "bpf/abi.h"
#include "loader/diag.h"
#include "loader/runtime/addr.h"

#define SL_NAME_MAX 31		/* bytes of the name of a tenant or port: [a-z][a-z0-9_-]{0,30} */
#define SL_CONFIG_MAX (4 << 20) /* bytes of a node file */
#define SL_MAX_DELAY_US 1000	/* of a node file that does not say it */

enum sl_port_mode { SL_PORT_NATIVE, SL_PORT_GENERIC };

struct sl_node_port {
	char *name;
	char *interface; /* the kernel's name of the network interface */
	enum sl_port_mode mode;
	uint32_t mtu; /* overrides the interface's where smaller; 0: the interface's */
	struct sl_pos pos;
};

/* One device of a tenant and the virtual link behind it. */
struct sl_node_link {
	char *device;		 /* eth0 ... eth63 */
	uint8_t dev;		 /* device index: the number in the name */
	enum sl_link_kind kind;	 /* GRE4 and GRE6 after the family of `local` */
	enum sl_payload payload; /* direct: ETHER */

	/* GRE */
	struct sl_addr local;  /* source of what leaves, destination of what comes */
	struct sl_addr remote; /* the far end */
	uint8_t gre;	       /* SL_GRE_* sent and expected */
	uint32_t key;	       /* host order, with SL_GRE_KEY */
	uint8_t ttl;	       /* of the outer header; default 64 */
	uint8_t tos;	       /* whole byte: DSCP and ECN; default 0 */
	bool has_next_hop_mac; /* the next hop's Ethernet address is given, not resolved */
	uint8_t next_hop_mac[6];

	/* GRE: the port to use, or NULL for the one the route leads to. Direct: the port. */
	char *port;
	/* Tags outside, 0 for none. GRE: both 0 means as the route's devices say. Direct: only
	 * `vlan`, 0 for the whole port. */
	uint16_t vlan;
	uint16_t inner_vlan;

	/* The tenant's side of the link. */
	bool has_address;
	__be32 address;
	uint8_t prefix_len;
	bool has_address6;
	uint8_t address6[16]; /* network order */
	uint8_t prefix6_len;
	bool mac_given;
	uint8_t mac[6];	     /* given, or made from the names: 02:... */
	uint8_t peer_mac[6]; /* IP links: the far end's synthetic address, made from the names:
				06:... */

	struct sl_pos pos;	  /* of the device's name */
	struct sl_pos remote_pos; /* of the remote address; GRE only */
	struct sl_pos port_pos;	  /* of the port; line 0 where none is given */
};

/* What a tenant may use. 0: no limit, or nothing promised or declared. */
struct sl_budget {
	uint32_t cpu_max_milli; /* thousandths of one CPU */
	uint32_t cpu_min_milli;
	uint32_t weight; /* 1..10000, default 100 */
	uint32_t ns_per_packet;
	uint64_t rx_bps; /* bits a second */
	uint64_t tx_bps;
	uint64_t pps;
	uint64_t memory_bytes;
	uint64_t map_entries;
};

/* Where a tenant's graph runs (bpf/abi.h). */
enum sl_tenant_class {
	SL_CLASS_NONE, /* not given: as class_choice.h has it */
	SL_CLASS_INLINE,
	SL_CLASS_THREAD,
};

/* A variable of the graph. */
struct sl_node_var {
	char *name;
	char *value;
};

struct sl_node_tenant {
	char *name;
	char *owner; /* user name, or the uid in digits */
	uid_t uid;
	struct sl_node_link *links;
	size_t n_links;
	struct sl_budget budget;
	enum sl_tenant_class class;
	uint32_t on_cpu; /* class thread: 1 + the CPU it has to run on; 0: whichever is best */
	char *graph;	 /* absolute path, or NULL: no graph given by the file */
	struct sl_node_var *vars;
	size_t n_vars;
	struct sl_pos pos;	 /* of the name */
	struct sl_pos graph_pos; /* of the graph's path */
	/* Of these limits of the budget; of the name where they are not given. */
	struct sl_pos cpu_pos, cpu_min_pos, memory_pos;
};

/* A host's own tunnels between a link's addresses stay below it, and a CPU has time for it. */
#define SL_UNKNOWN_KEYS 50000

struct sl_node_config {
	char *file; /* as given to the loader; every pos.file points here */
	char *dir;  /* graph paths are relative to it */
	char *text; /* the node file itself, to be kept beside the state */
	size_t text_len;

	bool frags;
	uint32_t max_delay_us; /* packets may keep others waiting so long */
	uint32_t optimize_s; /* graphs are compiled for what packets do, so often at most; 0: not */
	uint32_t unknown_keys;	/* packets a second with such, to the host, on each CPU; 0: any */
	uint32_t reserve_milli; /* CPU kept for demux and the host; default 100 */
	char **experiments;
	size_t n_experiments;

	struct sl_node_port *ports;
	size_t n_ports;
	struct sl_node_tenant *tenants;
	size_t n_tenants;

	unsigned int others; /* who else has it, and frees it, too */
};

/*
 * Reads a node file. 0; -EINVAL: the file is wrong, each mistake is in `d`; -ENOMEM; or another
 * -errno when it cannot be read (a message is in `d` then, too).
 */
int sl_node_config_load(const char *path, struct sl_diags *d, struct sl_node_config **out);
/*
 * The same from memory. `name` stands for the file in messages; `dir` is what graph paths are
 * relative to ("" leaves them as they are).
 */
int sl_node_config_parse(const char *text, size_t len, const char *name, const char *dir,
			 struct sl_diags *d, struct sl_node_config **out);
void sl_node_config_free(struct sl_node_config *c);
/* The same once more, to be freed by each who has it, and to be changed by nobody. */
struct sl_node_config *sl_node_config_share(struct sl_node_config *c);
/* A copy of all but the file's text. 0 or -ENOMEM. */
int sl_node_config_copy(const struct sl_node_config *c, struct sl_node_config **out);
/* Puts a copy of a tenant behind the others; whether it agrees with them is not looked at
 * (sl_node_config_check()). 0 or -ENOMEM; in both cases the configuration is to be freed. */
int sl_node_config_add_tenant(struct sl_node_config *c, const struct sl_node_tenant *t);
void sl_node_config_remove_tenant(struct sl_node_config *c, const char *name);
/* Holds ports, tenants and links against each other: 0, -EINVAL with messages, -ENOMEM. */
int sl_node_config_check(const struct sl_node_config *c, struct sl_diags *d);

const struct sl_node_port *sl_node_config_port(const struct sl_node_config *c, const char *name);
const struct sl_node_tenant *sl_node_config_tenant(const struct sl_node_config *c,
						   const char *name);
/* Whether the node allows an experiment. */
bool sl_node_config_experiment(const struct sl_node_config *c, const char *name);

/*
 * All of it as JSON, in the file's own words and shape, defaults filled in: what `node show -j`
 * prints. The caller puts the reference. NULL when out of memory.
 */
struct json_object *sl_node_config_json(const struct sl_node_config *c);
struct json_object *sl_node_tenant_json(const struct sl_node_tenant *t);
struct json_object *sl_node_budget_json(const struct sl_budget *b);
struct json_object *sl_node_link_json(const struct sl_node_link *l);
struct json_object *sl_node_port_json(const struct sl_node_port *p);

/* Whether two links are the same but for their places in the file: no change to apply. */
bool sl_node_link_equal(const struct sl_node_link *a, const struct sl_node_link *b);

/* `inline` or `thread`. */
const char *sl_tenant_class_name(bool thread);

/* Whether a name fits [a-z][a-z0-9_-]{0,30}. */
bool sl_name_valid(const char *name);
/* The same for a tenant: names that stand for something else among the pins are taken. */
bool sl_tenant_name_valid(const char *name);

static inline void sl_node_config_freep(struct sl_node_config **c)
{
	sl_node_config_free(*c);
}

#endif
