/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Element descriptors: the single source of a class's ports, arguments, handlers, levels and cost.
 *
 * One class is one base name: bpf/element/dec_ip_ttl.h (what it does to a packet),
 * loader/element/dec_ip_ttl.c (its descriptor: `const struct sl_class sl_class_dec_ip_ttl`),
 * tests/element/... (its cases). Checks, help, docs/elements.md and generated C come from here.
 *
 * The function in the header is called NAME after the base name and takes, in this order and only
 * those the descriptor declares:
 *
 *   static __always_inline __u32 NAME(struct sl_pkt *p
 *           [, __u32 port]                     SL_C_PORT: input port the packet came in by
 *           [, const struct NAME_conf *c]      conf_size: constants, typed values of the arguments
 *           [, struct NAME_state *st]          state: per-CPU counters, all members __u64
 *           [, struct NAME_rw *rw]             rw: words shared with user space and all CPUs
 *           [, void *table ...]                tables, in the descriptor's order
 *           [, struct OTHER_rw *, void *table ...]  of each instance it uses (sl_conf_use), in
 * order
 *           [, void *events]                   SL_C_EVENTS: ring for sl_event()
 *   );
 *
 * and returns SL_OUT(), SL_OUT_OR(), SL_KILL() or one of the SL_DONE_* of bpf/element/verdict.h.
 * A class with `emit` gets a function eN_run of its own for each instance instead, with the same
 * parameters; one whose instances differ in what they use needs that.
 */
#ifndef SL_ELEMENT_H
#define SL_ELEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "loader/click/graph.h"
#include "loader/diag.h"
#include "loader/lpm/lpm.h"

/* ---- Typed fields ----------------------------------------------------------------------------*/

/* How a member of a conf, state or rw struct is stored and printed. */
enum sl_kind {
	SL_K_U8,
	SL_K_U16,
	SL_K_U32,
	SL_K_U64,
	SL_K_S32,
	SL_K_BOOL,  /* __u8 0 or 1 */
	SL_K_BE16,  /* __be16 */
	SL_K_IP4,   /* __be32 */
	SL_K_IP6,   /* __be32[4] */
	SL_K_ETHER, /* __u8[6] */
	SL_K_BYTES, /* __u8[count] */
};

struct sl_field {
	const char *name; /* the C member's name; NULL ends a table */
	enum sl_kind kind;
	uint32_t offset;
	uint32_t count; /* array length; 0 or 1: no array. SL_K_BYTES: bytes */
	/* Of a conf: the code works as well where this is data. Elsewhere it is a constant. */
	bool value;
};
#define SL_FIELD(type, member, kind)                                                               \
	{                                                                                          \
#member, SL_K_##kind, offsetof(type, member), 0, false                             \
	}
#define SL_FIELD_N(type, member, kind)                                                             \
	{                                                                                          \
#member, SL_K_##kind, offsetof(type, member),                                      \
			sizeof(((type *)0)->member) / sizeof(((type *)0)->member[0]), false        \
	}
/* A member of conf in which instances may differ that share code where packets come seldom: it is
 * no offset, no length of what is read, nothing loops run to. */
#define SL_VALUE(type, member, kind)                                                               \
	{                                                                                          \
#member, SL_K_##kind, offsetof(type, member), 0, true                              \
	}
#define SL_FIELDS_END                                                                              \
	{                                                                                          \
		NULL, 0, 0, 0, false                                                               \
	}

/* ---- Arguments -------------------------------------------------------------------------------*/

/* Click's argument types (CLICK language, "Types"); what is stored in conf is in parentheses. */
enum sl_ptype {
	SL_T_U8,	/* (__u8) */
	SL_T_U16,	/* (__u16) */
	SL_T_U32,	/* (__u32) */
	SL_T_S32,	/* (__s32) */
	SL_T_BOOL,	/* (__u8) */
	SL_T_IP4,	/* address or AddressInfo name (__be32) */
	SL_T_IP4PREFIX, /* (struct sl_prefix4 { __be32 addr, mask; }) */
	SL_T_IP6,	/* IPv6 address or AddressInfo name (__be32[4]) */
	SL_T_IP6PREFIX, /* (struct sl_prefix6 { __be32 addr[4]; __u32 len; }) */
	SL_T_ETHER,	/* Ethernet address or AddressInfo name (__u8[6]) */
	SL_T_NS,	/* Click seconds, stored as nanoseconds (__u64) */
	SL_T_BPS,	/* Click bandwidth, stored as bytes a second (__u64) */
	SL_T_ANNO8,	/* annotation name or offset of one byte (__u8) */
	SL_T_ANNO32,	/* annotation of four bytes (__u8 offset) */
	SL_T_DEV,	/* device name of this tenant (__u8 index) */
	SL_T_PROB,	/* real in [0,1], stored times 2^28 (__u32), as Click does */
	SL_T_TEXT,	/* unquoted string: only to configure(), never to C */
	SL_T_ARG,	/* raw argument text: only to configure() */
};

