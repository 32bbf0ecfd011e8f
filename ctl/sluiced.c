// SPDX-License-Identifier: GPL-2.0-only
/*
 * sluiced: owns the node. Reads its options and runs the daemon (daemon.c); started as
 * `sluice-compile`, this is the compiler process.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "ctl/daemon.h"
#include "loader/codegen/build.h"
#include "loader/runtime/sandbox.h"

enum { USAGE = 2, SYSTEM = 3 };

enum { NODE = 1000, PIN_ROOT, STATE_DIR, RUN_DIR, CACHE_DIR, LOG_FILE, SEGMENT_WEIGHT, FAULT_AT };

static const struct option options[] = {
	{"node", required_argument, NULL, NODE},
	{"pin-root", required_argument, NULL, PIN_ROOT},
	{"state-dir", required_argument, NULL, STATE_DIR},
	{"run-dir", required_argument, NULL, RUN_DIR},
	{"cache-dir", required_argument, NULL, CACHE_DIR},
	{"log-file", required_argument, NULL, LOG_FILE},
	{"segment-weight", required_argument, NULL, SEGMENT_WEIGHT},
	{"fault-at", required_argument, NULL, FAULT_AT}, /* for tests */
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{NULL, 0, NULL, 0},
};

static const char usage[] =
	"usage: sluiced [OPTION...]\n"
	"\n"
	"Owns the node: ports, links, tenants and their graphs. Stays in the foreground and\n"
	"logs to standard error. Packets flow whether it runs or not.\n"
	"\n"
	"  --node FILE       apply this node file at start, and again at SIGHUP\n"
	"  --run-dir DIR     control socket and lock; default " SL_RUN_DIR "\n"
	"  --state-dir DIR   what the node is, across restarts; default " SL_STATE_DIR "\n"
	"  --cache-dir DIR   compiled graphs, '' for none; default " SL_CACHE_DIR "\n"
	"  --pin-root DIR    below a bpffs; default " SL_PIN_ROOT "\n"
	"  --log-file FILE   log there, too\n"
	"  --segment-weight N  cut graphs into programs of at most this weight; default 6000\n"
	"  -h, --help        this text\n"
	"  -V, --version     the version\n"
	"\n"
	"sluiced(8) says more.\n";

/* 0, or the exit status plus one. */
static int parse(int argc, char **argv, struct ctl_daemon_opts *o)
{
	int c;

	while ((c = getopt_long(argc, argv, "hV", options, NULL)) != -1) {
		switch (c) {
		case NODE:
			o->node_file = optarg;
			break;
		case PIN_ROOT:
			o->node.pin_root = optarg;
			break;
		case STATE_DIR:
			o->node.state_dir = optarg;
			break;
		case RUN_DIR:
			o->run_dir = optarg;
			break;
		case CACHE_DIR:
			o->node.cache_dir = optarg;
			break;
		case LOG_FILE:
			o->log_file = optarg;
			break;
		case SEGMENT_WEIGHT:
			o->node.max_weight = (unsigned int)strtoul(optarg, NULL, 10);
			break;
		case FAULT_AT:
			o->fault_at = (unsigned int)strtoul(optarg, NULL, 10);
			break;
		case 'h':
			fputs(usage, stdout);
			return 1;
		case 'V':
			puts("sluiced " SL_VERSION);
			return 1;
		default:
			fputs("error: sluiced --help lists the options\n", stderr);
			return USAGE + 1;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "error: '%s' is no option\n", argv[optind]);
		return USAGE + 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct ctl_daemon_opts opts = {0};
	int ret;

	if (argc > 0 && !strcmp(argv[0], SL_SANDBOX_ARGV0))
		return sl_compile_main();
	ret = parse(argc, argv, &opts);
	if (ret)
		return ret - 1;
	if (geteuid()) {
		fputs("error: sluiced needs root: it loads programs and attaches them to devices\n"
		      "    fix: start it as root, or as the service `systemctl start sluiced`\n",
		      stderr);
		return SYSTEM;
	}
	/* What went wrong is in our messages. */
	libbpf_set_print(NULL);
	return ctl_daemon_run(&opts) ? SYSTEM : 0;
}
