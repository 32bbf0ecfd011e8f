// SPDX-License-Identifier: GPL-2.0-only
/* The table of commands, and the tables of their arguments and options. */
#include "ctl/command.h"
#include "ctl/run.h"
#include "ctl/serve.h"

/* ---- Options ---------------------------------------------------------------------------------*/

const struct ctl_option ctl_global_options[] = {
	{"json", 'j', CTL_FLAG, NULL, "results as JSON", NULL, false, false},
	{"socket", 0, CTL_FILE, "PATH", "the daemon's control socket", NULL, false, false},
	{"help", 'h', CTL_FLAG, NULL, "what the command does, and its options", NULL, false, false},
	CTL_OPTIONS_END,
};

static const char *const modes[] = {"native", "generic", NULL};

static const struct ctl_option dry_run[] = {
	{"dry-run", 0, CTL_FLAG, NULL, "show what would be changed, and change nothing", NULL,
	 false, false},
	CTL_OPTIONS_END,
};
static const struct ctl_option attach[] = {
	{"mode", 0, CTL_CHOICE, "MODE",
	 "native (by the driver) or generic (any device, slower); default native", modes, false,
	 false},
	{"confirm", 0, CTL_TIME, "TIME", "detach again unless `port confirm` comes in time", NULL,
	 false, false},
	CTL_OPTIONS_END,
};
static const struct ctl_option emit[] = {
	{"emit", 0, CTL_FLAG, NULL, "the C that the running graph was compiled from", NULL, false,
	 false},
	CTL_OPTIONS_END,
};

static const struct ctl_option router_links[] = {
	{"link", 0, CTL_TEXT, "LINK", "'A.eth1 B.eth0': what A sends to eth1, B receives from eth0",
	 NULL, true, false},
	CTL_OPTIONS_END,
};

#define TENANT_OPTION                                                                              \
	{                                                                                          \
		"tenant", 0, CTL_TENANT, "NAME", "compile for this tenant's devices", NULL, false, \
			false                                                                      \
	}
#define NODE_OPTION                                                                                \
	{                                                                                          \
		"node", 0, CTL_FILE, "FILE",                                                       \
			"take the devices from this node file instead of asking the daemon", NULL, \
			false, false                                                               \
	}
#define IN_OPTION                                                                                  \
	{                                                                                          \
		"in", 0, CTL_INPUT, "DEVICE=FILE[,...]",                                           \
			"frames that arrive on a device: a pcap file of Ethernet frames", NULL,    \
			true, false                                                                \
	}

static const struct ctl_option calibrate[] = {
	{"out", 0, CTL_FILE, "FILE", "write there instead of the node's state directory", NULL,
	 false, false},
	{"rounds", 0, CTL_NUMBER, "N", "rounds at least; default 7", NULL, false, false},
	{"within", 0, CTL_NUMBER, "PERCENT",
	 "rounds of the platform's part have to agree within so much; default 5", NULL, false,
	 false},
	{"seconds", 0, CTL_NUMBER, "N", "for which they may be repeated until they do; default 40",
	 NULL, false, false},
	{"platform", 0, CTL_FLAG, NULL, "only the platform's part of a packet: some seconds", NULL,
	 false, false},
	CTL_OPTIONS_END,
};
static const struct ctl_option plan[] = {
	{"calibration", 0, CTL_FILE, "FILE", "take the costs from there", NULL, false, false},
	CTL_OPTIONS_END,
};
static const struct ctl_option preflight[] = {TENANT_OPTION, NODE_OPTION, CTL_OPTIONS_END};
static const struct ctl_option replay[] = {
	IN_OPTION,
	{"out", 0, CTL_DIR, "DIR", "write what leaves each device to DIR/DEVICE.pcap", NULL, false,
	 false},
	{"read", 0, CTL_TEXT, "ELEMENT.HANDLER", "read this handler at the end", NULL, true, false},
	{"native", 0, CTL_FLAG, NULL, "run the native build; needs no privilege", NULL, false,
	 false},
	{"trace", 0, CTL_FLAG, NULL, "follow each packet from element to element; native", NULL,
	 false, false},
	TENANT_OPTION,
	NODE_OPTION,
	CTL_OPTIONS_END,
};
static const struct ctl_option bench[] = {
	IN_OPTION,
	{"rounds", 0, CTL_NUMBER, "N", "rounds of which the median is taken; default 5", NULL,
	 false, false},
	{"frames", 0, CTL_NUMBER, "N", "frames of the input that are measured; default 8", NULL,
	 false, false},
	{"repeat", 0, CTL_NUMBER, "N", "runs of each frame in a round; default 20000", NULL, false,
	 false},
	TENANT_OPTION,
	NODE_OPTION,
	CTL_OPTIONS_END,
};
static const struct ctl_option capture[] = {
	{"write", 'w', CTL_FILE, "FILE", "the recording; - for standard output", NULL, false,
	 false},
	{"count", 'c', CTL_NUMBER, "N", "end after so many packets", NULL, false, false},
	{"snaplen", 's', CTL_NUMBER, "N", "record at most so many bytes of a packet; default 9216",
	 NULL, false, false},
	{"in", 0, CTL_FLAG, NULL, "only packets that enter the graph", NULL, false, false},
	{"out", 0, CTL_FLAG, NULL, "only packets that the graph sends", NULL, false, false},
	CTL_OPTIONS_END,
};
static const struct ctl_option trace[] = {
	{"count", 'c', CTL_NUMBER, "N", "end after so many packets", NULL, false, false},
	CTL_OPTIONS_END,
};
static const char *const orders[] = {"cpu",    "pps",  "bps",	 "out-pps", "out-bps", "drops",
				     "reason", "debt", "weight", "state",   "tenant",  "class",
				     "p50",    "p99",  "p999",	 "compile", NULL};
