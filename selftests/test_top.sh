#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What can be seen of tenants, under a flood: percentiles of delay, class, every reason of drops in
# `sluicectl top` and `stats`; and the same accounts, counters and delays in the pinned maps, by name. TAP.
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=selftests/lib.sh
. selftests/lib.sh
# shellcheck source=selftests/storm.sh
. selftests/storm.sh
sl_private "$@"

BATCH=1000000000
MAPS=/sys/fs/bpf/sluice/platform

burning() { # cycles
	echo "FromDevice(eth0) -> cnt :: Counter -> BurnCycles($1) -> ToDevice(eth1); FromDevice(eth1) -> Discard;" >"$SL_WORK/burn.click"
	sl_ctl tenant install "$RED" "$SL_WORK/burn.click"
}

# Runs Python over `t`, red's counters; what it prints is shown.
stats() { # expression
	sl_ctl -j stats "$RED" >"$SL_WORK/stats.json" && python3 - "$SL_WORK/stats.json" "$1" <<-'PY'
		import json, sys
		t = json.load(open(sys.argv[1]))["tenant"]
		print({k: v for k, v in t.items() if "delay" in k})
		sys.exit(not eval(sys.argv[2]))
	PY
}

# The median of late, ns, as soon as it is of this graph alone: some seconds remember the one before.
median() { # file for it
	sleep 10
	stats "t['delay_samples'] > 50" || return 1
	python3 -c "import json; print(json.load(open('$SL_WORK/stats.json'))['tenant']['delay_p50_ns'])" | tee "$SL_WORK/$1"
}

# What is burnt is all the difference.
delays_follow() {
	# The dear ones first: they are fewer, and sooner forgotten.
	burning 100000 && median b && burning 20000 && median a || return 1
	echo "# $(cat "$SL_WORK/a") and $(cat "$SL_WORK/b") ns" >>"$SL_WORK/figures"
	awk -v a="$(cat "$SL_WORK/a")" -v b="$(cat "$SL_WORK/b")" 'BEGIN {exit !(b > 3 * a && b < 8 * a)}'
}

# In front of a thread that cannot keep up, packets wait for those in the queue.
queue_counts() {
	burning 20000 && sl_ctl tenant class "$RED" thread && median c || return 1
	echo "# $(cat "$SL_WORK/c") ns with a full queue" >>"$SL_WORK/figures"
	awk -v a="$(cat "$SL_WORK/a")" -v c="$(cat "$SL_WORK/c")" 'BEGIN {exit !(c > 10 * a)}' &&
		sl_ctl tenant class "$RED" inline
}

since_the_start() {
	stats 't["delay_since_start"]["samples"] > 1000 and t["delay_since_start"]["p99_ns"] >= t["delay_since_start"]["p50_ns"] > 1000'
}

# Runs Python over `rows` of top, and `o`, the whole.
top() { # expression
	sl_ctl -j top -n 1 >"$SL_WORK/top.json" && cat "$SL_WORK/top.json" && python3 - "$SL_WORK/top.json" "$1" <<-'PY'
		import json, sys
		o = json.load(open(sys.argv[1]))
		t = o["tenants"][0]
		r = {x["reason"]: x for x in t["reasons"]}
		sys.exit(not eval(sys.argv[2]))
	PY
}

top_has_all() {
	top 't["class"] == "inline" and t["p50_ns"] > 0 and t["samples"] > 10 and t["debt_ms"] >= 0 and r["pps-limit"]["drops_pps"] > 100 and o["drops_pps"] > 100 and isinstance(o["node"], list)'
}

top_text() {
	sl_ctl top -b -n 1 --sort p50 --reasons >"$SL_WORK/top" && cat "$SL_WORK/top"
	grep -Eq '^TENANT +CLASS +CPU PERCENT .*DEBT +P50 ' "$SL_WORK/top" &&
		grep -Eq "^$RED +inline .* pps-limit +.*(us|ns|ms) " "$SL_WORK/top" && grep -Eq "^$RED +pps-limit +[0-9]+ +[0-9]+" "$SL_WORK/top"
}

# Runs Python over `v`, the values of red's slot in a pinned map, as BTF says them: one a CPU, or one.
typed() { # map, expression
	bpftool -j map dump pinned "$MAPS/$1" >"$SL_WORK/map.json" && python3 - "$SL_WORK/map.json" "$SLOT" "$2" <<-'PY'
		import json, sys
		def flat(o, out):
		    for k, v in o.items():
		        if isinstance(v, dict):
		            out[k] = v
		            flat(v, out)
		        else:
		            out[k] = v
		    return out
		f = json.load(open(sys.argv[1]))[int(sys.argv[2])]["formatted"]
		v = [flat(x["value"], {}) for x in f["values"]] if "values" in f else [flat(f["value"], {})]
		print(v)
		sys.exit(not eval(sys.argv[3]))
	PY
}

accounts_by_name() {
	typed accounts 'abs(v[0]["pps"]["rate"] / (20000 * 2**40 / 1e9) - 1) < 0.001 and v[0]["pps"]["left"] < v[0]["pps"]["burst"] and v[0]["cpu"]["rate"] == 0'
}

storm_node "$@" || exit 1
sed -i '1i node: {experiments: [burn]}' "$SL_WORK/node.yaml"
sl_ok "a node that allows experiments" sl_ctl node apply "$SL_WORK/node.yaml"
sl_ok "a graph" burning 20000
sl_ok "that stays inline, whatever it costs" sl_ctl tenant class "$RED" inline
SLOT=$(sl_ctl -j tenant list | python3 -c 'import json, sys; print(json.load(sys.stdin)["tenants"][0]["slot"])')
storm_begin 200 || exit 1
sl_ok "packets that cost five times as much are here five times as long" delays_follow
sl_ok "time in the queue of a thread counts" queue_counts
sl_ok "delays since the start" since_the_start
sl_ok "a limit" sl_ctl budget set "$RED" pps=20000 cpu=none
sleep 1
sl_ok "top has class, delays, debt, every reason" top_has_all
sl_ok "and shows them" top_text
sl_ok "limits and debts are in a map, by name" accounts_by_name
sl_ok "drops are, by reason" typed tenant_stats 'sum(x["SL_R_PPSLIMIT"] for x in v) > 1000 and sum(x["SL_R_QUARANTINE"] for x in v) == 0'
sl_ok "delays are" typed tenant_delay 'sum(sum(x["packets"]) for x in v) > 1000'
sl_ok "class, weight, bound are" typed tenant_rec 'v[0]["quarantined"] == 0 and v[0]["weight"] == 100 and v[0]["bound_ns"] > 0 and v[0]["generation"] < 2**31'
sl_ok "who costs too much" sl_ctl budget set "$RED" ns_per_packet=50
sl_ok "is in quarantine, by the map" sl_wait 10 typed tenant_rec 'v[0]["quarantined"] == 1'
storm_end
cat "$SL_WORK/figures"
sl_done
