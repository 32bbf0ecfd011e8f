#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Budgets against real traffic: red is flooded with many times what it may have, blue's pings go beside
# it. Limits are set while packets come; what passes is counted and held against the limit. A tenant that
# costs more than it declared is put into quarantine, stays there while daemons come and go, and is
# released. TAP.
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=selftests/lib.sh
. selftests/lib.sh
# shellcheck source=selftests/sites.sh
. selftests/sites.sh
# shellcheck source=selftests/storm.sh
. selftests/storm.sh
sl_private "$@"

# One call makes the whole flood: between two of them buckets would overflow.
BATCH=1000000000

tenants() {
	site_lan a pa 10.9.0.1/24
	site_lan b pb 10.9.0.2/24
	echo 'FromDevice(eth0) -> ToDevice(eth1); FromDevice(eth1) -> ToDevice(eth0);' >"$SL_WORK/bridge.click"
	sed "s/^tenants:/  - {name: pa, interface: pa}\n  - {name: pb, interface: pb}\ntenants:/" "$SL_WORK/node.yaml" >"$SL_WORK/both.yaml"
	cat >>"$SL_WORK/both.yaml" <<-YAML
		  - name: $BLUE
		    graph: $SL_WORK/bridge.click
		    links:
		      - {device: eth0, kind: direct, port: pa}
		      - {device: eth1, kind: direct, port: pb}
	YAML
	sl_ctl node apply "$SL_WORK/both.yaml" && sl_wait 10 sl_in a ping -n -q -c 1 -W 1 10.9.0.2
}

# The flood alone may cost the CPU's reserve: then some of what is above a limit is dropped as above red's
# share, and the limit holds all the same.

# ns that the flood has waited for a CPU, as others had it: nothing comes meanwhile, and buckets hold ten
# milliseconds.
waited() {
	awk '{print $2}' "/proc/$STORM/schedstat"
}

# Runs Python over `o`, red's counters now, and `p`, those that `before` took.
count() { # expression that prints, or is true
	sl_ctl -j stats "$RED" >"$SL_WORK/now.json" && waited >"$SL_WORK/now.wait" && python3 - "$SL_WORK" "$1" <<-'PY'
		import json, sys
		p, o = (json.load(open(sys.argv[1] + n)) for n in ("/then.json", "/now.json"))
		s = (o["time_ns"] - p["time_ns"]) / 1e9
		then, now = (int(open(sys.argv[1] + n).read()) for n in ("/then.wait", "/now.wait"))
		there = 1 - (now - then) / 1e9 / s
		o, p = o["tenant"], p["tenant"]
		d = {k: o[k] - p[k] for k in ("packets", "refused", "bytes", "out", "out_bytes", "cpu_ns")}
		dr = {k: v - p["drops"].get(k, 0) for k, v in o["drops"].items()}
		in_ = d["packets"] - d["refused"]
		def near(is_, want):
		    text = "%.0f a second in %.2f s, %.2f %% of %.0f, and the flood was there %.0f %% of the time" % (
		        is_ / s, s, 100 * is_ / s / want, want, 100 * there)
		    print(text)
		    print("# " + text, file=open(sys.argv[1] + "/figures", "a"))
		    return 0.9 * there < is_ / s / want < 1.03
		print(d, dr)
		sys.exit(not eval(sys.argv[2]))
	PY
}

before() {
	sl_ctl -j stats "$RED" >"$SL_WORK/then.json"
	waited >"$SL_WORK/then.wait"
}

# Sets a limit, lets what was saved up go, and counts for some seconds.
held() { # limits, expression
	# shellcheck disable=SC2086 # several limits
	sl_ctl budget set "$RED" $1 || return 1
	sleep 0.3
	before
	sleep 4
	count "$2"
}

blue_is_well() {
	sl_in a ping -n -q -i 0.01 -c "${1:-100}" -W 2 10.9.0.2 >"$SL_WORK/ping"
	cat "$SL_WORK/ping"
	grep -q ' 0% packet loss' "$SL_WORK/ping"
}

# Blue's budget changes again and again while its pings go; all of them are far above what it needs.
changed_under_traffic() {
	local i pid
	sl_start a ping -n -q -i 0.005 -c 600 -W 2 10.9.0.2 >"$SL_WORK/pings"
	pid=$SL_PID
	for i in 1 2 3 4 5 6 7 8; do
		sl_ctl budget set "$BLUE" "cpu=5$i%" "pps=${i}00k" "rx=${i}Gbit" "tx=${i}Gbit" "weight=$i" || return 1
		sl_ctl budget set "$BLUE" cpu=none pps=none rx=none tx=none || return 1
	done
	wait "$pid"
	cat "$SL_WORK/pings"
	grep -q ' 0% packet loss' "$SL_WORK/pings"
}

