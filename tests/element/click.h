/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Click itself as a third engine of the cases: what a userlevel Click makes of a case's packets and
 * handlers, against what the case says. The case becomes a configuration: its graph as it stands,
 * classes of devices that print frames, and a Script that sends the packets and calls the handlers
 * in simulated time. One process a case; all it prints is one stream.
 */
#ifndef SL_TESTS_CLICK_H
#define SL_TESTS_CLICK_H

#include <stdio.h>

#include "tests/element/run.h"

/* ---- What Click printed ----------------------------------------------------------------------*/

struct click_frame {
	char dev[32]; /* "" for the host */
	size_t len;
	uint8_t *bytes;
};

/* From one mark of the script to the next. */
struct click_step {
	struct click_frame *frames;
	size_t n_frames, cap_frames;
	char *text; /* all other lines, each with its line end */
	size_t len;
};

struct click_output {
	struct click_step *steps; /* the first: before the script's first mark */
	size_t n, cap;
	bool whole; /* the script came to its end */
};

/* Takes apart what was printed. 0 or -ENOMEM. */
int click_output_read(const char *text, struct click_output *out);
void click_output_free(struct click_output *o);

/* ---- Running it ------------------------------------------------------------------------------*/

/* The path of a userlevel Click: `given`, or the first `click` on the PATH that says it is one.
 * NULL: none; to be freed. */
char *click_find(const char *given);

/* Runs a configuration, or only configures and initializes it. *text: all that was printed, to be
 * freed. 0, 1 when Click refused the configuration, or -errno (-ETIMEDOUT: it did not end). */
int click_run(const char *click, const char *config, bool run, char **text);

/* ---- Cases -----------------------------------------------------------------------------------*/

/* Writes the configuration of a case: of `r`, which has its compiled graph (not for `refuse`) and
 * is used to build packets. 0, or -1 with r->why. */
int click_config(struct run *r, FILE *out);

/* Compares a case with what Click printed. NULL, or the first difference, to be freed. `unknown`
 * counts handlers that Click does not have, which are passed over. */
char *click_differs(struct run *r, const struct click_output *o, unsigned int *unknown);

enum click_verdict {
	CLICK_AGREES,
	CLICK_DISAGREES, /* *why: in what */
	CLICK_CANNOT,	 /* *why: the reason, in few words: they are counted */
};

/* A case in Click. *why to be freed; *unknown as above. */
enum click_verdict click_case(const char *click, struct case_file *f, struct test_case *tc,
			      char **why, unsigned int *unknown);

#endif
