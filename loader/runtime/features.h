/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What this host has of what Sluice uses: `sluicectl node validate`. Each probe really tries the
 * thing where that is possible without touching anything that runs, in preference to asking for a
 * version; what it makes is gone when it returns.
 */
#ifndef SL_FEATURES_H
#define SL_FEATURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <json-c/json.h>

enum sl_feature_state {
	SL_FEATURE_YES,
	SL_FEATURE_NO,
	SL_FEATURE_PARTIAL, /* there, with limits the detail names */
	SL_FEATURE_UNKNOWN, /* could not be asked (privilege) */
};

enum sl_feature_need {
	SL_FEATURE_REQUIRED, /* without it there is no node */
	SL_FEATURE_OPTIONAL, /* without it `lost` is lost */
};

struct sl_feature {
	const char *name;  /* stable, for programs: "xdp-link" */
	const char *title; /* for people */
	enum sl_feature_need need;
	enum sl_feature_state state;
	const char *lost; /* what is lost without it */
	char *detail;	  /* version, reason, number; NULL for none */
};

struct sl_features {
	struct sl_feature *list;
	size_t n;
	unsigned int required_missing;
};

struct sl_features_opts {
	const char *clang;	       /* NULL: "clang" in the PATH */
	const char *pin_root;	       /* NULL: SL_PIN_ROOT */
	const char *const *interfaces; /* probed for native XDP; NULL: every Ethernet interface */
	size_t n_interfaces;
};

/* Probes. 0 or -ENOMEM; a probe that fails is a row, not an error. */
int sl_features_probe(const struct sl_features_opts *opts, struct sl_features **out);
void sl_features_free(struct sl_features *f);
static inline void sl_features_freep(struct sl_features **f)
{
	sl_features_free(*f);
}

/* A table: state, title, detail; below a row that is not there, what is lost. */
void sl_features_print(const struct sl_features *f, FILE *out);
/* {ok, features: [{name, title, required, state, detail, lost}]}; NULL when out of memory. */
struct json_object *sl_features_json(const struct sl_features *f);
const char *sl_feature_state_name(enum sl_feature_state state);

#endif