kept_by_another_daemon() {
	kill -9 "$SL_DAEMON" && wait "$SL_DAEMON" 2>/dev/null
	sl_daemon node --segment-weight 300 || return 1
	sl_ctl budget show "$RED" >"$SL_WORK/shown" && cat "$SL_WORK/shown"
	grep -Eq '^ *'"$RED"' +pps +50000 +set' "$SL_WORK/shown" || return 1
	held weight=100 'near(in_, 50000)'
}

top_shows() {
	sl_ctl top -b -n 2 --sort drops >"$SL_WORK/top" && cat "$SL_WORK/top"
	# Behind the titles, the first one: red, with the main reason.
	[ "$(grep -A1 ^TENANT "$SL_WORK/top" | grep -c "^$RED .*pps-limit")" -eq 2 ]
}

state_is() { # state
	sl_ctl tenant list | tee /dev/stderr | grep -Eq "^$RED +[a-z0-9]+ +$1 "
}

# While packets come, one counter is read a packet or two before another: counted in a pause they agree.
in_a_pause() { # command...
	local rc
	kill -STOP "$STORM" && sl_wait 5 paused && "$@"
	rc=$?
	kill -CONT "$STORM"
	return "$rc"
}

paused() {
	grep -q '^State:.T' "/proc/$STORM/status"
}

# Sixteen samples of 64 are soon there; the daemon looks twice a second.
convicted() {
	sl_ctl budget set "$RED" pps=none ns_per_packet=5 || return 1
	sl_wait 5 state_is quarantined || return 1
	sl_wait 2 told || return 1
	sl_ctl events --last 1
	sl_ctl budget show "$RED"
	in_a_pause before || return 1
	sleep 1
	in_a_pause count 'in_ == 0 and d["out"] == 0 and dr["quarantine"] == d["packets"] > 1000 and o["quarantined"] and o["overruns"] >= 16'
}

told() {
	sl_ctl events --last 5 | grep "quarantine $RED" | grep -q 'measured took longer than the 5 ns declared'
}

quarantine_lasts() {
	kill -9 "$SL_DAEMON" && wait "$SL_DAEMON" 2>/dev/null
	sl_daemon node --segment-weight 300 || return 1
	state_is quarantined && sl_ctl top -b -n 1 | tee /dev/stderr | grep -q "^$RED .* quarantined"
}

released() {
	sl_ctl budget set "$RED" ns_per_packet=none && sl_ctl tenant release "$RED" && state_is running || return 1
	sleep 0.2
	before
	sleep 1
	count 'in_ > 1000 and d["out"] > 1000 and not o["quarantined"]' && ! sl_ctl tenant release "$RED"
}

file_wins() {
	sl_ctl budget set "$RED" pps=7 || return 1
	sl_ctl node apply "$SL_WORK/both.yaml" --dry-run | tee /dev/stderr | grep -q 'pps 7 (set at run time) -> none' || return 1
	sl_ctl node apply "$SL_WORK/both.yaml" || return 1
	before
	sleep 1
	count 'in_ > 1000'
}

storm_node "$@" || exit 1
sl_ok "two tenants" tenants
storm_begin 300 || exit 1
before
sleep 1
sl_ok "without limits much passes" count 'in_ / s > 150000 and d["out"] / s > 150000'
sl_ok "packets a second" held pps=100k 'near(in_, 100000) and dr["pps-limit"] > 0'
sl_ok "blue does not feel it" blue_is_well
sl_ok "another number, while they come" held pps=50k 'near(in_, 50000)'
sl_ok "it is kept by a daemon that was killed" kept_by_another_daemon
sl_ok "top shows who loses most, and by what" top_shows
sl_ok "bits a second in" held "pps=none rx=40Mbit" 'near(8 * d["bytes"], 40e6) and dr["rx-limit"] > 0'
sl_ok "few of them" held "rx=1Mbit" 'near(8 * d["bytes"], 1e6)'
sl_ok "bits a second out" held "rx=none tx=40Mbit" 'near(8 * d["out_bytes"], 40e6) and dr["tx-limit"] > 0'
sl_ok "CPU time" held "tx=none cpu=10%" 'near(d["cpu_ns"], 1e8) and dr["cpu-limit"] > 0'
sl_ok "blue does not feel any of it" blue_is_well
sl_ok "no packet is lost when limits change" changed_under_traffic
sl_ctl budget set "$RED" cpu=none >/dev/null
sl_ok "who costs more than declared is put into quarantine, and that is told" convicted
sl_ok "blue is not" blue_is_well
sl_ok "quarantine outlives a daemon" quarantine_lasts
sl_ok "until it is released" released
sl_ok "a node file says what it overrides, and does" file_wins
storm_end
cat "$SL_WORK/figures"
sl_done
