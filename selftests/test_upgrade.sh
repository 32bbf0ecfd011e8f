#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A daemon of another build starts over the pins of the one before, under a flood: the trusted programs
# are replaced and no packet is lost, inline or in a thread. TAP.
#
# The pinned version is changed, so that to the daemon that starts next the pins are another build's.
# shellcheck disable=SC2317 # sl_ok calls functions by name
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=selftests/lib.sh
. selftests/lib.sh
# shellcheck source=selftests/sites.sh
. selftests/sites.sh
# shellcheck source=selftests/storm.sh
. selftests/storm.sh
sl_private "$@"
version=/sys/fs/bpf/sluice/platform/version

# Adds 1 to one byte of the pinned version: 0 the ABI's number, 16 the first of the build's hash.
change_version() { # byte
	local bytes
	read -ra bytes < <(bpftool -j map lookup pinned "$version" key 0 0 0 0 |
		tr -d '[]" ' | sed 's/.*value:\([^}]*\)}.*/\1/; s/.*value:\([0-9a-fx,]*\).*/\1/' | tr ',' ' ')
	[ ${#bytes[@]} -eq 48 ] || return 1
	bytes[$1]=$(((bytes[$1] + 1) % 256))
	bpftool map update pinned "$version" key 0 0 0 0 value "${bytes[@]}"
}

program_of() { # interface
	sl_in node ip -d link show "$1" | sed -n 's/.*prog\/xdp id \([0-9]*\).*/\1/p'
}

map_id() {
	bpftool -j map show pinned /sys/fs/bpf/sluice/platform/links | sed 's/.*"id":\([0-9]*\).*/\1/'
}

stop() {
	kill "$SL_DAEMON"
	wait "$SL_DAEMON"
}

start() {
	sl_daemon node --segment-weight 300
}

# Stops the daemon and starts the same again.
restart() {
	local before
	before=$(program_of p0)
	stop
	start && [ -n "$before" ] && [ "$(program_of p0)" = "$before" ]
}

# Stops the daemon, makes its pins another's, starts it, and looks that packets go on.
upgrade() { # byte
	local before after
	before=$(program_of p0)
	stop
	[ "$(program_of p0)" = "$before" ] || return 1
	change_version "$1" || return 1
	start || return 1
	after=$(program_of p0)
	[ -n "$after" ] && [ "$after" != "$before" ] || return 1
	[ "$(program_of p1)" = "$after" ] && [ ! -e /sys/fs/bpf/sluice/platform-new ]
}

still_flows() {
	local before
	before=$(sl_ctl read "$RED/cnt.count")
	sl_wait 10 more_than "$before"
}

more_than() {
	[ "$(sl_ctl read "$RED/cnt.count")" -gt "$(($1 + 1000))" ]
}

sl_ok "a node with two ports and a tenant" storm_node
storm_begin 200
maps=$(map_id)
sl_ok "a restart of the same build changes no program" restart
for i in 1 2 3 4 5; do
	sl_ok "upgrade $i: the program of each port is another" upgrade 16
	sl_ok "upgrade $i: packets go on" still_flows
done
sl_ok "the maps are the same all the while" test "$(map_id)" = "$maps"
storm_end
echo "# $PPS packets a second"
storm_complete
sl_ok "every packet was counted" test "$(sl_ctl read "$RED/cnt.count")" = "$SENT"

# ---- The tenant in a thread of its own ------------------------------------------------------------
# Of its queue, by the entry that hands packets to the thread.
thread_program() {
	local slot map
	slot=$(sl_ctl -j tenant show "$RED" | tr -d ' \n' | sed 's/.*"slot":\([0-9]*\).*/\1/')
	map=$(bpftool -j map lookup pinned /sys/fs/bpf/sluice/platform/queues key "$slot" 0 0 0 | python3 -c '
import json, sys
e = json.load(sys.stdin)
v = e.get("inner_map_id") or e.get("value")
print(v if isinstance(v, int) else int.from_bytes(bytes(int(x, 16) for x in v), "little"))')
	bpftool -j map dump id "$map" | python3 -c '
import json, sys
for e in json.load(sys.stdin):
    if "error" not in e["value"]:
        print(int.from_bytes(bytes(int(x, 16) for x in e["value"][4:8]), "little"))'
}

# The program that the thread runs is another then, too, and the only one.
upgrade_thread() {
	local before after
	before=$(thread_program)
	upgrade 16 || return 1
	after=$(thread_program)
	echo "the thread's program: $before, then $after"
	[ -n "$before" ] && [ "$(wc -w <<<"$after")" = 1 ] && [ "$after" != "$before" ]
}

# What the queue had no room for would be counted there.
handed_all() {
	local handed taken
	handed=$(tenant_number "$RED" handed) taken=$(tenant_number "$RED" taken)
	echo "$handed handed over, $taken taken up"
	[ "$handed" -gt 1000 ] && [ "$handed" = "$taken" ]
}

# So many frames a call as the queue has room for, also when the thread has to wait.
sl_ok "class thread" sl_ctl tenant class "$RED" thread
counted=$(sl_ctl read "$RED/cnt.count")
BATCH=128
storm_begin 200
for i in 1 2 3; do
	sl_ok "upgrade $i of the thread: it runs another program" upgrade_thread
	sl_ok "upgrade $i of the thread: packets go on" still_flows
done
storm_end
echo "# $PPS packets a second"
storm_complete
sl_ok "the thread took up all it was handed" handed_all
sl_ok "and every packet was counted" test "$(($(sl_ctl read "$RED/cnt.count") - counted))" = "$SENT"
sl_ok "class inline again" sl_ctl tenant class "$RED" inline
BATCH=16384

storm_begin 100
sl_ok "another ABI: programs and maps are built anew beside the running ones" upgrade 0
sl_ok "the maps are others" test "$(map_id)" != "$maps"
sl_ok "packets go on through the new ones" still_flows
storm_end
echo "# $PPS packets a second"
storm_complete
sl_done
