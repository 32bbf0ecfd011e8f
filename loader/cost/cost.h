/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What elements cost on this host, in ns a packet. A calibration is measured once (sl_calibrate())
 * and kept in a file; estimates for graphs are made from it.
 *
 * Measured is each class as it is compiled, in a graph made for it (recipes.c): the time of a way
 * with the element less that of the same way without it. What depends on arguments is measured with
 * few and with many; in between, the cost goes with the element's weight. Bounds are of the model:
 * what weighs the most an instruction can wait, and tables as if nothing of them were in a cache.
 */
#ifndef SL_COST_H
#define SL_COST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loader/diag.h"
#include "loader/element/element.h"
#include "loader/plan/plan.h"

#define SL_CALIBRATION_VERSION 3
#define SL_CALIBRATION_FILE "calibration.json" /* in the node's state directory */

/* A class, measured with one set of arguments. */
struct sl_cost_point {
	char base[32];	  /* of the class (sl_class.base) */
	uint32_t weight;  /* of the instance */
	double short_ns;  /* with packets of 64 bytes or a little more */
	double long_ns;	  /* with packets of 1500 bytes */
	double spread_ns; /* half of the rounds were within so much */
};

/*
 * What a packet costs that the trusted program cannot measure: it reads the clock when the packet's
 * tenant is known, and again when it knows what becomes of the packet. Before and behind that are
 * receiving, demux and sending. Driver: veth.
 */
struct sl_platform_cost {
	double clock_ns;  /* what reading the clock adds to a measured time */
	double sample_ns; /* measuring a packet */
	double refuse_ns; /* a packet that the gate refuses, all of it */
	double drop_ns;	  /* what is not measured of a packet that is dropped, */
	double pass_ns;	  /* handed to the host's stack, until that knows nothing to do with it, */
	double send_ns;	  /* sent, */
	double hand_ns;	  /* or handed to the tenant's thread. And in that, taken up and */
	double thread_send_ns; /* sent */
	double thread_drop_ns; /* or dropped */
};

struct sl_calibration {
	char kernel[128]; /* release and build */
	char cpu[128];
	char revision[65]; /* of the compiler of graphs */
	int64_t time_s;	   /* when it was measured, seconds since 1970 */
	double enter_ns;   /* into a graph, past its FromDevice, and out of it */
	double cut_ns;	   /* from one segment to the next */
	double insn_ns;	   /* an instruction that waits for the one before it */
	double hash_ns;	   /* finding and changing an entry of a large table */
	double lru_ns;
	double array_ns;
	struct sl_cost_point *points; /* none: elements were not measured */
	size_t n_points, cap_points;
	bool has_platform; /* it was measured */
	struct sl_platform_cost platform;
};

/* What this host and this build are, into the members above; the rest is left alone. */
void sl_calibration_here(struct sl_calibration *c);
/* NULL: `c` is of this host and build. Otherwise what is different, as a phrase: "Linux 6.1". */
const char *sl_calibration_differs(const struct sl_calibration *c, char *buf, size_t size);

/* 0; -ENOENT; -EBADMSG: no calibration, or of another version; other -errno. */
int sl_calibration_read(const char *path, struct sl_calibration **out);
/* Written beside and renamed. 0 or -errno. */
int sl_calibration_write(const char *path, const struct sl_calibration *c);
struct json_object *sl_calibration_json(const struct sl_calibration *c);
struct json_object *sl_platform_cost_json(const struct sl_platform_cost *c);
int sl_calibration_from_json(struct json_object *o, struct sl_calibration **out);
void sl_calibration_free(struct sl_calibration *c);
static inline void sl_calibration_freep(struct sl_calibration **c)
{
	sl_calibration_free(*c);
}

/* ---- Measuring -------------------------------------------------------------------------------*/

