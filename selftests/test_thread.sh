#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Tenants of class `thread`: their graphs run in a kernel thread, with the same outcome. The class changes
# under a flood without loss, limits hold, what the queue has no room for is counted, copies come back, the
# daemon may die, and no thread is left. TAP.
#   CHANGES=20 selftests/test_thread.sh
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=selftests/lib.sh
. selftests/lib.sh
# shellcheck source=selftests/sites.sh
. selftests/sites.sh
# shellcheck source=selftests/storm.sh
. selftests/storm.sh
sl_private "$@"
changes=${CHANGES:-20}

class_of_red() {
	sl_ctl -j tenant show "$RED" | tr -d ' \n' | grep -o '"class":"[a-z]*"' | head -1 | cut -d'"' -f4
}

# A number of red's: handed, taken, packets, or the name of a reason.
stat_of_red() {
	sl_ctl -j stats "$RED" | tr -d ' \n' | grep -o "\"$1\":[0-9.]*" | head -1 | cut -d: -f2
}

# The maps of the node's queues; the kernel's threads bear their numbers.
queue_maps() {
	bpftool -j map dump pinned /sys/fs/bpf/sluice/platform/queues 2>/dev/null | python3 -c '
import json, sys
for e in json.load(sys.stdin):
    v = e.get("inner_map_id") or e.get("value")
    if isinstance(v, list):
        print(int.from_bytes(bytes(int(x, 16) for x in v), "little"))'
}

# Kernel threads of maps.
threads_of() { # maps...
	local map
	for map in "$@"; do
		grep -lsE "^cpumap/[0-9]+/map:$map\$" /proc/[0-9]*/comm
	done
}

MAPS=()
learn() {
	local map
	for map in $(queue_maps); do
		MAPS+=("$map")
	done
}

no_threads() {
	[ -z "$(threads_of "${MAPS[@]}")" ]
}

# As many packets were handed over as taken up, or counted as lost by the daemon's next looks.
settled() {
	[ "$(stat_of_red handed)" = "$(($(stat_of_red taken) + $(stat_of_red queue || echo 0)))" ]
}

# A flood that the queue has room for, also when the thread has to wait: so many frames a call.
BATCH=128

sl_ok "a node with two ports and a tenant" storm_node
sl_ok "it begins inline" test "$(class_of_red)" = inline
sl_ok "with no queue" test -z "$(queue_maps)"
sl_ok "class thread" sl_ctl tenant class "$RED" thread
learn
sl_ok "tenant show says so" test "$(class_of_red)" = thread
sl_ok "one kernel thread came" test "$(threads_of "${MAPS[@]}" | wc -l)" = 1

# ---- Changes under a flood ------------------------------------------------------------------------
change_all() {
	local i
	for ((i = 0; i < changes; i++)); do
		sl_ctl tenant class "$RED" "$([ $((i % 2)) = 0 ] && echo inline || echo thread)" || return 1
		learn
		[ $((i % 4)) != 3 ] ||
			sl_ctl tenant install "$RED" "$SL_WORK/$([ $((i % 8)) = 3 ] && echo heavy || echo light).click" || return 1
	done
}
storm_begin 300
sl_ok "$changes changes of class under the flood, with installs between" change_all
storm_end
echo "# $PPS packets a second, marks $MARKS"
storm_complete
sl_ok "no packet bears two graphs' marks" storm_pure
sl_ok "the common counter counted every packet" test "$(sl_ctl read "$RED/cnt.count")" = "$REACHED"
sl_ok "packets went both ways" test "$(stat_of_red handed)" -gt 1000 -a "$(stat_of_red handed)" -lt "$REACHED"
sl_ok "what was handed over was taken up" test "$(stat_of_red handed)" = "$(stat_of_red taken)"
sl_ok "its time is charged" test "$(stat_of_red cpu_ns)" -gt 0

# ---- The daemon dies ------------------------------------------------------------------------------
sl_ok "class thread again" sl_ctl tenant class "$RED" thread
learn
killed() {
	local i
	for ((i = 0; i < 6; i++)); do
		kill -9 "$SL_DAEMON"
		wait "$SL_DAEMON" 2>/dev/null
		sl_daemon node --segment-weight 300 --fault-at $((8 + i * 7)) || return 1
		sl_ctl tenant class "$RED" "$([ "$(class_of_red)" = inline ] && echo thread || echo inline)" >/dev/null 2>&1
		if kill -0 "$SL_DAEMON" 2>/dev/null; then
			kill -9 "$SL_DAEMON"
		fi
		wait "$SL_DAEMON" 2>/dev/null
		sl_daemon node --segment-weight 300 || return 1
		learn
		case $(class_of_red) in
		thread) test "$(queue_maps | wc -l)" = 1 || return 1 ;;
		inline) test "$(queue_maps | wc -l)" = 0 || return 1 ;;
		*) return 1 ;;
		esac
	done
}
storm_begin 300
sl_ok "daemons killed inside changes of class" killed
storm_end
storm_complete
sl_ok "class thread once more" sl_ctl tenant class "$RED" thread
learn

