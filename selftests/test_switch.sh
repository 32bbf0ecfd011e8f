#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Packets that leave by many ports: four hosts behind an EtherSwitch, which learns, floods and follows a
# station that moves; and a Tee whose copies are told apart, in their order. TAP.
# shellcheck disable=SC2317 # sl_ok calls functions by name
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=selftests/lib.sh
. selftests/lib.sh
# shellcheck source=selftests/sites.sh
. selftests/sites.sh
sl_private "$@"

FRAMES=400

# All hosts are of one network; nobody says anything of its own accord.
host() { # name, port, address
	sl_host "$1"
	sl_in "$1" sysctl -qw net.ipv6.conf.default.disable_ipv6=1
	sl_wire node "$2" "$1" eth
	# Nor does it ask again for whom it knows.
	sl_in "$1" sysctl -qw net.ipv4.neigh.eth.delay_first_probe_time=600
	sl_in "$1" ip addr add "$3/24" dev eth
}

hosts() {
	sl_host node
	sl_in node sysctl -qw net.ipv6.conf.default.disable_ipv6=1
	host a p0 10.0.9.1
	host b p1 10.0.9.2
	host c p2 10.0.9.3
	host d p3 10.0.9.4
	sl_host x
	sl_in x sysctl -qw net.ipv6.conf.default.disable_ipv6=1
	sl_wire node p4 x into
	sl_wire node p5 x from
}

cat >"$SL_WORK/switch.click" <<'CLICK'
s :: EtherSwitch;
FromDevice(eth0) -> [0] s; FromDevice(eth1) -> [1] s; FromDevice(eth2) -> [2] s; FromDevice(eth3) -> [3] s;
s[0] -> n0 :: Counter -> ToDevice(eth0); s[1] -> n1 :: Counter -> ToDevice(eth1);
s[2] -> n2 :: Counter -> ToDevice(eth2); s[3] -> n3 :: Counter -> ToDevice(eth3);
CLICK
# Each copy says by which output it left, in the byte behind the Ethernet header.
cat >"$SL_WORK/tee.click" <<'CLICK'
FromDevice(eth0) -> t :: Tee(6); FromDevice(eth1) -> Discard;
out :: ToDevice(eth1);
t[0] -> StoreData(14, \<00>) -> n0 :: Counter -> out; t[1] -> StoreData(14, \<01>) -> out;
t[2] -> StoreData(14, \<02>) -> out; t[3] -> StoreData(14, \<03>) -> out;
t[4] -> seen :: Counter -> Discard;
t[5] -> StoreData(14, \<05>) -> n5 :: Counter -> out;
CLICK
cat >"$SL_WORK/node.yaml" <<YAML
ports:
  - {name: p0, interface: p0}
  - {name: p1, interface: p1}
  - {name: p2, interface: p2}
  - {name: p3, interface: p3}
  - {name: p4, interface: p4}
  - {name: p5, interface: p5}
tenants:
  - name: red
    graph: $SL_WORK/switch.click
    links:
      - {device: eth0, kind: direct, port: p0}
      - {device: eth1, kind: direct, port: p1}
      - {device: eth2, kind: direct, port: p2}
      - {device: eth3, kind: direct, port: p3}
  - name: blue
    graph: $SL_WORK/tee.click
    links:
      - {device: eth0, kind: direct, port: p4}
      - {device: eth1, kind: direct, port: p5}
YAML
# Sends frames one at a time and waits for all their copies, so that no queue is ever full; prints how
# many came, and how many of them not in order or not as sent.
cat >"$SL_WORK/copies.py" <<'PYTHON'
import os, socket, sys
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
frames, outputs = int(sys.argv[1]), [0, 1, 2, 3, 5]
into = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
into.bind(("into", 0))
back = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x88b5))
back.bind(("from", 0x88b5))
back.settimeout(10)
came = wrong = 0
for n in range(frames):
    body = n.to_bytes(4, "big") + bytes(range(n % 256)) * (n % 5)
    head = bytes.fromhex("02000000000202000000000188b5")
    into.send(head + b"\xff" + body.ljust(50, b"\0"))
    for want in outputs:
        try:
            got = back.recv(4096)
        except TimeoutError:
            print(came, wrong, "and no more")
            sys.exit(1)
        came += 1
        wrong += got != head + bytes([want]) + body.ljust(50, b"\0")
print(came, wrong)
PYTHON

ping_once() { # host, address
	sl_in "$1" ping -n -q -c 1 -W 1 "$2"
}

all_pairs() {
	local from to n=0
	for from in a b c d; do
		for to in 1 2 3 4; do
			n=$((n + 1))
			site_ping "$from" "10.0.9.$to" 5 || return 1
		done
	done
	echo "$n pairs"
}