#define SL_P_REQ 0x01  /* mandatory */
#define SL_P_POS 0x02  /* may be given by position */
#define SL_P_REST 0x04 /* all remaining positional arguments: only to configure() */
#define SL_P_IGNORED                                                                               \
	0x08 /* accepted for compatibility, without effect at this level: help says why */

struct sl_param {
	const char *name; /* keyword; NULL ends the table */
	enum sl_ptype type;
	unsigned int flags;
	const char *def;  /* default in Click's syntax, NULL: zero */
	int offset;	  /* in the conf struct, or -1: only to configure() */
	const char *help; /* one line */
};
#define SL_PARAM(kw, type, flags, def, cstruct, member, help)                                      \
	{                                                                                          \
		kw, SL_T_##type, flags, def, offsetof(cstruct, member), help                       \
	}
#define SL_PARAM_X(kw, type, flags, def, help)                                                     \
	{                                                                                          \
		kw, SL_T_##type, flags, def, -1, help                                              \
	}
#define SL_PARAMS_END                                                                              \
	{                                                                                          \
		NULL, 0, 0, NULL, 0, NULL                                                          \
	}

/* ---- Devices and names the graph is compiled against ------------------------------------------*/

struct sl_device {
	char name[32];
	uint8_t index;
	bool ip_link;	 /* carries IP only: synthetic Ethernet, ARPQuerier becomes constant */
	uint8_t mac[6];	 /* the tenant's own address on it */
	uint8_t peer[6]; /* IP links: the far end's synthetic address */
	uint32_t ip;	 /* network order, 0 when none given */
	uint32_t mask;
	uint8_t ip6[16]; /* all zero when none given */
	uint16_t mtu;	 /* bytes behind the Ethernet header */
};

struct sl_devices {
	const struct sl_device *list;
	size_t n;
	uint16_t head; /* H: where the frame starts behind the packet's start */
};

/* ---- Instances -------------------------------------------------------------------------------*/

/* Other instances whose words and tables one instance may work on. */
#define SL_MAX_USES 16

struct sl_class;
struct sl_program;
struct sl_facts;

struct sl_inst {
	const struct sl_class *class;
	const struct sl_elem *elem;
	uint32_t index;	 /* in the flattened graph: eN in generated code */
	void *conf;	 /* class->conf_size bytes, filled from the arguments */
	void *priv;	 /* what configure() made for emit(), dropped by class->release */
	uint32_t weight; /* set by configure() where it depends on the arguments; 0: the class's */
	uint32_t aside;	 /* ToDevice: element that gets the packets too long for it; 0: none */
	/* Of a million packets that entered a graph like this, those that took each output, as
	 * counted while it ran; NULL: not known. */
	const uint32_t *shares;
	const struct sl_inst *uses[SL_MAX_USES]; /* see sl_conf_use() */
	uint32_t n_uses;
	char *values; /* per parameter, its value in SL_VALUE_MAX bytes */
	char *params; /* per parameter, its text as given or the default ('\0'-separated) */
};

/* Given to configure(). */
struct sl_conf {
	struct sl_inst *inst;
	const struct sl_program *program; /* all instances, graph, devices, info elements */
	struct sl_diags *diags;
	/* Arguments of an SL_P_REST parameter, in order. */
	const struct sl_arg **rest;
	size_t n_rest;
};

