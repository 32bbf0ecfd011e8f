/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A YAML document as a tree whose every node knows where it was written. Only what a node file
 * needs: one document, mappings with plain keys, sequences, scalars as text; no anchors, aliases or
 * tags. Mapping keys are unique.
 */
#ifndef SL_CONFIG_TREE_H
#define SL_CONFIG_TREE_H

#include "loader/diag.h"

enum sl_yaml_kind { SL_YAML_SCALAR, SL_YAML_SEQ, SL_YAML_MAP };

struct sl_yaml {
	enum sl_yaml_kind kind;
	unsigned int line, col; /* from 1 */
	char *text;		/* SCALAR */
	int quoted;		/* SCALAR: not plain, so "" is a value and not a missing one */
	/* SEQ: the entries. MAP: key, value, key, value, ... */
	struct sl_yaml **kids;
	size_t n_kids, cap_kids;
};

/*
 * 0; -EINVAL with messages in `d` that name the file `name` (kept by the caller as long as the
 * messages); -ENOMEM.
 */
int sl_yaml_parse(const char *text, size_t len, const char *name, struct sl_diags *d,
		  struct sl_yaml **out);
void sl_yaml_free(struct sl_yaml *node);
static inline void sl_yaml_freep(struct sl_yaml **node)
{
	sl_yaml_free(*node);
}

/* Value of a key, or NULL; also for a node that is no mapping, or NULL. */
const struct sl_yaml *sl_yaml_get(const struct sl_yaml *map, const char *key);
/* Entry of a sequence, or NULL. */
const struct sl_yaml *sl_yaml_at(const struct sl_yaml *seq, size_t i);
/* Where `node` is; line 0 for NULL. */
struct sl_pos sl_yaml_pos(const struct sl_yaml *node, const char *file);
/* "a value", "a list", "a mapping". */
const char *sl_yaml_kind_name(enum sl_yaml_kind kind);

#endif
