# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154 # variables of who sources it, and of lib.sh
# Two tenants, red and blue, that cost what BurnCycles says, on one CPU with the generator and the sink.
# For budgets and honest, which source it after lib.sh and say where the raw figures go (RAW).

HERE=$SL_ROOT/selftests/bench
# Frames by these keys; the sink counts by the last byte of the key.
RED=7 BLUE=9
SECONDS_EACH=${SL_BENCH_SECONDS:-2}
STORM_NICE=0
CLASS=inline # of both

fail() {
	echo "bench: $*" >&2
	exit 1
}

node() {
	sl_between
	sl_wire gen g1 sink s1
	echo 'FromDevice(eth0) -> burn :: BurnCycles -> Queue -> ToDevice(eth1); FromDevice(eth1) -> Discard;' \
		>"$SL_WORK/burn.click"
	# What is not measured of a packet is charged as it is here.
	"$SL_BIN/sluicectl" -j calibrate --platform --rounds 11 --seconds 90 >"$SL_WORK/out" ||
		"$SL_BIN/sluicectl" -j calibrate --platform --rounds 11 --seconds 60 --within 10 >"$SL_WORK/out" ||
		fail "no calibration"
	python3 -c 'import json, sys; print("  platform:", json.load(open(sys.argv[1])).get("platform"))' "$SL_WORK/out"
	sl_daemon node || fail "no daemon"
}

apply() { # reserve; with 0% time is shared out to nobody, however busy the CPU
	local t
	{
		echo "node: {experiments: [burn], max_delay_us: 6400, reserve: $1}"
		echo "ports: [{name: p0, interface: p0}, {name: p1, interface: p1}]"
		echo "tenants:"
		for t in "red $RED" "blue $BLUE"; do
			echo "  - name: ${t% *}"
			echo "    graph: $SL_WORK/burn.click"
			echo "    class: $CLASS"
			echo "    links:"
			sl_between_links "${t#* }"
		done
	} >"$SL_WORK/node.yaml"
	sl_ctl node apply "$SL_WORK/node.yaml" >"$SL_WORK/out" 2>&1 || {
		cat "$SL_WORK/out" >&2
		fail "node apply"
	}
}

cycles() { # of red, of blue; -: as they are
	[ "$1" = - ] || sl_ctl write red/burn.cycles "$1" >"$SL_WORK/out" || fail "cycles of red"
	[ "$2" = - ] || sl_ctl write blue/burn.cycles "$2" >"$SL_WORK/out" || fail "cycles of blue"
}

# CPU time of the tenants' threads, ns: the kernel names them after their maps.
threads_ns() {
	bpftool -j map dump pinned /sys/fs/bpf/sluice/platform/queues 2>/dev/null | python3 -c '
import glob, json, re, sys
maps, ns = set(), 0
for e in json.load(sys.stdin):
    v = e.get("inner_map_id") or e.get("value")
    if isinstance(v, list):
        maps.add(int.from_bytes(bytes(int(x, 16) for x in v), "little"))
for path in glob.glob("/proc/[0-9]*/comm"):
    try:
        m = re.match(r"cpumap/\d+/map:(\d+)$", open(path).read().strip())
        if m and int(m.group(1)) in maps:
            ns += int(open(path[:-4] + "schedstat").read().split()[0])
    except OSError:
        pass # it is gone
print(ns)'
}

snapshot() { # 0 | 1
	date +%s%N >"$SL_WORK/time.$1"
	sl_ctl -j stats red >"$SL_WORK/red.$1"
	sl_ctl -j stats blue >"$SL_WORK/blue.$1"
	if [ "$CLASS" = thread ]; then
		threads_ns >"$SL_WORK/threads.$1"
	else
		echo 0 >"$SL_WORK/threads.$1"
	fi
}

# What comes behind it with its niceness, also where the scheduler puts each session into a group of its own.
# shellcheck disable=SC2016 # the words of the shell that is begun
niced() {
	setsid --wait bash -c 'echo "$0" >/proc/self/autogroup 2>/dev/null; exec nice -n "$0" "$@"' "$STORM_NICE" "$@"
}

storm() { # generator's device, sink's, Ethernet address of the next hop, keys, seconds
	niced timeout -k 5 90 "$SL_TOOLS/storm" gen-ns="sl-gen-$$" gen-dev="$1" sink-ns="sl-sink-$$" sink-dev="$2" \
		smac="$(sl_mac gen "$1")" dmac="$3" src=192.0.2.2 dst=192.0.2.1 key=$RED keys="$4" mark-at=41 \
		inner-src=10.0.0.1 inner-dst=10.0.1.1 len=64 cpu=0 seconds="$5" batch=1000000000 |
		tail -n 1 >"$SL_WORK/storm"
}

# One flood; what it saw and what the node counted meanwhile is a line of the raw figures.
flood() { # experiment, case, round, kind of run, keys, red's cycles, blue's
	rm -f "$SL_WORK/window"
	snapshot 0
	if [ "$4" = direct ]; then
		storm g1 s1 "$(sl_mac sink s1)" "$5" "$SECONDS_EACH"
	else
		storm g0 s0 "$(sl_mac node p0)" "$5" "$SECONDS_EACH"
	fi
	snapshot 1
	python3 "$HERE/budgets.py" note "$SL_WORK" "$@" >>"$RAW" || fail "no figures of $1 $2"
}

# The same when it has been on for a second, by what the node counts: a thread may begin with as much as its
# queue holds, which the tenant pays back.
flood_later() { # as above
	local storm
	storm g0 s0 "$(sl_mac node p0)" "$5" $((SECONDS_EACH + 2)) &
	storm=$!
	sleep 1.5
	snapshot 0
	sleep "$SECONDS_EACH"
	snapshot 1
	echo $(($(cat "$SL_WORK/time.1") - $(cat "$SL_WORK/time.0"))) >"$SL_WORK/window"
	wait $storm
	python3 "$HERE/budgets.py" note "$SL_WORK" "$@" >>"$RAW" || fail "no figures of $1 $2"
}

# What a packet costs alone, without limits: none is refused.
alone() { # experiment, case, round, red's cycles, blue's
	cycles "$4" "$5"
	[ "$4" = - ] || flood "$1" "$2" "$3" red $RED "$4" "$5"
	[ "$5" = - ] || flood "$1" "$2" "$3" blue $BLUE "$4" "$5"
}

# Generator and sink, and nothing between them.
direct() { # experiment, case, round
	flood "$1" "$2" "$3" direct $RED 0 0
}

budget() { # tenant, what...
	sl_ctl budget set "$@" >"$SL_WORK/out" 2>&1 || {
		cat "$SL_WORK/out" >&2
		fail "budget set $*"
	}
}