/* Text of the argument given for a parameter, or NULL when it was not given (default applies). */
const struct sl_arg *sl_conf_arg(const struct sl_conf *cf, const char *param);
/* Adds an error at an argument (NULL: at the element), naming the element. */
struct sl_diag *sl_conf_error(struct sl_conf *cf, const struct sl_arg *arg, const char *code,
			      const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* Adds the error that `param` is an offset behind the end of any packet. Returns -EINVAL. */
int sl_conf_too_far(struct sl_conf *cf, const char *param);
struct sl_diag *sl_conf_note(struct sl_conf *cf, const struct sl_arg *arg, const char *code,
			     const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/*
 * For configure(): this instance works on the words (rw) and tables of the element called `name`,
 * as seen from its own compound outwards, whose class must be one of `classes` (NULL-terminated).
 * Its function gets them behind its own tables; its handlers reach them by the other's index. What
 * the other was configured with is known only if it is an information element. Using an element
 * twice is using it once. `arg` is where `name` stands. 0, -EINVAL (reported).
 */
int sl_conf_use(struct sl_conf *cf, const struct sl_arg *arg, const char *name,
		const struct sl_class *const *classes, const struct sl_inst **out);

/* A table of an instance: a BPF map, or its native equivalent. */
enum sl_table_type {
	SL_TABLE_HASH,
	SL_TABLE_LRU,
	SL_TABLE_ARRAY,
	/* `table` and `wide` of a route table (bpf/lpm.h); key_size is that of an address. They are
	 * the first tables of their class, `wide` for IPv4 alone. */
	SL_TABLE_ROUTES,
	SL_TABLE_WIDE,
};
struct sl_live;
struct sl_inst;
struct sl_table {
	const char *name; /* at most 8 characters; NULL ends the list */
	enum sl_table_type type;
	uint32_t key_size, value_size;
	uint32_t entries; /* 0: the conf member at entries_offset (__u32) says */
	int entries_offset;
	const struct sl_field *key, *value; /* layouts, for BTF and for carrying state over */
	/* Whether an entry leads nowhere, so that the daemon may remove it; NULL: none does. Sees
	 * what sl_live has, and no arguments. */
	bool (*stray)(struct sl_live *l, const struct sl_inst *in, const void *key,
		      const void *value);
};

/* ---- Handlers --------------------------------------------------------------------------------*/

/*
 * Access to a running instance: over BPF maps, or the native build's memory. Sums over CPUs where
 * state is per CPU. All return 0 or -errno.
 */
struct sl_live;
struct sl_live_ops {
	int (*state)(struct sl_live *l, uint32_t inst, void *buf, size_t size); /* summed */
	int (*state_clear)(struct sl_live *l, uint32_t inst);
	int (*packets)(struct sl_live *l, uint32_t inst, uint64_t *in); /* packets that entered */
	int (*rw_get)(struct sl_live *l, uint32_t inst, void *buf, size_t offset, size_t size);
	int (*rw_set)(struct sl_live *l, uint32_t inst, const void *buf, size_t offset,
		      size_t size);
	int (*table_next)(struct sl_live *l, uint32_t inst, unsigned int table, const void *key,
			  void *next); /* key NULL: first; -ENOENT past the last */
	int (*table_get)(struct sl_live *l, uint32_t inst, unsigned int table, const void *key,
			 void *value);
	int (*table_set)(struct sl_live *l, uint32_t inst, unsigned int table, const void *key,
			 const void *value);
	int (*table_del)(struct sl_live *l, uint32_t inst, unsigned int table, const void *key);
	uint64_t (*now_ns)(struct sl_live *l); /* the clock elements see */
	/* Asks the element's route table (loader/lpm/ask.h). */
	int (*routes)(struct sl_live *l, uint32_t inst, const struct sl_lpm_ask *ask, FILE *out,
		      struct sl_diags *d);
};
struct sl_live {
	const struct sl_live_ops *ops;
	const struct sl_program *program;
	void *arg;
	/*
	 * Set by a write handler whose effect is SL_H_RECOMPILE: the element's new configuration
	 * string (malloc'ed); whoever called compiles and swaps.
	 */
	char *new_config;
};

/*
 * What was counted since a count was `base`. Packets on their way are in one number and not yet in
 * the other: what seems to be less than before is no more than before.
 */
static inline uint64_t sl_since(uint64_t now, uint64_t base)
{
	return (int64_t)(now - base) > 0 ? now - base : 0;
}

#define SL_H_READ 0x01
#define SL_H_WRITE 0x02
#define SL_H_ARGS 0x04	    /* read takes arguments ("r+") */
#define SL_H_RECOMPILE 0x08 /* writing recompiles and swaps; otherwise it acts at once */
#define SL_H_BUTTON 0x10    /* writing takes no value */
#define SL_H_PORT 0x20	/* one an output: there only if `offset` is one of the element's outputs */
#define SL_H_INPUT 0x40 /* the same with inputs */
#define SL_H_MAPS 0x80	/* sees what sl_live has and no arguments: may run beside the maps */

struct sl_handler {
	const char *name; /* NULL ends the table */
	unsigned int flags;
	const char *help;
	/* Writes the value, without a trailing newline unless it is a list. 0 or -errno; a message
	 * for the caller goes to `d`. `args` is "" unless SL_H_ARGS. */
	int (*read)(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		    const char *args, FILE *out, struct sl_diags *d);
	int (*write)(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		     const char *value, struct sl_diags *d);
	/* For the ready-made functions below. */
	enum sl_kind kind;
	uint32_t offset;
	const char *param;
	const char *texts; /* reasons, separated by newlines */
};
#define SL_HANDLERS_END                                                                            \
	{                                                                                          \
		.name = NULL                                                                       \
	}

/* Ready-made handlers (loader/config/handler.c). */
/* Prints a __u64 of the state. */
#define SL_HANDLER_STATE(hname, cstruct, member, text)                                             \
	{                                                                                          \
		.name = hname, .flags = SL_H_READ, .help = text, .read = sl_h_state,               \
		.kind = SL_K_U64, .offset = offsetof(cstruct, member)                              \
	}
/* Packets that entered the element: counted for every element. */
#define SL_HANDLER_PACKETS(hname, text)                                                            \
	{                                                                                          \
		.name = hname, .flags = SL_H_READ, .help = text, .read = sl_h_packets              \
	}
/* Clears the element's state. */
#define SL_HANDLER_RESET(hname, text)                                                              \
	{                                                                                          \
		.name = hname, .flags = SL_H_WRITE | SL_H_BUTTON, .help = text,                    \
		.write = sl_h_reset                                                                \
	}
/* Reads and writes a word of rw at once. `param` gives the type to parse (range checks as for the
 * argument). */
#define SL_HANDLER_RW(hname, cstruct, member, k, pname, text)                                      \
	{                                                                                          \
		.name = hname, .flags = SL_H_READ | SL_H_WRITE, .help = text, .read = sl_h_rw_get, \
		.write = sl_h_rw_set, .kind = SL_K_##k, .offset = offsetof(cstruct, member),       \
		.param = pname                                                                     \
	}
/* Reads an argument; writing replaces it in the configuration and recompiles. */
#define SL_HANDLER_PARAM(hname, pname, text)                                                       \
	{                                                                                          \
		.name = hname, .flags = SL_H_READ | SL_H_WRITE | SL_H_RECOMPILE, .help = text,     \
		.read = sl_h_param_get, .write = sl_h_param_set, .param = pname                    \
	}
#define SL_HANDLER_PARAM_RO(hname, pname, text)                                                    \
	{                                                                                          \
		.name = hname, .flags = SL_H_READ, .help = text, .read = sl_h_param_get,           \
		.param = pname                                                                     \
	}
/* Of elements whose state is a word for each reason for which a packet is bad: their sum, and a
 * line for each, with its reason from `list`. */
#define SL_HANDLER_DROPS                                                                           \
	{                                                                                          \
		.name = "drops", .flags = SL_H_READ, .help = "bad packets", .read = sl_h_drops     \
	}
#define SL_HANDLER_DROP_DETAILS(list)                                                              \
	{                                                                                          \
		.name = "drop_details", .flags = SL_H_READ,                                        \
		.help = "bad packets by reason, a line each", .read = sl_h_drop_details,           \
		.texts = list                                                                      \
	}

typedef int sl_read_fn(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
		       const char *args, FILE *out, struct sl_diags *d);
typedef int sl_write_fn(struct sl_live *l, const struct sl_inst *in, const struct sl_handler *h,
			const char *value, struct sl_diags *d);
sl_read_fn sl_h_state, sl_h_packets, sl_h_rw_get, sl_h_param_get, sl_h_drops, sl_h_drop_details;
sl_write_fn sl_h_reset, sl_h_rw_set, sl_h_param_set;

/* Handlers every element has (class name config ports handlers), after the class's own. */
extern const struct sl_handler sl_common_handlers[];
/* Finds `name` among the class's and the common handlers, or NULL. */
const struct sl_handler *sl_handler_find(const struct sl_class *c, const char *name);

/* ---- Classes ---------------------------------------------------------------------------------*/

#define SL_C_PORT 0x0001   /* the function takes the input port */
#define SL_C_EVENTS 0x0002 /* the function takes the event ring */
#define SL_C_SOURCE                                                                                \
	0x0004		 /* FromDevice: packets begin here; conf's first __u8 is the device index */
#define SL_C_SINK 0x0008 /* ToDevice, Discard: packets end here */
#define SL_C_QUEUE 0x0010 /* a queue: allowed only where it is absorbed by a ToDevice behind it */
#define SL_C_COPY                                                                                  \
	0x0020		  /* may return SL_DONE_COPY: all outputs get the packet; otherwise it     \
			   * leaves by output 0 */
#define SL_C_INFO 0x0040  /* no packets: AddressInfo and the like */
#define SL_C_COLD 0x0080  /* heavy and rarely entered: a segment of its own is welcome */
#define SL_C_TODEV 0x0100 /* ToDevice */
#define SL_C_IDLE 0x0200  /* pass-through without code: Null, Queue when absorbed */
#define SL_C_LOOK                                                                                  \
	0x0400 /* one output, and changes neither packet nor annotations: Counter, Print */
#define SL_C_STILL 0x1000  /* keeps all facts (loader/element/facts.h) */
#define SL_C_SELDOM 0x2000 /* uses SL_SELDOM() (bpf/element/verdict.h) */
#define SL_C_PLAIN                                                                                 \
	0x4000 /* leaves the first byte of the IP header, and where it is, as they are             \
		*/

#define SL_C_ANY                                                                                   \
	0x8000 /* with SL_C_COPY: or by any one output; and SL_DONE_COPY_BUT() is allowed. It has  \
		* `copies` */
#define SL_C_LAST_FIRST                                                                            \
	0x10000		    /* with SL_C_COPY: of the copies, that of the last output goes first */
#define SL_C_TOHOST 0x40000 /* ToHost: like a device, and not an end at which packets are gone */
#define SL_C_READS                                                                                 \
	0x80000 /* changes no bytes of packets but those its facts() says were written (facts.h)   \
		 */
#define SL_C_ERROR 0x20000 /* makes an ICMP error of a packet, and none of an ICMP error */
#define SL_C_REPLY                                                                                 \
	0x100000 /* answers by output 0 what is neither such an answer nor an ICMP error; all else \
		  * leaves by other outputs */

#define SL_C_REWRITE                                                                               \
	0x0800 /* changes addresses or ports: what is behind it must not be quoted to a sender */

struct sl_class {
	struct sl_class_spec spec; /* name, ports, processing, flow: Click's codes */
	const char *base;	   /* base name: header, function, struct prefix */
	const char *const
		*aliases;    /* further class names with the same descriptor, NULL-terminated */
	const char *summary; /* one line */
	const char *help; /* paragraphs for the reference: semantics, what differs at xdp and why */
	/* Runs only on nodes whose node file names this among its experiments; NULL: on all. */
	const char *experiment;
	unsigned int flags;
	const struct sl_param *params;
	const struct sl_handler *handlers;

	size_t conf_size;	     /* sizeof(struct NAME_conf); 0: none */
	const struct sl_field *conf; /* members that generated C must set */
	size_t state_size;
	const struct sl_field *state; /* all SL_K_U64 */
	size_t rw_size;
	const struct sl_field *rw;
	size_t rw_keep; /* so many bytes of rw, from its start, go on in a graph that follows */
	/* What is to be different in them there, as the old graph goes on with its own a while. */
	void (*rw_kept)(void *rw);
	const struct sl_table *tables;

	/* After the arguments are in conf: further checks, derived members. 0 or -EINVAL with
	 * messages. */
	int (*configure)(struct sl_conf *cf);
	/* Routes that SL_TABLE_ROUTES begins with (malloc'ed). 0 or -ENOMEM. */
	int (*routes)(const struct sl_inst *in, struct sl_lpm_route **routes, uint32_t *n);
	/* Initial values of rw (calloc'ed, rw_size bytes). */
	void (*init_rw)(const struct sl_inst *in, void *rw);
	/* Writes C (functions with the prefix eN_) for this instance, eN_run among them. 0 or
	 * -errno. */
	int (*emit)(const struct sl_inst *in, FILE *out);
	/*
	 * What is known behind output `out` of a packet that came in by `port`, from what was known
	 * of it there (*f). False: no packet takes this way. Without this and without SL_C_STILL,
	 * nothing is known. `port` is 0 unless SL_C_PORT.
	 */
	bool (*facts)(const struct sl_inst *in, uint32_t port, uint32_t out, struct sl_facts *f);
	/* SL_C_EVENTS: writes a record of this instance (struct sl_event_head first, bpf/event.h)
	 * as a line without its end. 0 or -EINVAL (malformed). */
	int (*event)(const struct sl_inst *in, const void *record, size_t len, FILE *out);
	/* SL_C_ANY: can this instance, with two or more outputs, return SL_DONE_COPY? */
	bool (*copies)(const struct sl_program *p, const struct sl_inst *in);
	void (*release)(struct sl_inst *in); /* frees priv (which may be NULL) */
	/*
	 * Handlers that are to be called when something was reached (COUNT_CALL): *calls gets a bit
	 * for each that is due, and it is noted that it was told. Asked twice a second, beside the
	 * maps: sees what sl_live has, and no arguments. 0 or -errno.
	 */
	int (*due)(struct sl_live *l, const struct sl_inst *in, uint32_t *calls);
	/* "HANDLER VALUE" of one of these calls (sl_conf_call), where arguments may be read; NULL
	 * when there is none. */
	const char *(*call)(const struct sl_inst *in, unsigned int call);

	/* Rough verifier cost: instructions on all paths through the element. */
	unsigned int weight;
	/* The same of what SL_SELDOM() leaves in usual code; 0: all of it. */
	unsigned int usual_weight;
	/* ns that a packet spends in an instance because its arguments say so; NULL: none. */
	double (*spends)(const struct sl_inst *in);
};

/* All classes, NULL-terminated, sorted by base name (loader/config/registry.c). */
extern const struct sl_class *const sl_all_classes[];
const struct sl_class *sl_class_find(const char *name);
/* The same for the language front end. */
extern const struct sl_classes sl_class_set;

/* ---- A configured graph ----------------------------------------------------------------------*/

/* Everything known before code is generated. Owns the graph and the instances. */
struct sl_program {
	struct sl_graph *graph;
	struct sl_inst *insts; /* one an element, same index */
	struct sl_device *devs;
	struct sl_devices devices;
	void *names; /* AddressInfo, PortInfo (loader/config/names.c) */
};

/*
 * Configures every element of a checked graph: information elements first, then the others in
 * order; all errors are reported. Takes over `g` in every case. `devices` is copied.
 * 0, -EINVAL (messages in `d`), -ENOMEM.
 */
int sl_program_new(struct sl_graph *g, const struct sl_devices *devices, struct sl_diags *d,
		   struct sl_program **out);
void sl_program_free(struct sl_program *p);
static inline void sl_program_freep(struct sl_program **p)
{
	sl_program_free(*p);
}

/*
 * Writes a record from the event ring as a line without its end: "NAME: ..." as its element says.
 * 0, or -EINVAL for a record no element of this program can have sent.
 */
int sl_event_print(const struct sl_program *p, const void *record, size_t len, FILE *out);

/*
 * Parses one value of a type into `out` (as stored in conf). `where` names the element for
 * AddressInfo scopes. 0, or -EINVAL with *why a static sentence ("not an IP address").
 */
int sl_parse_value(enum sl_ptype type, const char *text, const struct sl_program *p,
		   const struct sl_elem *where, void *out, const char **why);
size_t sl_type_size(enum sl_ptype type);
/* Bytes a kind takes in a struct; 0: not one value. Bytes of a member. */
size_t sl_kind_size(enum sl_kind kind);
size_t sl_field_size(const struct sl_field *f);
/* Value of an instance's parameter (given or default), of the type the descriptor says, into `out`.
 * 0 or -ENOENT. */
int sl_inst_param(const struct sl_inst *in, const char *param, void *out);

#endif