static const struct ctl_option top[] = {
	{"sort", 0, CTL_CHOICE, "COLUMN",
	 "cpu (default), pps, bps, out-pps, out-bps, drops, debt, weight, ...", orders, false,
	 false},
	{"batch", 'b', CTL_FLAG, NULL, "one below the other, for files and scripts", NULL, false,
	 false},
	{"reasons", 0, CTL_FLAG, NULL, "also each reason that packets were dropped for", NULL,
	 false, false},
	{"count", 'n', CTL_NUMBER, "N", "end after so many", NULL, false, false},
	{"interval", 0, CTL_TIME, "TIME", "how often, from 200ms; default 1s", NULL, false, false},
	CTL_OPTIONS_END,
};
static const struct ctl_option events[] = {
	{"last", 0, CTL_NUMBER, "N", "the last N changes, and no more", NULL, false, false},
	CTL_OPTIONS_END,
};
static const struct ctl_option stats[] = {
	{"watch", 0, CTL_FLAG, NULL, "again and again, with rates", NULL, false, false},
	{"interval", 0, CTL_TIME, "TIME", "how often with --watch, from 200ms; default 1s", NULL,
	 false, false},
	CTL_OPTIONS_END,
};

/* ---- Arguments -------------------------------------------------------------------------------*/

#define VARIABLES                                                                                  \
	{                                                                                          \
		"NAME=value", CTL_ASSIGN, true, true                                               \
	}

static const struct ctl_arg graph[] = {{"FILE", CTL_FILE, false, false}, VARIABLES, CTL_ARGS_END};
static const struct ctl_arg graph_only[] = {
	{"GRAPH", CTL_FILE, false, false}, VARIABLES, CTL_ARGS_END};
static const struct ctl_arg routers[] = {{"NAME=FILE", CTL_ROUTER, false, true}, CTL_ARGS_END};
static const struct ctl_arg router_of[] = {
	{"FILE", CTL_FILE, false, false}, {"NAME", CTL_TEXT, false, false}, CTL_ARGS_END};
static const struct ctl_arg file[] = {{"FILE", CTL_FILE, false, false}, CTL_ARGS_END};
static const struct ctl_arg maybe_file[] = {{"FILE", CTL_FILE, true, false}, CTL_ARGS_END};
static const struct ctl_arg port_attach[] = {
	{"NAME", CTL_PORT, false, false}, {"INTERFACE", CTL_INTERFACE, false, false}, CTL_ARGS_END};
