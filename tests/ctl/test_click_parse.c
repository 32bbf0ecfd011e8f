// SPDX-License-Identifier: GPL-2.0-only
/* Commands of Click's protocol, cut out of bytes that come in any pieces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "ctl/click_parse.h"
#include "loader/mem.h"

static void add(struct ctl_buf *b, const char *bytes, size_t n)
{
	assert_int_equal(ctl_buf_room(b, n), 0);
	memcpy(b->bytes + b->end, bytes, n);
	b->end += n;
}

static void print(FILE *f, struct ctl_click_cmd *c)
{
	static const char *const verbs[] = {"wrong",	  "read",  "write", "checkread",
					    "checkwrite", "llrpc", "help",  "quit"};

	fprintf(f, "%s", verbs[c->verb]);
	if (c->code)
		fprintf(f, " %d", c->code);
	if (c->message)
		fprintf(f, " '%s'", c->message);
	if (c->handler)
		fprintf(f, " %s", c->handler);
	if (c->data && c->len) {
		fputs(" [", f);
		for (size_t i = 0; i < c->len; i++)
			fprintf(f, c->data[i] < ' ' ? "\\x%02x" : "%c", c->data[i]);
		fputc(']', f);
	}
	fputs(c->last ? " last; " : "; ", f);
}

/* The commands in `n` bytes that come `step` at a time. */
static char *commands(const char *bytes, size_t n, size_t step)
{
	struct ctl_click_parser p = {0};
	struct ctl_buf in = {0};
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	for (size_t at = 0;; at += step) {
		struct ctl_click_cmd c = {0};
		bool eof = at >= n;

		if (!eof)
			add(&in, bytes + at, n - at < step ? n - at : step);
		while (ctl_click_next(&p, &in, eof, &c) > 0) {
			print(f, &c);
			ctl_click_cmd_free(&c);
		}
		if (eof)
			break;
	}
	assert_int_equal(ctl_buf_len(&in), 0);
	ctl_click_parser_free(&p);
	ctl_buf_free(&in);
	fclose(f);
	return text;
}

static void expect(const char *bytes, size_t n, const char *want)
{
	for (size_t step = 1; step <= n; step++) {
		_free_ char *got = commands(bytes, n, step);

		if (strcmp(got, want))
			fail_msg("by %zu bytes: %s", step, got);
	}
}
#define EXPECT(bytes, want) expect(bytes, sizeof(bytes) - 1, want)

static void every_command_is_known_in_any_case(void **state)
{
	(void)state;
	EXPECT("READ a.b\n", "read a.b; ");
	EXPECT("get a.b\n", "read a.b; ");
	EXPECT("Write a.b  x  y \n", "write a.b [x  y]; ");
	EXPECT("SET a.b\n", "write a.b; ");
	EXPECT("CHECKREAD a.b\nCHECKWRITE a.b\n", "checkread a.b; checkwrite a.b; ");
	EXPECT("LLRPC a#1\nLLRPC a#2 3\nxyzHELP\nhelp read\n",
	       "llrpc a#1; llrpc a#2 [xyz]; help; help; ");
	EXPECT("QUIT\nCLOSE\nquit now\n", "quit; quit; quit 500; ");
}

static void lines_end_with_cr_lf_or_both(void **state)
{
	(void)state;
	EXPECT("READ a\rREAD b\nREAD c\r\nREAD d\r\r\n\n", "read a; read b; read c; read d; ");
	EXPECT("READ a", "read a; ");
	EXPECT("\r\n  \t\n", "");
}

static void data_is_as_many_bytes_as_said(void **state)
{
	(void)state;
	EXPECT("WRITEDATA a 3\r\nx\r\nHELP\n", "write a [x\\x0d\\x0a]; help; ");
	EXPECT("SETDATA a 2\nx\0READDATA b 0\nREADDATA c 1\r\n\n",
	       "write a [x\\x00]; read b; read c [\\x0a]; ");
	EXPECT("WRITEDATA a 4\nabc", "wrong 500 'Not enough data'; ");
	EXPECT("WRITEDATA a -1\nWRITEDATA a 1x\nWRITEDATA a 99999999999999\n",
	       "wrong 500 'Syntax error in 'WRITEDATA''; "
	       "wrong 500 'Syntax error in 'WRITEDATA''; "
	       "wrong 500 'Syntax error in 'WRITEDATA''; ");
}

static void data_may_end_with_a_line(void **state)
{
	(void)state;
	EXPECT("WRITEUNTIL a END\nb c\nENDS\n END\nEND  \nHELP\n",
	       "write a [b c\\x0aENDS\\x0a END\\x0a]; help; ");
	EXPECT("READUNTIL a\r\nb\r\n\r\nHELP\r\n", "read a [b\\x0d\\x0a]; help; ");
	EXPECT("WRITEUNTIL a the end\rx\rthe end\rHELP\r", "write a [x\\x0d]; help; ");
	EXPECT("WRITEUNTIL a END\nEND\n", "write a; ");
	EXPECT("WRITEUNTIL a END\nx\nEND", "wrong 500 'Connection closed'; ");
}

static void what_is_wrong_is_said_and_the_next_command_is_taken(void **state)
{
	(void)state;
	EXPECT("frob x\nREAD\nREADDATA a\nREADDATA a 1 2\nCHECKREAD a b\nLLRPC\nHELP\n",
	       "wrong 501 'Command 'FROB' unimplemented'; wrong 500 'Wrong number of arguments'; "
	       "wrong 500 'Wrong number of arguments'; wrong 500 'Wrong number of arguments'; "
	       "wrong 500 'Wrong number of arguments'; wrong 500 'Wrong number of arguments'; "
	       "help; ");
	EXPECT("READ a\0b\n", "wrong 500 'Syntax error in 'READ''; ");
}

static void too_much_data_is_refused_and_passed_over(void **state)
{
	size_t n = CTL_CLICK_MAX + 1, head;
	_free_ char *bytes = malloc(n + 100), *got = NULL;

	(void)state;
	head = (size_t)sprintf(bytes, "WRITEDATA a %zu\n", n);
	memset(bytes + head, 'R', n);
	memcpy(bytes + head + n, "HELP\n", 5);
	got = commands(bytes, head + n + 5, 65536);
	assert_string_equal(got, "wrong 521 '4194305 bytes of data are more than 4194304'; help; ");
}

static void a_line_without_end_is_not_kept(void **state)
{
	static const char *const begins[] = {"WRITE a ", "WRITEUNTIL a END\n"};
	static const char *const want[] = {
		"wrong 500 'The command is longer than 4194304 bytes' last; ",
		"wrong 521 'The command is longer than 4194304 bytes' last; "};
	size_t n = CTL_CLICK_MAX + 65536;
	_free_ char *bytes = malloc(n);

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		_free_ char *got = NULL;

		memset(bytes, 'x', n);
		memcpy(bytes, begins[i], strlen(begins[i]));
		got = commands(bytes, n - 100, 65536);
		/* The rest is a command that nobody knows: the connection has ended by then. */
		assert_int_equal(strncmp(got, want[i], strlen(want[i])), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_command_is_known_in_any_case),
		cmocka_unit_test(lines_end_with_cr_lf_or_both),
		cmocka_unit_test(data_is_as_many_bytes_as_said),
		cmocka_unit_test(data_may_end_with_a_line),
		cmocka_unit_test(what_is_wrong_is_said_and_the_next_command_is_taken),
		cmocka_unit_test(too_much_data_is_refused_and_passed_over),
		cmocka_unit_test(a_line_without_end_is_not_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