count() { # element
	sl_ctl read "$1.count"
}

# What goes on between two stations that are known leaves by their ports alone.
nobody_else_hears() {
	local before after
	before=$(count red/n2)/$(count red/n3)
	site_ping a 10.0.9.2 40 || return 1
	after=$(count red/n2)/$(count red/n3)
	echo "$before, then $after"
	[ "$before" = "$after" ]
}

# A frame to nobody known, or to all, leaves once by each of the other ports.
everybody_hears() { # Ethernet destination
	local before after
	before=$(for n in 0 1 2 3; do count "red/n$n"; done | xargs)
	sl_in b python3 -c '
import socket, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(("eth", 0))
mac = s.getsockname()[4]
s.send(bytes.fromhex(sys.argv[1]) + mac + bytes.fromhex("88b5") + bytes(46))' "$1" || return 1
	read -r -a now <<<"$before"
	after="$((now[0] + 1)) ${now[1]} $((now[2] + 1)) $((now[3] + 1))"
	echo "$before, wanted $after"
	sl_wait 10 counts_are "$after"
}

counts_are() {
	[ "$(for n in 0 1 2 3; do count "red/n$n"; done | xargs)" = "$1" ]
}

behind() { # host's address, port
	local mac=${1^^}
	sl_ctl read red/s.table | tee -a /dev/stderr | grep -q "^${mac//:/-} $2\$"
}

stations() {
	local port=0 h
	for h in a b c d; do
		behind "$(sl_mac "$h" eth)" "$port" || return 1
		port=$((port + 1))
	done
}

# Host d takes the place of host a: address, and Ethernet address.
move() {
	local mac
	mac=$(sl_mac a eth)
	sl_in a ip link set eth down
	sl_in d ip link set eth down
	sl_in d ip link set eth address "$mac"
	sl_in d ip addr flush dev eth
	sl_in d ip addr add 10.0.9.1/24 dev eth
	sl_in d ip link set eth up
	sl_in b ip neigh replace 10.0.9.1 lladdr "$mac" dev eth nud permanent
	# Until it is heard where it is now, frames for it go where it was.
	behind "$mac" 0 && ! ping_once b 10.0.9.1 && behind "$mac" 0 || return 1
	sl_wait 10 ping_once d 10.0.9.2 && behind "$mac" 3
}

# Packets that came, and copies that came back, all ended somewhere; none was lost but as said.
conserved() { # tenant, copies, reasons that may be there
	sl_ctl -j stats "$1" | python3 -c '
import json, sys
t = json.load(sys.stdin)["tenant"]
d = t["drops"]
d = {x["reason"]: x["packets"] for x in d} if isinstance(d, list) else dict(d)
print(t, d)
if sys.argv[1] != "-" and t["copies"] != int(sys.argv[1]):
    sys.exit("copies")
if t["packets"] + 2 * t["copies"] != t["out"] + t["host"] + t["copies"] + sum(d.values()):
    sys.exit("not conserved")
sys.exit(any(n for r, n in d.items() if r not in sys.argv[2:]))' "${@:2}"
}

copies_come() {
	local out
	out=$(sl_in x python3 "$SL_WORK/copies.py" "$FRAMES")
	echo "$out"
	[ "$out" = "$((5 * FRAMES)) 0" ]
}

hosts || exit 1
sl_daemon node || exit 1
sl_ok "a switch of four ports and a Tee of six" sl_ctl node apply "$SL_WORK/node.yaml"
sl_ok "links need nobody's address" sl_wait 10 links_up

sl_ok "the first ping asks everybody" sl_wait 20 ping_once a 10.0.9.2
sl_ok "everybody reaches everybody" all_pairs
sl_ok "each station is known behind its port" stations
sl_ok "40 pings between two are heard by nobody else" nobody_else_hears
sl_ok "a broadcast is heard by the others, once each" everybody_hears ffffffffffff
sl_ok "so is a multicast" everybody_hears 01005e000005
sl_ok "so is a frame to nobody known" everybody_hears 020000000abc
sl_ok "a hashed transfer both ways through the switch" site_transfer b 10.0.9.2 c 2000000
sl_ok "a station that moves is followed" move
sl_ok "40 pings to where it is now" site_ping b 10.0.9.1 40
# What is sent to where the station was ends at a link that is down.
sl_ok "every frame of the switch is accounted for" conserved red - element link-down

sl_ok "$FRAMES frames of a Tee: five copies of each, as sent, in order" copies_come
sl_ok "what only is counted is not copied" [ "$(count blue/seen) $(count blue/n0) $(count blue/n5)" = "$FRAMES $FRAMES $FRAMES" ]
sl_ok "four copies make five packets of one, and all are accounted for" sl_wait 10 conserved blue $((4 * FRAMES)) element
sl_done
