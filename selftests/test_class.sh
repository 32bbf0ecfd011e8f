#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Where tenants' graphs run is chosen by what their packets cost: a dear graph gets a thread by itself, a
# cheap one stays inline, under traffic and without loss; the operator has the last word. Threads that want
# one CPU get it by weight. TAP.
# shellcheck disable=SC2317 # sl_ok calls functions by name
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=selftests/lib.sh
. selftests/lib.sh
# shellcheck source=selftests/sites.sh
. selftests/sites.sh
sl_private "$@"

# Names that no other test has: kernel objects are told by them.
RED=r$(($$ % 100000))
BLUE=b$(($$ % 100000))

graph() { # cycles
	echo "FromDevice(eth0) -> cnt :: Counter -> burn :: BurnCycles($1) -> Queue -> ToDevice(eth1); FromDevice(eth1) -> Discard;"
}

node_file() { # class of red, max_delay_us
	local t
	echo "node: {experiments: [burn], max_delay_us: $2, reserve: 0%}"
	echo "ports: [{name: p0, interface: p0}, {name: p1, interface: p1}]"
	echo "tenants:"
	for t in "$RED 7" "$BLUE 9"; do
		echo "  - name: ${t% *}"
		[ "${t% *}" != "$RED" ] || echo "    class: $1"
		echo "    links:"
		sl_between_links "${t#* }"
	done
}

node() {
	sl_between
	graph 0 >"$SL_WORK/cheap.click"
	graph 50000 >"$SL_WORK/dear.click"
	node_file auto 1000 >"$SL_WORK/node.yaml"
	sl_daemon node && sl_ctl node apply "$SL_WORK/node.yaml"
}

install() { # tenant, graph
	sl_ctl tenant install "$1" "$SL_WORK/$2.click" 2>&1 | tee "$SL_WORK/installed"
	return "${PIPESTATUS[0]}"
}

