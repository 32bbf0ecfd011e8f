#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Recording the packets of a tenant's links while they pass: what enters the graph and what it sends,
# filters, ends of all kinds, and who may. The tenants are two routers of their own ports. TAP.
# shellcheck disable=SC2317 # sl_ok calls functions by name
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=selftests/lib.sh
. selftests/lib.sh
# shellcheck source=selftests/sites.sh
. selftests/sites.sh
sl_private "$@"

OWNER=12345

hosts() {
	site_lans two
	site_lan c pc 10.0.2.1/24
	site_lan d pd 10.0.2.2/24
}

cat >"$SL_WORK/bridge.click" <<'CLICK'
FromDevice(eth0) -> forth :: Counter -> ToDevice(eth1);
FromDevice(eth1) -> back :: Counter -> ToDevice(eth0);
CLICK
cat >"$SL_WORK/node.yaml" <<YAML
ports:
  - {name: pa, interface: pa}
  - {name: pb, interface: pb}
  - {name: pc, interface: pc}
  - {name: pd, interface: pd}
tenants:
  - name: red
    owner: $OWNER
    graph: $SL_ROOT/configs/router2.click
    links:
      - {device: eth0, kind: direct, port: pa}
      - {device: eth1, kind: direct, port: pb}
  - name: blue
    owner: $((OWNER + 1))
    graph: $SL_WORK/bridge.click
    links:
      - {device: eth0, kind: direct, port: pc}
      - {device: eth1, kind: direct, port: pd}
YAML

# Begins a capture in the background, and waits until the daemon looks.
begin() { # output of the command, arguments of capture
	local out=$1
	shift
	sl_start node "$SL_BIN/sluicectl" -j capture "$@" >"$out.txt" 2>"$out.err"
	CAPTURE=$SL_PID
	sl_wait 5 looked_at
}