static const struct ctl_arg port[] = {{"NAME", CTL_PORT, false, false}, CTL_ARGS_END};
static const struct ctl_arg tenant[] = {{"TENANT", CTL_TENANT, false, false}, CTL_ARGS_END};
static const struct ctl_arg maybe_tenant[] = {{"TENANT", CTL_TENANT, true, false}, CTL_ARGS_END};
static const struct ctl_arg budget_set[] = {{"TENANT", CTL_TENANT, false, false},
					    {"LIMIT=VALUE", CTL_LIMIT, false, true},
					    CTL_ARGS_END};
static const struct ctl_arg class_args[] = {
	{"TENANT", CTL_TENANT, false, false}, {"CLASS", CTL_TEXT, false, false}, CTL_ARGS_END};
static const struct ctl_arg cpu_args[] = {
	{"TENANT", CTL_TENANT, false, false}, {"CPU", CTL_TEXT, false, false}, CTL_ARGS_END};
static const struct ctl_arg link_one[] = {{"LINK", CTL_LINK, false, false}, CTL_ARGS_END};
static const struct ctl_arg tenant_add[] = {
	{"TENANT", CTL_TENANT, false, false}, {"FILE", CTL_FILE, false, false}, CTL_ARGS_END};
static const struct ctl_arg install[] = {{"TENANT", CTL_TENANT, false, false},
					 {"GRAPH", CTL_FILE, false, false},
					 VARIABLES,
					 CTL_ARGS_END};
static const struct ctl_arg read_args[] = {
	{"HANDLER", CTL_HANDLER, false, false}, {"ARGS", CTL_TEXT, true, true}, CTL_ARGS_END};
static const struct ctl_arg write_args[] = {
	{"HANDLER", CTL_HANDLER, false, false}, {"VALUE", CTL_TEXT, true, true}, CTL_ARGS_END};
static const struct ctl_arg capture_args[] = {
	{"LINK", CTL_LINK, false, false}, {"FILTER", CTL_TEXT, true, true}, CTL_ARGS_END};
static const struct ctl_arg trace_args[] = {
	{"TENANT", CTL_TENANT, false, false}, {"FILTER", CTL_TEXT, true, true}, CTL_ARGS_END};
static const struct ctl_arg help_args[] = {{"COMMAND", CTL_COMMAND, true, true}, CTL_ARGS_END};

/* ---- Views -----------------------------------------------------------------------------------*/

static const struct ctl_view text_view = {.raw = "text"};
static const struct ctl_view value_view = {.raw = "value"};
static const struct ctl_view emitted_view = {.raw = "emitted"};
static const struct ctl_view changes_view = {
	.table = "changes", .columns = "action object name detail", .empty = "nothing to change"};
static const struct ctl_view ports_view = {
	.table = "ports",
	.columns = "name interface mode state mtu mac driver confirm_ms",
	.empty = "no port is attached"};
static const struct ctl_view links_view = {
	.table = "links",
	.columns = "tenant device link.kind link.remote link.key path.state path.reason "
		   "path.next_hop path.neighbour path.mac path.mtu last_packet_s rx_packets "
		   "tx_packets drops",
	.empty = "no links"};
static const struct ctl_view tenants_view = {.table = "tenants",
					     .columns =
						     "name owner state class generation elements "
						     "config.links config.graph",
					     .empty = "no tenants"};
static const struct ctl_view events_view = {.line = "time tenant text"};

/* ---- Commands --------------------------------------------------------------------------------*/

