/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Commands of Click's ControlSocket protocol, version 1.3, out of a stream of bytes: a line, and
 * for some commands data behind it. Lines end with CR, LF or both. What has been looked at is not
 * looked at again, however few bytes come at a time.
 */
#ifndef CTL_CLICK_PARSE_H
#define CTL_CLICK_PARSE_H

#include "ctl/frame.h"

/* Bytes of a command, its data included. */
#define CTL_CLICK_MAX (4u << 20)

enum ctl_click_verb {
	CTL_CLICK_WRONG, /* to be answered with `code` and `message` */
	CTL_CLICK_READ,
	CTL_CLICK_WRITE,
	CTL_CLICK_CHECKREAD,
	CTL_CLICK_CHECKWRITE,
	CTL_CLICK_LLRPC,
	CTL_CLICK_HELP,
	CTL_CLICK_QUIT,
};

struct ctl_click_cmd {
	enum ctl_click_verb verb;
	int code;
	char *message;
	char *handler;
	char *data; /* NUL behind it; never NULL with READ, WRITE */
	size_t len;
	bool last; /* nothing that follows can be made sense of */
};
void ctl_click_cmd_free(struct ctl_click_cmd *c);

struct ctl_click_parser {
	struct ctl_click_cmd cmd; /* its line was read, its data was not */
	int need;		  /* what kind of data (click_parse.c) */
	size_t want;		  /* bytes of data */
	char *until;		  /* line that ends it */
	size_t at, scanned; /* where a line of the data begins; how far there is no line's end */
	size_t skip;	    /* bytes of data refused and not yet come */
	bool after_cr;	    /* an LF that comes now belongs to the line before */
};
void ctl_click_parser_free(struct ctl_click_parser *p);
/* Whether a command has begun. */
bool ctl_click_begun(const struct ctl_click_parser *p, const struct ctl_buf *in);

/*
 * The next command, taken out of `in`. `eof`: no more bytes will come. 1: *out is the caller's; 0:
 * not all of it has come (with `eof`: there is none); -ENOMEM.
 */
int ctl_click_next(struct ctl_click_parser *p, struct ctl_buf *in, bool eof,
		   struct ctl_click_cmd *out);

#endif