# ---- More than the queue has room for -------------------------------------------------------------
BATCH=65536
# The thread shares the flood's CPU, which leaves it nothing while a call lasts.
storm_begin 20
sleep 2
storm_end
sl_ok "what was not taken up is counted as queue" sl_wait 10 settled
sl_ok "every packet is accounted for" test "$SENT" = "$((SEEN + $(stat_of_red queue || echo 0)))"

# ---- Limits ---------------------------------------------------------------------------------------
# ns that the flood has waited for a CPU: nothing comes meanwhile, and buckets hold ten milliseconds.
waited() {
	awk '{print $2}' "/proc/$STORM/schedstat"
}
now_ns() {
	date +%s%N
}
near_15() {
	awk -v cpu="$(($(stat_of_red cpu_ns) - CPU_BEFORE))" -v s="$(($(now_ns) - NS_BEFORE))" \
		-v wait="$(($(waited) - WAIT_BEFORE))" 'BEGIN {
		p = 100 * cpu / s
		there = s > wait ? 1 - wait / s : 0
		printf "# %.2f %% of a CPU charged; the flood was there %.0f %% of the time\n", p, 100 * there
		exit !(p < 16 && p > 15 * there * .6)
	}' | tee "$SL_WORK/figures"
	return "${PIPESTATUS[0]}"
}
sl_ok "cpu=15%" sl_ctl budget set "$RED" cpu=15%
BATCH=1000000000
storm_begin 30
CPU_BEFORE=$(stat_of_red cpu_ns) NS_BEFORE=$(now_ns) WAIT_BEFORE=$(waited)
sleep 3
sl_ok "the thread's tenant has its 15 % of a CPU and no more" near_15
storm_end
cat "$SL_WORK/figures"
sl_ok "the rest is dropped as cpu-limit" test "$(stat_of_red cpu-limit)" -gt 1000
sl_ok "no limit" sl_ctl budget set "$RED" cpu=none

# ---- Copies ---------------------------------------------------------------------------------------
BATCH=64
cat >"$SL_WORK/tee.click" <<-'CLICK'
	FromDevice(eth0) -> cnt :: Counter -> t :: Tee(3);
	q :: Queue -> ToDevice(eth1);
	t[0] -> q; t[1] -> q; t[2] -> q;
	FromDevice(eth1) -> Discard;
CLICK
sl_ok "a graph that copies" sl_ctl tenant install "$RED" "$SL_WORK/tee.click"
storm_begin 20
sleep 1
storm_end
sl_ok "each packet became three" test "$((3 * REACHED))" = "$SEEN"

# ---- By the node file -----------------------------------------------------------------------------
# Both tenants; blue's graph joins two ports of its own.
both() {
	site_lan a pa 10.9.0.1/24
	site_lan b pb 10.9.0.2/24
	echo 'FromDevice(eth0) -> ToDevice(eth1); FromDevice(eth1) -> ToDevice(eth0);' >"$SL_WORK/bridge.click"
	sed "s/^tenants:/  - {name: pa, interface: pa}\n  - {name: pb, interface: pb}\ntenants:/" "$SL_WORK/node.yaml" >"$SL_WORK/both.yaml"
	cat >>"$SL_WORK/both.yaml" <<-YAML
		  - name: $BLUE
		    class: thread
		    graph: $SL_WORK/bridge.click
		    links:
		      - {device: eth0, kind: direct, port: pa}
		      - {device: eth1, kind: direct, port: pb}
	YAML
	sl_ctl node apply "$SL_WORK/both.yaml" && learn && sl_wait 10 sl_in a ping -n -q -c 1 -W 1 10.9.0.2
}
sl_ok "a node file with a tenant of class thread" both
sl_ok "what it does not say is inline" test "$(class_of_red)" = inline
sl_ok "TCP both ways through the thread" site_transfer b 10.9.0.2 a 2000000
taken_blue() {
	[ "$(tenant_number "$BLUE" taken)" -gt 1000 ] && [ "$(tenant_number "$BLUE" taken)" = "$(tenant_number "$BLUE" handed)" ]
}
sl_ok "which took up all of it" taken_blue
sl_ok "the file without that tenant" sl_ctl node apply "$SL_WORK/node.yaml"

# ---- The end --------------------------------------------------------------------------------------
sl_ok "no queue is left" test -z "$(queue_maps)"
sl_ok "no thread is left" sl_wait 10 no_threads
sl_ok "class thread for the last time" sl_ctl tenant class "$RED" thread
learn
sl_ok "the tenant is removed" sl_ctl tenant remove "$RED"
sl_ok "its thread, too" sl_wait 10 no_threads
sl_ok "and its queue" test -z "$(queue_maps)"
sl_done