/* The table is one list of designated members a command, in the order of the help. */
const struct ctl_command ctl_commands[] = {
	{.object = "graph",
	 .action = "check",
	 .args = graph,
	 .run = ctl_run_graph_check,
	 .help = "check a graph: language, elements, arguments, connections",
	 .text = "Reports every mistake with its line and column, not only the first. FILE may "
		 "be - for standard input. Variables given as NAME=value stand over `define` in "
		 "the file."},
	{.object = "graph",
	 .action = "flatten",
	 .args = graph,
	 .run = ctl_run_graph_flatten,
	 .view = &text_view,
	 .help = "show a graph with its compound elements expanded",
	 .text = "What is printed is Click again, and is the same graph."},
	{.object = "graph",
	 .action = "pretty",
	 .args = graph,
	 .run = ctl_run_graph_pretty,
	 .view = &text_view,
	 .help = "show a graph indented, compound elements kept"},
	{.object = "graph",
	 .action = "dot",
	 .args = graph,
	 .run = ctl_run_graph_dot,
	 .view = &text_view,
	 .help = "show a graph as a drawing for Graphviz",
	 .text = "To see it: sluicectl graph dot FILE | dot -Tsvg > graph.svg"},
	{.object = "graph",
	 .action = "undead",
	 .args = graph,
	 .run = ctl_run_graph_undead,
	 .view = &text_view,
	 .help = "show a graph without what no packet needs",
	 .text = "Elements that no packet reaches, or that packets only reach to go nowhere, are "
		 "left out, and so is what passes all packets on unchanged; ports left open are "
		 "connected to one Idle. What can be seen otherwise (counters, prints, devices "
		 "that are listened to) stays, and so do elements whose names stand in arguments "
		 "of others. The result is a flattened graph."},
	{.object = "graph",
	 .action = "combine",
	 .args = routers,
	 .options = router_links,
	 .run = ctl_run_graph_combine,
	 .view = &text_view,
	 .help = "join the graphs of several routers to one",
	 .text = "Element x of router A becomes A/x. Each --link 'A.eth1 B.eth0' is one way and "
		 "puts a RouterLink in place of A's ToDevice(eth1) and B's FromDevice(eth0), "
		 "which may also be given by their elements' names. Links that share an end are "
		 "one segment: what is sent there comes to all who listen. The result is for "
		 "looking at a network with the other graph commands and cannot be installed: "
		 "`sluicectl graph uncombine` takes a router out again."},
	{.object = "graph",
	 .action = "uncombine",
	 .args = router_of,
	 .run = ctl_run_graph_uncombine,
	 .view = &text_view,
	 .help = "take one router out of a combined graph",
	 .text = "Elements have their own names again, and where there was a RouterLink there is "
		 "the device. The router requires what any of the combined ones did."},

	{.object = "node",
	 .action = "apply",
	 .args = file,
	 .options = dry_run,
	 .who = CTL_ROOT,
	 .run = ctl_run_node_apply,
	 .serve = ctl_serve_node_apply,
	 .view = &changes_view,
	 .help = "make the node equal to a node file",
	 .text = "The graphs the file names are read and compiled first; if one is refused, "
		 "nothing is changed. What was changed is printed in order; a second time there "
		 "is nothing to change. The file is described in sluice.yaml(5)."},
	{.object = "node",
	 .action = "show",
	 .who = CTL_ROOT,
	 .serve = ctl_serve_node_show,
	 .help = "show everything the node has, kernel objects by id"},
	{.object = "node",
	 .action = "validate",
	 .args = maybe_file,
	 .run = ctl_run_node_validate,
	 .help = "check what this host offers, and a node file",
	 .text = "Each feature of the kernel that Sluice uses is tried, without touching "
		 "anything that runs; for one that is missing it says what is lost. With FILE, "
		 "the node file is checked as well, and its ports' interfaces are looked at."},

	{.object = "port",
	 .action = "attach",
	 .args = port_attach,
	 .options = attach,
	 .who = CTL_ROOT,
	 .serve = ctl_serve_port_attach,
	 .help = "attach to a network interface and call it NAME",
	 .text = "Traffic that is no tenant's is passed to the host untouched. On a machine "
		 "reached through that interface, --confirm 60s is a safety line: unless "
		 "`sluicectl port confirm NAME` comes within the time, the port is detached "
		 "again, also by a daemon that was started again meanwhile."},
	{.object = "port",
	 .action = "confirm",
	 .args = port,
	 .who = CTL_ROOT,
	 .serve = ctl_serve_port_confirm,
	 .help = "keep a port that was attached with --confirm"},
	{.object = "port",
	 .action = "detach",
	 .args = port,
	 .who = CTL_ROOT,
	 .serve = ctl_serve_port_detach,
	 .help = "detach from a network interface"},
	{.object = "port",
	 .action = "list",
	 .who = CTL_ROOT,
	 .serve = ctl_serve_port_list,
	 .view = &ports_view,
	 .help = "list ports"},

	{.object = "link",
	 .action = "list",
	 .args = maybe_tenant,
	 .serve = ctl_serve_link_list,
	 .view = &links_view,
	 .help = "list virtual links: state, next hop, packets, drops"},
	{.object = "link",
	 .action = "show",
	 .args = link_one,
	 .who = CTL_OWNER,
	 .serve = ctl_serve_link_show,
	 .help = "show all about one virtual link (TENANT/DEVICE)"},

	{.object = "tenant",
	 .action = "add",
	 .args = tenant_add,
	 .who = CTL_ROOT,
	 .run = ctl_run_tenant_add,
	 .serve = ctl_serve_tenant_add,
	 .help = "add a tenant as a node file describes it",
	 .text = "Of the file, only this tenant is taken up."},
	{.object = "tenant",
	 .action = "install",
	 .args = install,
	 .who = CTL_OWNER,
	 .run = ctl_run_tenant_install,
	 .serve = ctl_serve_tenant_install,
	 .help = "compile a graph and run it, in place of the running one",
	 .text = "The running graph is replaced in one step: no packet is lost or sees half a "
		 "graph. Elements of the same name, class and layout keep their state. A graph "
		 "that is refused changes nothing."},
	{.object = "tenant",
	 .action = "stop",
	 .args = tenant,
	 .who = CTL_OWNER,
	 .serve = ctl_serve_tenant_stop,
	 .help = "stop a tenant: its packets are dropped"},
	{.object = "tenant",
	 .action = "start",
	 .args = tenant,
	 .who = CTL_OWNER,
	 .serve = ctl_serve_tenant_start,
	 .help = "start a stopped tenant"},
	{.object = "tenant",
	 .action = "optimize",
	 .args = tenant,
	 .options = dry_run,
	 .who = CTL_OWNER,
	 .serve = ctl_serve_tenant_optimize,
	 .help = "compile the running graph again for the ways its packets take",
	 .text = "Where most packets of the last ten seconds or so took is compiled so that it "
		 "costs "
		 "least: in the first segment, tested first, counted least; what few took goes on "
		 "in code that elements share. What packets become stays the same, and state goes "
		 "on, as with an install. Shown are elements whose most taken output is another "
		 "than was laid out as usual, with shares in percent of what enters the element; "
		 "with --dry-run nothing is changed. The compiler runs at the lowest priority. "
		 "`optimize_s` in the node file does this by itself."},
	{.object = "tenant",
	 .action = "rollback",
	 .args = tenant,
	 .who = CTL_OWNER,
	 .serve = ctl_serve_tenant_rollback,
	 .help = "run the graph before the running one again"},
	{.object = "tenant",
	 .action = "class",
	 .args = class_args,
	 .who = CTL_ROOT,
	 .serve = ctl_serve_tenant_class,
	 .help = "where a tenant's graph runs: inline, or in a thread of its own",
	 .text = "CLASS is `inline`, `thread` or `auto`: by what the graph's dearest packet is "
		 "estimated to cost (sluice.yaml(5)). `inline` runs a graph where packets come in, "
		 "at "
		 "the least cost for each. "
		 "`thread` hands them to a kernel thread of the tenant's, which other tenants' "
		 "packets need not wait for; what its queue has no room for is dropped and counted "
		 "as `queue`. The class changes under traffic without losing a packet, but while "
		 "the old queue is taken up packets may overtake each other. Like limits of a "
		 "budget, it stays until a node file is applied."},
	{.object = "tenant",
	 .action = "cpu",
	 .args = cpu_args,
	 .who = CTL_ROOT,
	 .serve = ctl_serve_tenant_cpu,
	 .help = "which CPU the thread of a tenant of class thread runs on",
	 .text = "CPU is a number, or `any`: then the daemon moves the thread itself when its CPU "
		 "has less time than its tenants take and another has room. A move under traffic "
		 "reorders no flow, and loses nothing but what queues have no room for. Until the "
		 "packets go straight to the new CPU the old one passes them on. Like limits of a "
		 "budget, it stays until a node file is applied (`on_cpu`)."},
	{.object = "tenant",
	 .action = "remove",
	 .args = tenant,
	 .who = CTL_ROOT,
	 .serve = ctl_serve_tenant_remove,
	 .help = "remove a tenant, its links and its graph"},
	{.object = "tenant",
	 .action = "release",
	 .args = tenant,
	 .who = CTL_ROOT,
	 .serve = ctl_serve_tenant_release,
	 .help = "let a tenant out of quarantine",
	 .text = "A tenant is put into quarantine when too many of the packets that are measured "
		 "take longer than the ns_per_packet of its budget: all it is sent is dropped. "
		 "`events` tells when, `budget show` by how many. Raise ns_per_packet, or have the "
		 "graph made cheaper, or it is soon there again."},
	{.object = "tenant",
	 .action = "list",
	 .serve = ctl_serve_tenant_list,
	 .view = &tenants_view,
	 .help = "list tenants"},
	{.object = "tenant",
	 .action = "snapshot",
	 .args = tenant,
	 .who = CTL_OWNER,
	 .serve = ctl_serve_snapshot,
	 .hidden = true,
	 .help = "the running graph and its state, for `trace`"},
	{.object = "tenant",
	 .action = "show",
	 .args = tenant,
	 .options = emit,
	 .who = CTL_OWNER,
	 .serve = ctl_serve_tenant_show,
	 .view = &emitted_view,
	 .help = "show all about one tenant"},

	{.object = "budget",
	 .action = "set",
	 .args = budget_set,
	 .who = CTL_ROOT,
	 .serve = ctl_serve_budget_set,
	 .help = "change limits of a tenant's budget",
	 .text = "Limits and values are those of the node file (sluice.yaml(5)): cpu, cpu_min, "
		 "weight, ns_per_packet, rx, tx, pps, memory, map_entries; `none` takes a limit "
		 "away. They hold at once, for packets that come from then on, and none is lost by "
		 "the change. More cpu_min than the machine has is refused, and less memory than "
		 "the running graph has.\n\nWhat is set stays, "
		 "also when the daemon starts again, until it is set again or a node file is "
		 "applied: the file is what is wanted, and `node apply` names the limits it puts "
		 "back (with --dry-run before it does). A daemon that was started with --node "
		 "applies "
		 "that file at each start."},
	{.object = "budget",
	 .action = "show",
	 .args = maybe_tenant,
	 .serve = ctl_serve_budget_show,
	 .help = "show budgets: limits, what is used of them, debts, quarantine",
	 .text = "Source says where a limit comes from: the node file, `budget set` (set), or "
		 "neither. Used is of about the last second. Left is what the tenant could use at "
		 "once; it is negative when it used more than it may, and debt is how long it "
		 "waits until that is paid back. Without TENANT, limits that are not given are "
		 "left out."},

	{.object = "read",
	 .args = read_args,
	 .who = CTL_OWNER,
	 .serve = ctl_serve_read,
	 .view = &value_view,
	 .help = "read a handler (TENANT/ELEMENT.HANDLER)",
	 .text = "Which handlers an element has is in the element reference, and in its handler "
		 "`handlers`. A handler is shown the first 65,536 entries of a table, and says "
		 "when there are "
		 "more; one that takes longer than 5 s is given up."},
	{.object = "write",
	 .args = write_args,
	 .who = CTL_OWNER,
	 .serve = ctl_serve_write,
	 .help = "write a handler (TENANT/ELEMENT.HANDLER)",
	 .text = "Several words are one value with spaces between them; put -- in front of one "
		 "that begins with a dash."},

	{.object = "calibrate",
	 .options = calibrate,
	 .run = ctl_run_calibrate,
	 .help = "measure what elements and the platform cost on this host",
	 .text = "Each class is compiled in a graph made for it and run in the kernel, behind no "
		 "interface, in turn with the same graph without it: with packets of 64 and of "
		 "1500 bytes, that take the usual way. That takes about half a minute of one CPU, "
		 "and no traffic is touched. What the platform does for a packet and cannot "
		 "measure while it does it (receiving, demux, sending) is measured by floods "
		 "through veths in a network namespace of their own: some seconds of one CPU; it "
		 "is charged to tenants. Of these the fastest quarter counts, and two halves of "
		 "the "
		 "rounds must come to the same figures: on a machine that others use they are "
		 "repeated, and where they still do not agree nothing is written, and the file "
		 "that "
		 "was there stays. The figures are kept in the node's state directory, for "
		 "`plan` and for sluiced, which reads them when it starts; on another kernel or "
		 "CPU, or with another build of Sluice, they are not used. Times are in ns a "
		 "packet; `spread` is what half of the rounds are within. With --platform, figures "
		 "of elements that are there stay."},
	{.object = "plan",
	 .args = graph_only,
	 .options = plan,
	 .run = ctl_run_plan,
	 .help = "what becomes of a graph: segments, facts, what is counted, costs",
	 .text = "Segments are the programs that the graph is cut into, and what their elements "
		 "weigh "
		 "for the kernel's verifier; entries are places where a tail call goes on in "
		 "one.\n\n"
		 "Of each element it shows what is known of every packet that enters it: where the "
		 "packet begins for the element, where its network header is (both from the "
		 "frame's "
		 "beginning; - where packets differ), and how many bytes are there in any case. Of "
		 "what a classifier's patterns test, much may be known from what was tested "
		 "before, "
		 "and from headers that were checked or written: tests says how many are left "
		 "where packets usually come, never by which outputs none of these leaves; what is "
		 "behind such an output alone is not in the programs. Counted says for how many "
		 "of an element's ways out packets are counted; the counts of the others follow "
		 "from these.\n\n"
		 "Costs are in ns on this host, as `sluicectl calibrate` found them; without that "
		 "there are weights alone. Usual is what a packet costs that passes the element as "
		 "most do, ~ before it stands where the class could not be measured and its weight "
		 "speaks for it; the bound is what no packet costs more than. For each device: the "
		 "dearest of the ways packets usually take, and the dearest there is."},
	{.object = "preflight",
	 .args = graph_only,
	 .options = preflight,
	 .run = ctl_run_preflight,
	 .help = "everything that is checked before a graph may run",
	 .text = "The judges are: language (Click, elements, arguments), devices (the graph uses "
		 "only the tenant's), compile (C, clang, what programs may do), kernel (the "
		 "programs are really loaded, and attached to nothing). What the kernel refuses "
		 "is told as the line of the graph, the element, a plain sentence, and the "
		 "verifier's own lines. Judges that need privilege are skipped for ordinary "
		 "users, and named.\n\nWithout --tenant and --node the devices are those the "
		 "graph names, as Ethernet links. With --node alone, the tenant is the one whose "
		 "graph this is, or the only one."},
	{.object = "replay",
	 .args = graph_only,
	 .options = replay,
	 .run = ctl_run_replay,
	 .help = "run recorded packets through a graph, with no network",
	 .text = "The compiled programs run in the kernel on one packet after the other, in the "
		 "order of their timestamps over all inputs; the clock that elements see follows "
		 "the timestamps. Prints what left by which device, drops by element and reason, "
		 "what graphs print, and handlers. Packets the kernel cannot run this way (under "
		 "14 bytes, over about 3.5 KB) go through the native build, whose state is its "
		 "own, and the result says how many.\n\nWith --native all packets do; that needs "
		 "no privilege, and root's is given up before the graph is loaded.\n\nWith --trace "
		 "the "
		 "native build tells each packet's way: of each element it came to, by which port, "
		 "where it went or why it was dropped, and what changed: where its data and "
		 "headers "
		 "begin (counted from the frame's first byte), annotations, header fields and "
		 "other "
		 "bytes as they were and are. Of the first 1000 packets."},
	{.object = "bench",
	 .args = graph_only,
	 .options = bench,
	 .run = ctl_run_bench,
	 .help = "measure a graph: ns per packet, whole and by segment",
	 .text = "Frames of the input are run many times through the compiled programs in the "
		 "kernel. What an empty program costs is measured in turn with each, shown, and "
		 "subtracted. Figures are medians of the rounds, over the frames their mean. A "
		 "segment's cost is what it adds when the segments after it are cut off."},

	{.object = "events",
	 .args = maybe_tenant,
	 .options = events,
	 .run = ctl_run_watch,
	 .serve = ctl_serve_events,
	 .view = &events_view,
	 .stream = true,
	 .help = "follow what graphs print, and changes to the node",
	 .text = "Root sees everything, others what is about their own tenants. A reader that is "
		 "too slow is told how many events it missed."},
	{.object = "stats",
	 .args = maybe_tenant,
	 .options = stats,
	 .run = ctl_run_watch,
	 .serve = ctl_serve_stats,
	 .stream = true,
	 .help = "show counters",
	 .text = "With TENANT, also those of each element, and percentiles of delay since the "
		 "tenant's beginning; delay_p50_ns and the like are of the last seconds, as in "
		 "`sluicectl top`, from so many samples, and not there if these are too few."},

	{.object = "top",
	 .options = top,
	 .run = ctl_run_top,
	 .serve = ctl_serve_top,
	 .stream = true,
	 .help = "who uses what, live",
	 .text = "Of each tenant: its class, CPU time in percent of one CPU, packets and bits a "
		 "second that came in and went out, packets a second that were dropped and what "
		 "most of them were dropped for, how long it waits for its debts to be paid back, "
		 "how long half of its packets, 99 % and 99.9 % of them were in the node at most, "
		 "CPU time of compiling and loading its graphs, its weight, and whether it is in "
		 "quarantine. The first screenful comes after "
		 "one interval. On a terminal a key sorts by another column from the next "
		 "screenful on, v shows all reasons, and q ends; the keys are shown. With -j all "
		 "reasons are there. Owners see their own tenants.\n\n"
		 "Delays are of the last eight seconds or so, and of the packets that were "
		 "measured and left the node: from the gate, behind the sorting of packets by "
		 "tenant, to the redirect, with the time in the queue of a tenant's thread. What "
		 "receiving and sending take is not in them. A percentile is shown if at least "
		 "five measured packets were beyond it."},

	{.object = "capture",
	 .args = capture_args,
	 .options = capture,
	 .who = CTL_OWNER,
	 .run = ctl_run_capture,
	 .serve = ctl_serve_capture,
	 .stream = true,
	 .help = "record the packets of a virtual link (TENANT/DEVICE)",
	 .text = "Packets as the tenant's graph sees them: those that enter it by the device, and "
		 "those that it sends by it, without the tunnel's headers. (Programs on the host "
		 "do not see them: they never reach its stack.) FILTER is in pcap's language "
		 "(pcap-filter(7)), which is applied here; of one link, the kernel copies at most "
		 "5000 packets a second. Those left out are counted, and the end says how many: "
		 "what is rare among much is found better with --in or --out, and in a graph by "
		 "Print.\n\nThe recording is a pcap file with nanoseconds, without --write on "
		 "standard output: sluicectl capture red/eth0 | tcpdump -r - -n. It ends after "
		 "--count packets, or when interrupted."},

	{.object = "trace",
	 .args = trace_args,
	 .options = trace,
	 .who = CTL_OWNER,
	 .run = ctl_run_trace,
	 .serve = ctl_serve_trace,
	 .stream = true,
	 .help = "follow packets of a running tenant from element to element",
	 .text = "Packets that enter the tenant's graph and pass FILTER, in pcap's language "
		 "(pcap-filter(7)), are shown as by `replay --trace`. What is shown is no record "
		 "of "
		 "what the kernel did: a copy of the packet is run again, here and without "
		 "privilege, through the native build of the graph that runs, with its tables and "
		 "words as they are a moment later (the result says how much later). What a graph "
		 "decides by chance or by counts may fall otherwise, and routes are those "
		 "configured: "
		 "the result says so where there are any. At most 5000 packets a second "
		 "and link are looked at; other tenants pay nothing."},

	{.object = "docs",
	 .action = "elements",
	 .run = ctl_run_docs_elements,
	 .view = &text_view,
	 .help = "print the element reference (Markdown)"},
	{.object = "docs",
	 .action = "man",
	 .run = ctl_run_docs_man,
	 .view = &text_view,
	 .help = "print the man page sluicectl(8)"},
	{.object = "docs",
	 .action = "completion",
	 .run = ctl_run_docs_completion,
	 .view = &text_view,
	 .help = "print the completion for bash"},
	{.object = "version", .run = ctl_run_version, .help = "print the version"},
	{.object = "help",
	 .args = help_args,
	 .run = ctl_run_help,
	 .view = &text_view,
	 .help = "list commands, or explain one"},
	{.object = NULL},
};
