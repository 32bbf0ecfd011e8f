#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Threads of tenants that move from CPU to CPU under a flood of numbered packets: none overtakes another,
# none is lost that the queue had room for, the daemon may die meanwhile, and the old threads go. TAP.
#   MOVES=200 selftests/test_move.sh
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=selftests/lib.sh
. selftests/lib.sh
# shellcheck source=selftests/storm.sh
. selftests/storm.sh
sl_private "$@"
moves=${MOVES:-200}

if [ "$(nproc)" -lt 2 ]; then
	echo "1..0 # SKIP one CPU: there is nowhere to move to"
	exit 0
fi

field() { # object in JSON, name
	tr -d ' \n' | grep -o "\"$1\":[^,}]*" | head -1 | cut -d: -f2
}
of_red() {
	sl_ctl -j tenant show "$RED" | field "$1"
}
stat_of_red() {
	sl_ctl -j stats "$RED" | field "$1"
}
queue_map() {
	bpftool -j map dump pinned /sys/fs/bpf/sluice/platform/queues 2>/dev/null | python3 -c '
import json, sys
for e in json.load(sys.stdin):
    v = e.get("inner_map_id") or e.get("value")
    print(int.from_bytes(bytes(int(x, 16) for x in v), "little") if isinstance(v, list) else v)'
}
# CPUs that the tenant has kernel threads on.
threads() {
	cat /proc/[0-9]*/comm 2>/dev/null | sed -n "s|^cpumap/\([0-9]*\)/map:$MAP\$|\1|p" | sort | tr '\n' ' '
}
only_on() {
	[ "$(threads)" = "$1 " ]
}
settled() {
	[ "$(stat_of_red packets)" = "$(($(stat_of_red taken) + $(stat_of_red queue || echo 0)))" ]
}
lost_is_queue() {
	sl_wait 30 settled && return
	sl_ctl stats "$RED"
	return 1
}
behind() {
	sed 's/.*"behind": \([0-9]*\).*/\1/' <<<"$STORM_REPORT"
}

STORM_MORE="seq=1"
sl_ok "a node with two ports and a tenant" storm_node
sl_ok "class thread" sl_ctl tenant class "$RED" thread
sl_ok "on the first CPU" sl_ctl tenant cpu "$RED" 0
MAP=$(queue_map)
sl_ok "tenant show says so" test "$(of_red thread_cpu)/$(of_red on_cpu)" = 0/0
sl_ok "with one kernel thread, there" sl_wait 5 only_on 0
sl_ok "no such CPU" test "$(sl_ctl tenant cpu "$RED" 4000 >/dev/null 2>&1; echo $?)" != 0

# ---- Moves under floods ---------------------------------------------------------------------------
move_all() { # moves
	local i
	for ((i = 1; i <= $1; i++)); do
		sl_ctl tenant cpu "$RED" $((i % 2)) || return 1
		[ $((i % 10)) != 0 ] || sl_ctl tenant install "$RED" "$SL_WORK/$([ $((i % 20)) = 0 ] && echo heavy || echo light).click" || return 1
	done
}

# The queue has room for what comes.
BATCH=1024
storm_begin 300
sl_ok "$moves moves under a flood, with installs between" move_all "$moves"
storm_end
echo "# $PPS packets a second"
sl_ok "no packet overtook another" test "$(behind)" = 0
storm_complete
sl_ok "no packet bears two graphs' marks" storm_pure

# More comes than the thread takes up: the queue is full all the time.
BATCH=65536
storm_begin 120
sl_ok "$moves moves under a flood that no queue has room for" move_all "$moves"
storm_end
echo "# $PPS packets a second"
sl_ok "no packet overtook another then, either" test "$(behind)" = 0
sl_ok "what was lost is counted as queue" lost_is_queue
now=$((moves % 2))
sl_ok "the thread is where it was sent last" test "$(of_red thread_cpu)" = $now
sl_ok "and nowhere else" sl_wait 5 only_on $now

# ---- The daemon dies ------------------------------------------------------------------------------
killed() {
	local i to
	for ((i = 0; i < 8; i++)); do
		to=$((1 - $(of_red thread_cpu)))
		kill -9 "$SL_DAEMON"
		wait "$SL_DAEMON" 2>/dev/null
		sl_daemon node --segment-weight 300 --fault-at $((3 + i)) || return 1
		sl_ctl tenant cpu "$RED" "$to" >/dev/null 2>&1
		kill -9 "$SL_DAEMON" 2>/dev/null
		wait "$SL_DAEMON" 2>/dev/null
		sl_daemon node --segment-weight 300 || return 1
		to=$(of_red on_cpu)
		sl_wait 10 only_on "$to" || return 1
	done
}
BATCH=1024
storm_begin 300
sl_ok "daemons killed inside moves; the next goes on with them" killed
storm_end
sl_ok "no packet overtook another" test "$(behind)" = 0
storm_complete

# ---- Left to the daemon ---------------------------------------------------------------------------
sl_ok "any CPU" sl_ctl tenant cpu "$RED" any
sl_ok "it is not pinned any more" test -z "$(of_red on_cpu)"
sl_ok "class inline ends the thread" sl_ctl tenant class "$RED" inline
sl_ok "none is left" sl_wait 5 test -z "$(threads)"
sl_done