looked_at() {
	[ "$(bpftool -j map dump pinned /sys/fs/bpf/sluice/platform/peeks | python3 -c '
import json, sys
print(sum(1 for e in json.load(sys.stdin) if e["formatted"]["value"]["dirs"]))')" -gt 0 ]
}

# Which packets of `links` are marked: the kernel's own word.
marks() {
	bpftool -j map dump pinned /sys/fs/bpf/sluice/platform/links | python3 -c '
import json, sys
print(sum(1 for e in json.load(sys.stdin) if e["formatted"]["value"]["peek"]))'
}

marked() { # number
	[ "$(marks)" = "$1" ]
}

# Ends a capture as ^C does.
end() {
	kill -INT "$CAPTURE" && wait "$CAPTURE"
}

# The packets of a recording, a line each: length, protocol, source, destination, ICMP type, TTL.
packets() { # file
	python3 - "$1" <<'PY'
import struct, sys
f = open(sys.argv[1], "rb")
magic, _, _, _, _, snap, link = struct.unpack("<IHHiIII", f.read(24))
assert magic == 0xa1b23c4d and link == 1, hex(magic)
last = 0
while head := f.read(16):
    sec, ns, cap, n = struct.unpack("<IIII", head)
    p = f.read(cap)
    assert len(p) == cap <= snap and cap <= n and ns < 10**9
    assert sec * 10**9 + ns >= last
    last = sec * 10**9 + ns
    if p[12:14] != b"\x08\x00":
        print(n, p[12:14].hex())
        continue
    ip = p[14:34]
    dot = lambda a: ".".join(map(str, a))
    print(n, cap, ip[9], dot(ip[12:16]), dot(ip[16:20]), p[34] if ip[9] == 1 and cap > 34 else "-", ip[8])
PY
}

result() { # name, member
	python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$SL_WORK/$1.txt" "$2"
}

ping_many() { # host, address, number, options...
	sl_in "$1" ping -n -q -c "$3" -i 0.01 -W 2 "${@:4}" "$2"
}

# Requests and answers of five pings, in order, with the router's TTL on the way out alone.
both_ways() {
	begin "$SL_WORK/both" red/eth1 -w "$SL_WORK/both.pcap" -c 10 icmp || return 1
	ping_many a 10.0.1.1 5 && wait "$CAPTURE" || return 1
	for _ in 1 2 3 4 5; do
		echo "98 98 1 10.0.0.1 10.0.1.1 8 63"
		echo "98 98 1 10.0.1.1 10.0.0.1 0 64"
	done | diff - <(packets "$SL_WORK/both.pcap") && [ "$(result both packets)" = 10 ] && [ "$(result both lost)" = 0 ]
}

one_way() { # --in or --out, TTL and ICMP type seen at eth0
	begin "$SL_WORK/one" red/eth0 -w "$SL_WORK/one.pcap" "$1" icmp || return 1
	ping_many a 10.0.1.1 4 || return 1
	sl_wait 5 caught one 4 || return 1
	end || return 1
	[ "$(packets "$SL_WORK/one.pcap" | cut -d' ' -f 6,7 | sort | uniq -c | xargs)" = "4 $2" ]
}

caught() { # name, number
	[ "$(packets "$SL_WORK/$1.pcap" | wc -l)" = "$2" ]
}

filtered() {
	begin "$SL_WORK/filter" red/eth0 -w "$SL_WORK/filter.pcap" --in -c 2 "icmp[icmptype] == icmp-echo and" greater 300 || return 1
	ping_many a 10.0.1.1 5 && ping_many a 10.0.1.1 2 -s 400 && wait "$CAPTURE" || return 1
	packets "$SL_WORK/filter.pcap" | diff - <(yes "442 442 1 10.0.0.1 10.0.1.1 8 64" | head -2) &&
		[ "$(result filter filtered_out)" -ge 5 ]
}

cut_short() {
	begin "$SL_WORK/cut" red/eth0 -w "$SL_WORK/cut.pcap" -s 40 --in -c 1 icmp || return 1
	ping_many a 10.0.1.1 1 -s 400 && wait "$CAPTURE" || return 1
	[ "$(packets "$SL_WORK/cut.pcap")" = "442 40 1 10.0.0.1 10.0.1.1 8 64" ]
}

# Two look at the same link, for different lengths.
together() {
	local first
	begin "$SL_WORK/one" red/eth0 -w "$SL_WORK/one.pcap" -s 40 --in -c 3 icmp || return 1
	first=$CAPTURE
	begin "$SL_WORK/two" red/eth0 -w "$SL_WORK/two.pcap" -c 6 icmp || return 1
	sleep 0.2
	ping_many a 10.0.1.1 3 && wait "$first" && wait "$CAPTURE" || return 1
	[ "$(packets "$SL_WORK/one.pcap" | cut -d' ' -f2 | sort -u)" = 40 ] &&
		[ "$(packets "$SL_WORK/two.pcap" | cut -d' ' -f2 | sort -u)" = 98 ] && caught two 6
}

# On standard output, for another program.
to_a_pipe() {
	begin "$SL_WORK/pipe" red/eth0 --in -c 2 icmp || return 1
	ping_many a 10.0.1.1 2 && wait "$CAPTURE" || return 1
	[ "$(packets "$SL_WORK/pipe.txt" | wc -l)" = 2 ] && grep -q '"lost": *0' "$SL_WORK/pipe.err"
}

# A tenant sees nothing of another.
others_apart() {
	begin "$SL_WORK/apart" blue/eth0 -w "$SL_WORK/apart.pcap" icmp || return 1
	ping_many a 10.0.1.1 5 || return 1
	end && caught apart 0
}

# What a command that is killed leaves in the kernel.
killed() {
	begin "$SL_WORK/killed" red/eth0 -w "$SL_WORK/killed.pcap" && sl_wait 5 marked 1 || return 1
	kill -KILL "$CAPTURE"
	wait "$CAPTURE" 2>/dev/null
	sl_wait 5 marked 0
}

# What a daemon that is killed leaves goes away with the packets.
daemon_killed() {
	begin "$SL_WORK/dead" red/eth0 -w "$SL_WORK/dead.pcap" && sl_wait 5 marked 1 || return 1
	kill -KILL "$SL_DAEMON"
	wait "$SL_DAEMON" "$CAPTURE" 2>/dev/null
	marked 1 || return 1
	sl_wait 10 mark_expires
}

mark_expires() {
	ping_many a 10.0.1.1 1 && marked 0
}

as() { # uid, command...
	sl_in node setpriv --reuid "$1" --regid "$1" --clear-groups -- "${@:2}"
}

owner_alone() {
	local status
	as $((OWNER + 1)) "$SL_BIN/sluicectl" capture red/eth0 >"$SL_WORK/other.pcap" 2>"$SL_WORK/other.err"
	status=$?
	[ "$status" -ne 0 ] && grep -q "does not own" "$SL_WORK/other.err" || return 1
	ping_many a 10.0.1.1 500 >/dev/null 2>&1 &
	SL_PIDS+=($!)
	as "$OWNER" "$SL_BIN/sluicectl" capture red/eth0 -c 1 icmp >"$SL_WORK/own.pcap" 2>"$SL_WORK/own.err" && caught own 1
}

# More than the budget of a second: what is left out is counted, and nobody's traffic suffers.
flood() {
	local before after rate
	begin "$SL_WORK/flood" blue/eth0 --in -w "$SL_WORK/flood.pcap" || return 1
	before=$(sl_ctl read blue/forth.count)
	sl_in c ping -n -q -f -c 60000 -l 50 -W 1 10.0.2.2 | tee "$SL_WORK/flood.ping"
	after=$(sl_ctl read blue/forth.count)
	sleep 0.3
	end || return 1
	rate=$(result flood lost)
	echo "$((after - before)) packets: $(result flood packets) recorded, $rate left out"
	[ "$((after - before))" -ge 60000 ] && [ "$(($(result flood packets) + rate))" = "$((after - before))" ] && [ "$rate" -gt 0 ]
}

wrong() { # message, arguments of capture
	local message=$1
	shift
	! sl_ctl capture "$@" >"$SL_WORK/wrong.out" 2>"$SL_WORK/wrong.err" && grep -q -- "$message" "$SL_WORK/wrong.err"
}

hosts || exit 1
sl_daemon node || exit 1
sl_ok "a node with two tenants" sl_ctl node apply "$SL_WORK/node.yaml"
sl_ok "packets pass the router" sl_wait 20 sl_in a ping -n -q -c 1 -W 1 10.0.1.1
sl_ok "and back" sl_wait 20 sl_in b ping -n -q -c 1 -W 1 10.0.0.1
sl_ok "and the bridge" sl_wait 20 sl_in c ping -n -q -c 1 -W 1 10.0.2.2
sl_ok "both directions, as the tenant sees them" both_ways
sl_ok "what enters alone" one_way --in "8 64"
sl_ok "what leaves alone" one_way --out "0 63"
sl_ok "a filter of pcap's" filtered
sl_ok "the beginning of packets" cut_short
sl_ok "two who look at one link" together
sl_ok "to a program that reads on" to_a_pipe
sl_ok "other tenants' packets are not there" others_apart
sl_ok "no mark is left" marked 0
sl_ok "a command that is killed leaves none" killed
sl_ok "only root and the owner may" owner_alone
sl_ok "a flood is bounded, and every packet accounted for" flood
sed 's/^/# /' "$SL_WORK/out" | tail -1
sl_ok "no such link" wrong "no link eth7" red/eth7
sl_ok "no such tenant" wrong "no tenant" green/eth0
sl_ok "a filter that is none" wrong "pcap-filter" red/eth0 icmp and and
sl_ok "a length that is none" wrong "snaplen" red/eth0 -s 0
sl_ok "a daemon that is killed: the mark goes by itself" daemon_killed
sl_done
