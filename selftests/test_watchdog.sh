#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The watchdog, against traffic: red's packets cost more than it declared, at hundreds of thousands a
# second. How many of them run until it is in quarantine is counted; blue, whose packets come between
# them, gets every one of its own. Once it is released red is measured again, and left alone while it
# is honest. TAP.
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
COUNT=400000 # packets of a flood, every other one red's
ROUNDS=5
# Ten milliseconds at the least rate that counts as a flood.
MOST=1000
RATE=100000
DEAR=10000 # cycles of a packet that overruns

node() {
	local t
	sl_between
	echo 'FromDevice(eth0) -> burn :: BurnCycles -> Queue -> ToDevice(eth1); FromDevice(eth1) -> Discard;' \
		>"$SL_WORK/burn.click"
	{
		echo "node: {experiments: [burn]}"
		echo "ports: [{name: p0, interface: p0}, {name: p1, interface: p1}]"
		echo "tenants:"
		for t in "$RED 7" "$BLUE 9"; do
			echo "  - name: ${t% *}"
			echo "    class: inline" # whatever they declare
			echo "    graph: $SL_WORK/burn.click"
			echo "    links:"
			sl_between_links "${t#* }"
		done
	} >"$SL_WORK/node.yaml"
	sl_daemon node && sl_ctl node apply "$SL_WORK/node.yaml"
}

# So many packets as fast as they go, red's and blue's in turn. Counters of before and after are kept.
flood() { # packets
	sl_ctl -j stats "$RED" >"$SL_WORK/then.json" || return 1
	timeout -k 5 120 "$SL_TOOLS/storm" gen-ns="sl-gen-$$" gen-dev=g0 sink-ns="sl-sink-$$" sink-dev=s0 \
		smac="$(sl_mac gen g0)" dmac="$(sl_mac node p0)" src=192.0.2.2 dst=192.0.2.1 key=7 keys=7,9 \
		mark-at=41 inner-src=10.0.0.1 inner-dst=10.0.1.1 len=64 cpu=0 batch=1000000000 count="$1" |
		tail -n 1 >"$SL_WORK/storm"
	sl_ctl -j stats "$RED" >"$SL_WORK/now.json"
}

# Python over what red was counted (d), what the sink saw (red, blue) and the flood's CPU time (s).
judge() { # expression that prints, or is true
	python3 - "$SL_WORK" "$1" <<-'PY'
		import json, sys
		p, o = (json.load(open(sys.argv[1] + n))["tenant"] for n in ("/then.json", "/now.json"))
		storm = json.load(open(sys.argv[1] + "/storm"))
		s, sent = storm["cpu_seconds"], storm["sent"]
		red, blue = (storm["marks"].get(k, 0) for k in ("7", "9"))
		d = {k: o[k] - p[k] for k in ("packets", "refused", "out", "samples", "overruns")}
		held = o["drops"].get("quarantine", 0) - p["drops"].get("quarantine", 0)
		ran = d["packets"] - d["refused"]
		def say(text):
		    print("# " + text, file=open(sys.argv[1] + "/figures", "a"))
		    return True
		print(d, "sent", sent, "seen", red, blue, "held", held)
		sys.exit(not eval(sys.argv[2]))
	PY
}

blue_has_all='blue == sent // 2'

honest() {
	sl_ctl budget set "$RED" ns_per_packet=20000 || return 1
	flood "$COUNT" || return 1
	judge "ran == red == d['out'] == sent // 2 and not o['quarantined'] and $blue_has_all and say(
		'honest: %d samples, %d overruns, %.0f ns of CPU a packet of either' % (
			d['samples'], d['overruns'], s * 1e9 / sent))"
}

# While nobody stops red, as a bound of a second allows, its packets come that often, by the CPU time of the
# flood: others may want the CPU, too.
unstopped() {
	sl_ctl write "$RED/burn.cycles" "$DEAR" && sl_ctl budget set "$RED" ns_per_packet=1000000000 || return 1
	flood 100000 || return 1
	judge "red == sent // 2 and $blue_has_all and red / s >= $RATE and say(
		'overrunning: %.0f packets a second' % (red / s))"
}

# Red is honest, and measured as seldom as usual. Then it overruns, from the first packet of a flood on.
convicted() { # round
	sl_ctl write "$RED/burn.cycles" 0 && sl_ctl budget set "$RED" ns_per_packet=2000 || return 1
	flood 40000 || return 1
	judge "red == sent // 2 and not o['quarantined']" || return 1
	sl_ctl write "$RED/burn.cycles" "$DEAR" || return 1
	flood "$COUNT" || return 1
	judge "16 <= ran <= $MOST and held == sent // 2 - ran and o['quarantined'] and say(
		'round $1: in quarantine after %d packets, %d of them measured: %.2f ms at %d packets a second' % (
			ran, d['samples'], ran * 1e3 / $RATE, $RATE))"
}

blue_lost_nothing() {
	judge "$blue_has_all"
}

told() {
	grep "quarantine $RED" "$SL_WORK/watched" | grep 'measured took longer than the 2000 ns declared'
}

noted() {
	sl_ctl events --last 5 | tee /dev/stderr | grep -q "quarantine $RED" || return 1
	sl_ctl stats "$RED" | tee /dev/stderr | grep -q 'quarantine.*[1-9]' || return 1
	sl_ctl tenant list | tee /dev/stderr | grep -Eq "^$RED +[a-z0-9]+ +quarantined " || return 1
	sl_ctl top -b -n 1 | tee /dev/stderr | grep -q "^$RED .* quarantined"
}

released() {
	sl_ctl tenant release "$RED" && ! sl_ctl tenant release "$RED"
}

# It has learned: what was seen before is forgotten.
honest_again() {
	sl_ctl write "$RED/burn.cycles" 0 && sl_ctl budget set "$RED" ns_per_packet=20000 || return 1
	flood "$COUNT" || return 1
	judge "ran == red == sent // 2 and not o['quarantined'] and $blue_has_all"
}

sl_ok "a node with two tenants" node || sl_done
sl_ok "who costs what it declared is left alone" honest
sl_ok "packets that cost more come 100,000 times a second and more" unstopped
sl_start node "$SL_BIN/sluicectl" events >"$SL_WORK/watched" 2>&1
for round in $(seq $ROUNDS); do
	sl_ok "an overrunner is in quarantine within 10 ms at 100,000 packets a second, $round" convicted "$round"
	sl_ok "the other loses nothing, $round" blue_lost_nothing
	[ "$round" != 1 ] || sl_ok "who watches is told" sl_wait 5 told
	[ "$round" != 1 ] || sl_ok "it is in the log, in stats, list and top" noted
	sl_ok "it is released, once, $round" released
done
sl_ok "and left alone while it costs what it declared" honest_again
cat "$SL_WORK/figures"
sl_done