struct sl_calibrate_opts {
	unsigned int rounds; /* of elements, of which the faster half counts */
	unsigned int repeat; /* runs of a packet in a round */
	bool no_elements;    /* the platform's part only */
	double within;	     /* the platform: rounds agree on a figure within this part of it */
	double seconds;	     /* and go on until they do, at most so long */
	/* Told of each step; may be NULL. */
	void (*say)(void *arg, const char *what);
	void *arg;
};
/* Measures on this host; needs the privilege to load programs, which are attached to nothing but
 * veths in a network namespace of its own. 0 or -errno with messages in `d`, -EAGAIN: it is too
 * noisy here; what of it could not be measured is a warning. */
int sl_calibrate(const struct sl_calibrate_opts *o, struct sl_diags *d,
		 struct sl_calibration **out);

/* ---- Estimating ------------------------------------------------------------------------------*/

struct sl_cost_elem {
	double usual_ns; /* of a packet that takes its usual way through it; noise may be below 0 */
	double dear_ns;	 /* as measured, of the longest, with nothing of its tables in a cache */
	double bound_ns; /* of any packet */
	bool measured;	 /* its class was; otherwise its weight speaks for it */
};
/* Figures for hosts that were not calibrated: those of a server of 2.5 GHz, without elements. */
extern const struct sl_calibration sl_usual_calibration;
/* What an instance weighs (sl_class.weight). */
static inline uint32_t sl_cost_weight(const struct sl_inst *in)
{
	return in->weight ? in->weight : in->class->weight;
}
struct sl_cost_elem sl_cost_of(const struct sl_calibration *c, const struct sl_inst *in);

/* Ways of packets that come in by one device. */
struct sl_cost_path {
	double usual_ns; /* the dearest of those that packets usually take */
	double dear_ns;	 /* the dearest there is, round the graph as often as can be, by what its
			  * elements were measured to cost */
	double worst_ns; /* and by their bounds */
	uint32_t *usual; /* elements of the former */
	size_t n_usual;
};
struct sl_cost {
	struct sl_cost_elem *elems; /* by index */
	struct sl_cost_path *paths; /* by device; without a FromDevice all zero */
	size_t n_elems, n_paths;
};
/* 0 or -ENOMEM. */
int sl_cost_new(const struct sl_calibration *c, const struct sl_program *prog,
		const struct sl_plan *plan, struct sl_cost **out);
/* Of any packet, whatever device it comes in by: whole ns. */
uint32_t sl_cost_dear_ns(const struct sl_cost *c);
void sl_cost_free(struct sl_cost *c);
static inline void sl_cost_freep(struct sl_cost **c)
{
	sl_cost_free(*c);
}

/* ---- Between the files -----------------------------------------------------------------------*/

/* A packet as it comes to what is measured. */
enum cost_probe { COST_ETHER, COST_UDP, COST_TCP, COST_PING, COST_UDP6, COST_ARP, COST_PROBES };

/* How a class is measured. */
struct cost_recipe {
	const char *class_name, *config;
	enum cost_probe probe;
	const char *before;	   /* stands in front of it, both times; "" or "X -> " */
	unsigned int outs, inputs; /* 0: one */
	const char *write;	   /* "HANDLER VALUE": written first */
	bool last;		   /* nothing comes behind it */
};
extern const struct cost_recipe cost_recipes[]; /* class_name NULL ends */
/* What stands between FromDevice and a recipe's `before` or its element: "" or "X -> ". */
const char *cost_context(enum cost_probe probe);
/* A frame for a probe, at most `len` bytes long, into `buf` of 1514 bytes. Its length. */
size_t cost_frame(enum cost_probe probe, size_t len, uint8_t *buf);

/* ns of instructions and maps, by programs of their own. 0 or -errno. */
int cost_primitives(unsigned int rounds, struct sl_calibration *c);
/* What the platform's part of a packet costs (platform.c). 0, -EAGAIN with a message when rounds
 * did not agree, or -errno. */
int cost_platform(const struct sl_calibrate_opts *o, struct sl_diags *d,
		  struct sl_platform_cost *out);
/* Both sort. Whatever else a machine does adds to times and takes nothing off: the mean of the
 * faster half is what is measured, and finer than whole ns, too. */
double cost_median(double *v, size_t n);
double cost_faster_half(double *v, size_t n);

#endif
