// SPDX-License-Identifier: GPL-2.0-only
/*
 * Scripts (loader/script): the input's text, up to a NUL, is configuration strings of scripts, a
 * line each; the lines behind it are handlers called from outside. What is refused has a reason; a
 * turn uses little more than it may; what is printed is printable (tests/script/world.c looks).
 */
#include <stdlib.h>
#include <string.h>

#include "loader/mem.h"
/* The fuzzers are linked one file each. */
#include "tests/script/world.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void call(struct world *w, char *line)
{
	uint32_t elem = WORLD_SCRIPT + (uint32_t)(line[0] & 3);
	char *handler, *args;

	if (!line[0] || !line[1] || elem >= w->n)
		return;
	handler = line + 1;
	args = strchr(handler, ' ');
	if (args)
		*args++ = 0;
	for (int write = 0; write < 2; write++) {
		_free_ char *value = NULL;
		struct sl_diags d = {0};
		int ret;

		if (write)
			ret = sl_scripts_write(w->set, elem, handler, args ? args : "", &d);
		else
			ret = sl_scripts_read(w->set, elem, handler, args ? args : "", &value, &d);
		if (ret ? value != NULL : d.errors || !write != !!value)
			abort();
		sl_diags_free(&d);
	}
}

static void turns(struct world *w)
{
	for (int i = 0; i < 8 && sl_scripts_due(w->set) <= w->now; i++)
		/* An instruction, and the driver's. */
		if (sl_scripts_turn(w->set, 500) > 500 + 4 * SL_SCRIPT_UNITS)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {"s", "t", "in/u", "v"};
	_free_ char *text = malloc(size + 2);
	char *rest, *line, *save = NULL;
	struct world w;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = text[size + 1] = 0;
	rest = text + strlen(text) + (strlen(text) < size);
	world_open(&w);
	line = strtok_r(text, "\n", &save);
	for (int i = 0; line && i < 4; i++, line = strtok_r(NULL, "\n", &save)) {
		struct sl_diags d = {0};

		world_add(&w, names[i], line, &d);
		sl_diags_free(&d);
	}
	turns(&w);
	for (line = strtok_r(rest, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		call(&w, line);
		turns(&w);
		w.now += 100000000;
	}
	world_close(&w);
	return 0;
}
