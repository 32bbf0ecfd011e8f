/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Configuration of elements: what the files of this folder offer each other and those who parse
 * arguments of their own (classifiers, route lookups). What element classes use is declared in
 * loader/element/element.h.
 */
#ifndef SL_CONFIG_H
#define SL_CONFIG_H

#include "loader/element/element.h"

/* ---- Plain values: no names, no program ------------------------------------------------------*/

struct sl_prefix4 {
	uint32_t addr, mask; /* network order; addr as written, host bits included */
};

struct sl_prefix6 {
	uint8_t addr[16]; /* as written, host bits included */
	uint32_t len;	  /* bits, at most 128 */
};

/* Click's number syntax: [+-](0x|0b|0)digits, '_' between digits. `*magnitude` saturates. false if
 * `text` is no number. */
bool sl_text_int(const char *text, bool *negative, uint64_t *magnitude);
/* A decimal number (fraction and exponent allowed) times `scale`, rounded to the nearest; moves
 * *text past it. 0, -EINVAL (no number), -ERANGE (negative or too large). */
int sl_text_decimal(const char **text, uint64_t scale, uint64_t *out);
bool sl_text_bool(const char *text, bool *out);
/* a.b.c.d, into network order. */
bool sl_text_ip4(const char *text, uint32_t *out);
/* a[.b[.c[.d]]]/LEN or /MASK. */
bool sl_text_prefix4(const char *text, struct sl_prefix4 *out);
/* An IPv6 address as in RFC 4291 2.2. */
bool sl_text_ip6(const char *text, uint8_t out[16]);
/* ADDRESS/LEN or ADDRESS/MASK, the mask an address whose ones come first. */
bool sl_text_prefix6(const char *text, struct sl_prefix6 *out);
/* Clears the bits of an address behind the prefix. */
void sl_prefix6_cut(struct sl_prefix6 *p);
/* Six hexadecimal bytes with ':' or '-' between them. */
bool sl_text_ether(const char *text, uint8_t out[6]);
/* Whether a bandwidth has a unit; Click takes bytes a second without one, and warns. */
bool sl_text_has_unit(const char *text);
/* Offset of an annotation of `size` bytes, by name or number. 0, or -EINVAL with *why. */
int sl_text_anno(const char *text, unsigned int size, uint8_t *out, const char **why);

/* ---- Values of any type ----------------------------------------------------------------------*/

/* Writes a value (as stored in conf) in Click's syntax; nothing for SL_T_TEXT and SL_T_ARG. */
void sl_value_print(enum sl_ptype type, const void *value, const struct sl_program *p, FILE *out);
/* What a value of this type looks like, for hints and the reference: "an IP address". */
const char *sl_type_text(enum sl_ptype type);
/* Largest stored value, bytes. */
#define SL_VALUE_MAX 24

/* ---- Names (AddressInfo, PortInfo) -----------------------------------------------------------*/

struct sl_names;
struct sl_names *sl_names_new(void);
void sl_names_free(struct sl_names *n);

/* Adds "NAME ADDRESS..." in the scope of the element being configured. 0 or -EINVAL (reported). */
int sl_names_add_address(struct sl_conf *cf, const struct sl_arg *arg);
/* Adds "NAME PORT[/PROTOCOL]". */
int sl_names_add_port(struct sl_conf *cf, const struct sl_arg *arg);

/*
 * Looks a name up as seen from element `where` (NULL: file scope), from its own compound outwards,
 * then among the devices. `text` may end in ":ip", ":ipnet", ":bcast", ":ip6", ":ip6net", ":eth".
 * 0; -ENOENT: no such name; -ESRCH: the name has no address of this kind.
 */
int sl_names_ip4(const struct sl_program *p, const struct sl_elem *where, const char *text,
		 uint32_t *out);
int sl_names_prefix4(const struct sl_program *p, const struct sl_elem *where, const char *text,
		     struct sl_prefix4 *out);
int sl_names_ip6(const struct sl_program *p, const struct sl_elem *where, const char *text,
		 uint8_t out[16]);
int sl_names_prefix6(const struct sl_program *p, const struct sl_elem *where, const char *text,
		     struct sl_prefix6 *out);
int sl_names_ether(const struct sl_program *p, const struct sl_elem *where, const char *text,
		   uint8_t out[6]);
/* A port by number or name (PortInfo first, then the well-known ones); `proto` 6, 17 or 0 for
 * either. Host order. 0 or -ENOENT. */
int sl_names_port(const struct sl_program *p, const struct sl_elem *where, const char *text,
		  unsigned int proto, uint16_t *out);

/* ---- Arguments -------------------------------------------------------------------------------*/

/* Which argument gives which parameter. */
struct sl_match {
	int *arg;      /* per parameter: index of the argument, or -1 */
	bool *keyword; /* per parameter: given by keyword */
	bool *used;    /* per argument: belongs to some parameter other than the rest */
};
size_t sl_params_count(const struct sl_class *c);
int sl_param_index(const struct sl_class *c, const char *name);
/* Distributes `args` over the parameters of `c` as Click does. 0 or -ENOMEM. */
int sl_match_args(const struct sl_class *c, const struct sl_arg *args, size_t n_args,
		  struct sl_match *m);
void sl_match_free(struct sl_match *m);
/* Length of the keyword an argument begins with: a word, white space, more. 0: there is none. */
size_t sl_arg_keyword(const char *text);
/* Text of an argument behind its keyword. */
const char *sl_arg_value(const char *text);
/* Value of parameter `i` of an instance as stored (given or default). */
const void *sl_inst_value(const struct sl_inst *in, int i);
/* Text of parameter `i` as given, or its default; "" when there is neither. */
const char *sl_inst_text(const struct sl_inst *in, int i);

/* The element called `name` as seen from element `where`: from its own compound outwards. */
const struct sl_inst *sl_inst_named(const struct sl_program *p, const struct sl_elem *where,
				    const char *name);
/* As sl_conf_use() (loader/element/element.h), of an element that was found otherwise. */
int sl_conf_use_inst(struct sl_conf *cf, const struct sl_arg *arg, const struct sl_inst *other);

/* Configures one instance: assigns arguments, then calls the class's configure(). 0, -EINVAL with
 * messages in `d`, -ENOMEM. */
int sl_inst_configure(struct sl_inst *in, const struct sl_program *p, struct sl_diags *d);
void sl_inst_release(struct sl_inst *in);

/* Name in NULL-terminated `names` nearest to `text`, or NULL if none is near. */
const char *sl_nearest(const char *text, const char *const *names, size_t n);

/* ---- The reference ---------------------------------------------------------------------------*/

/* Markdown about every class, from the descriptors. 0 or -EIO. */
int sl_docs_elements(FILE *out);

#endif
