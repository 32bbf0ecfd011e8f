#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A daemon of another build starts over the pins of the one before, under a flood: the trusted programs
# are replaced and no packet is lost. TAP.
#
# The pinned version is changed, so that to the daemon that starts next the pins are another build's.
# shellcheck disable=SC2317 # sl_ok calls functions by name
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=selftests/lib.sh
. selftests/lib.sh
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

storm_begin 100
sl_ok "another ABI: programs and maps are built anew beside the running ones" upgrade 0
sl_ok "the maps are others" test "$(map_id)" != "$maps"
sl_ok "packets go on through the new ones" still_flows
storm_end
echo "# $PPS packets a second"
storm_complete
sl_done