class_is() { # tenant, class
	[ "$(sl_ctl -j tenant show "$1" | tr -d ' \n' | grep -o '"class":"[a-z]*"' | head -1 | cut -d'"' -f4)" = "$2" ]
}

said() { # pattern
	tr -s ' ' <"$SL_WORK/installed" | grep -q "$1"
}

# Both tenants' packets in turn.
flood_begin() { # options of the tool...
	sl_start node "$SL_TOOLS/storm" gen-ns="sl-gen-$$" gen-dev=g0 sink-ns="sl-sink-$$" sink-dev=s0 \
		smac="$(sl_mac gen g0)" dmac="$(sl_mac node p0)" src=192.0.2.2 dst=192.0.2.1 key=7 keys=7,9 mark-at=41 \
		inner-src=10.0.0.1 inner-dst=10.0.1.1 len=64 cpu=0 "$@" >"$SL_WORK/flood"
	FLOOD=$SL_PID
}

flood_end() {
	wait "$FLOOD"
	tail -n 1 "$SL_WORK/flood" >"$SL_WORK/storm"
	sed 's/^/# /' "$SL_WORK/storm"
	[ -s "$SL_WORK/storm" ]
}

flood() { # options of the tool...
	flood_begin "$@" && flood_end
}

all_came() {
	python3 -c 'import json, sys
s = json.load(open(sys.argv[1]))
sys.exit(not s["sent"] or s["sent"] != s["seen"])' "$SL_WORK/storm"
}

taken() { # tenant
	tenant_number "$1" taken
}

# Of what `tenant show` has.
shown() { # tenant, key
	sl_ctl -j tenant show "$1" | tr -d ' \n' | json_number "$2"
}

sl_ok "a node with two tenants that say nothing of a class" node || sl_done

# ---- Chosen -----------------------------------------------------------------------------------------
sl_ok "a dear graph" install "$RED" dear
sl_ok "install says why it is in a thread" \
	said 'thread, by its cost: 64 packets of a poll x (20.* us, more than max_delay_us 1000; 8 packets of a thread'
sl_ok "it runs in a thread" class_is "$RED" thread
sl_ok "a cheap graph" install "$BLUE" cheap
sl_ok "install says why it is not" said 'inline, by its cost: 64 packets of a poll x (.* us, within max_delay_us 1000'
sl_ok "it runs inline" class_is "$BLUE" inline
sl_ok "tenant show says so, too" grep -q "by its cost" <(sl_ctl tenant show "$RED")
sl_ok "node show has the sum of a poll" grep -q "for one of $BLUE, the most of 1 inline" <(sl_ctl node show)
sl_ok "preflight comes to the same" \
	grep -q "thread, by its cost" <(sl_ctl preflight "$SL_WORK/dear.click" --node "$SL_WORK/node.yaml" --tenant "$RED" 2>/dev/null)
sl_ok "packets for both" flood batch=64 count=4000
sl_ok "all of them came" all_came
sl_ok "red's by way of its thread" test "$(taken "$RED")" = 2000
sl_ok "blue's not" test "$(taken "$BLUE")" = 0

# ---- Moved under traffic ----------------------------------------------------------------------------
moves() {
	local i
	for i in 1 2 3 4; do
		install "$RED" cheap && class_is "$RED" inline || return 1
		install "$RED" dear && class_is "$RED" thread || return 1
	done
}
flows() {
	[ "$(tenant_number "$RED" packets)" -gt 3000 ]
}
flood_begin batch=64 seconds=60
sl_ok "a flood" sl_wait 10 flows
sl_ok "graphs that cost much and little in turn, meanwhile" moves
kill -USR1 "$FLOOD"
sl_ok "its end" flood_end
sl_ok "no packet is lost" all_came

# ---- Overridden -------------------------------------------------------------------------------------
inline_file() {
	node_file inline 1000 >"$SL_WORK/inline.yaml"
	sl_ctl node apply "$SL_WORK/inline.yaml" 2>&1 | tee "$SL_WORK/installed"
	class_is "$RED" inline
}
sl_ok "the operator says inline" inline_file
sl_ok "and is told what a poll may take" said 'may keep others waiting longer.*= 12.* us, more than max_delay_us 1000'
sl_ok "tenant class auto" sl_ctl tenant class "$RED" auto
sl_ok "it is in a thread again" class_is "$RED" thread
node_file auto 10000 >"$SL_WORK/slow.yaml"
sl_ok "another target" sl_ctl node apply "$SL_WORK/slow.yaml"
sl_ok "for which it is cheap enough" class_is "$RED" inline
sl_ok "as before" sl_ctl node apply "$SL_WORK/node.yaml"
sl_ok "a thread" class_is "$RED" thread

# ---- Weights ----------------------------------------------------------------------------------------
thread_of() { # tenant
	local slot map
	slot=$(shown "$1" slot)
	map=$(bpftool -j map lookup pinned /sys/fs/bpf/sluice/platform/queues key hex \
		"$(printf %02x $((slot & 255)))" "$(printf %02x $((slot >> 8)))" 00 00 |
		python3 -c 'import json, sys
e = json.load(sys.stdin)
v = e.get("inner_map_id") or e.get("value")
print(v if isinstance(v, int) else int.from_bytes(bytes(int(x, 16) for x in v), "little"))')
	grep -lsE "^cpumap/[0-9]+/map:$map\$" /proc/[0-9]*/comm | head -1 | cut -d/ -f3
}

nice_of() { # pid
	awk '{print $19}' "/proc/$1/stat"
}

ran() { # pid
	awk '{print $1}' "/proc/$1/schedstat"
}

# One CPU for both threads, and not the flood's where there is another.
on_one_cpu() {
	taskset -p -c $(($(nproc) - 1)) "$SL_DAEMON" >/dev/null &&
		install "$RED" cheap && install "$RED" dear && install "$BLUE" dear && class_is "$BLUE" thread || return 1
	RED_PID=$(thread_of "$RED") BLUE_PID=$(thread_of "$BLUE")
	[ -n "$RED_PID" ] && [ -n "$BLUE_PID" ] && [ "$RED_PID" != "$BLUE_PID" ] || return 1
	[ "$(shown "$RED" thread_cpu)" = "$(shown "$BLUE" thread_cpu)" ]
}
sl_ok "two threads on one CPU" on_one_cpu
weights() {
	sl_ctl budget set "$RED" weight=400 && sl_ctl budget set "$BLUE" weight=100
	echo "# nice $(nice_of "$RED_PID") and $(nice_of "$BLUE_PID")"
	# A quarter more for each step: six for four times as much.
	[ "$(nice_of "$RED_PID")" = -6 ] && [ "$(nice_of "$BLUE_PID")" = 0 ]
}
sl_ok "weights of 400 and 100 are nice values of -6 and 0" weights

# What the kernel says they ran while both had always packets waiting.
shared() {
	local red blue i
	for i in 1 2 3; do
		red=$(ran "$RED_PID") blue=$(ran "$BLUE_PID")
		flood batch=1000000000 seconds=3 || return 1
		red=$(($(ran "$RED_PID") - red)) blue=$(($(ran "$BLUE_PID") - blue))
		awk -v r="$red" -v b="$blue" 'BEGIN {
			printf "# %.0f and %.0f ms of CPU, %.2f times\n", r / 1e6, b / 1e6, r / b
			exit !(r / b > 2.8 && r / b < 5.2)
		}' >>"$SL_WORK/figures" && return
	done
	cat "$SL_WORK/figures"
	return 1
}
if [ "$(nproc)" -gt 1 ]; then
	sl_ok "and four times the CPU, more or less" shared
	cat "$SL_WORK/figures"
else
	sl_skip "and four times the CPU, more or less" "the flood leaves the only CPU to nobody"
fi
sl_done
