#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A NAT between two Ethernet networks, with real TCP, UDP and ICMP: the host outside knows nothing of
# the network inside and answers the NAT's own address. TAP.
# shellcheck disable=SC2317 # sl_ok calls functions by name
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=selftests/lib.sh
. selftests/lib.sh
# shellcheck source=selftests/sites.sh
. selftests/sites.sh
sl_private "$@"

host() { # name, port, address/length
	sl_host "$1"
	sl_wire node "$2" "$1" eth
	sl_in "$1" sysctl -qw net.ipv6.conf.eth.disable_ipv6=1
	sl_in "$1" ip addr add "$3" dev eth
}

sl_host node
host inside p0 10.0.0.1/24
host outside p1 192.0.2.1/24
sl_in inside ip route add default via 10.0.0.254

cat >"$SL_WORK/nat.click" <<'CLICK'
AddressInfo(in 10.0.0.254/24 02:00:00:00:00:A0, out 192.0.2.254/24 02:00:00:00:00:A1);
IPRewriterPatterns(nat out 20000-60000 - -, pings out - 0-65535);

c0 :: Classifier(12/0806 20/0001, 12/0806 20/0002, 12/0800);
c1 :: Classifier(12/0806 20/0001, 12/0806 20/0002, 12/0800);
FromDevice(eth0) -> c0;
FromDevice(eth1) -> c1;
out0 :: Queue -> ToDevice(eth0);
out1 :: Queue -> ToDevice(eth1);
c0[0] -> ARPResponder(in) -> out0;
c1[0] -> ARPResponder(out) -> out1;
arp0 :: ARPQuerier(in) -> out0;
arp1 :: ARPQuerier(out) -> out1;
c0[1] -> [1]arp0;
c1[1] -> [1]arp1;

// TCP and UDP, echo, errors about what went out; a service inside at port 8000.
rw :: IPRewriter(pattern nat 0 1, pattern - - 10.0.0.1 4000 1 0, MAPPING_CAPACITY 4096);
ping :: ICMPPingRewriter(pattern pings 0 1, drop, MAPPING_CAPACITY 1024);
errors :: ICMPRewriter("rw ping");

c0[2] -> Strip(14) -> CheckIPHeader -> d0 :: DecIPTTL -> i0 :: IPClassifier(icmp type 8, tcp or udp, -);
i0[0] -> [0]ping;
i0[1] -> [0]rw;
i0[2] -> Discard;
d0[1] -> ICMPError(in, timeexceeded) -> GetIPAddress(16) -> [0]arp0;
c1[2] -> Strip(14) -> CheckIPHeader -> i1 :: IPClassifier(icmp type 0, icmp, tcp or udp, -);
i1[0] -> [1]ping;
i1[1] -> errors -> [0]arp0;
i1[2] -> [1]rw;
i1[3] -> Discard;
rw[0] -> [0]arp1;
rw[1] -> [0]arp0;
ping[0] -> [0]arp1;
ping[1] -> [0]arp0;
CLICK
cat >"$SL_WORK/node.yaml" <<YAML
ports:
  - {name: p0, interface: p0}
  - {name: p1, interface: p1}
tenants:
  - name: red
    graph: $SL_WORK/nat.click
    links:
      - {device: eth0, kind: direct, port: p0}
      - {device: eth1, kind: direct, port: p1}
YAML

ping_once() { # host, address
	sl_in "$1" ping -n -q -c 1 -W 1 "$2"
}

# A question by UDP and its answer, from a port of one's own; what the server saw is printed.
udp() {
	sl_in inside python3 -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(3)
for i in range(20):
    s.sendto(b"hello %d" % i, ("192.0.2.1", 5353))
    data, peer = s.recvfrom(100)
    assert peer == ("192.0.2.1", 5353), peer
print(data.decode())' | tee "$SL_WORK/udp"
	grep -q "^192.0.2.254 [2-6][0-9]*$" "$SL_WORK/udp"
}

# The error about a closed port names the packet as it was sent, or connect() would not see it.
closed() {
	sl_in inside python3 -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(3)
s.connect(("192.0.2.1", 9))
s.send(b"anybody?")
try:
    s.recv(10)
except ConnectionRefusedError:
    print("refused")
else:
    raise SystemExit("not refused")'
}

# A transfer to a service inside, by the address outside.
service() {
	local listener status
	site_start inside listening "$SL_TOOLS/xfer" listen 10.0.0.1 4000 500000 || return 1
	listener=$SL_PID
	sl_in outside "$SL_TOOLS/xfer" connect 192.0.2.254 4000 500000
	status=$?
	wait "$listener" || status=1
	return "$status"
}

read_handler() { # handler, pattern
	sl_ctl read "red/$1" | tee "$SL_WORK/handler"
	grep -q -- "$2" "$SL_WORK/handler"
}

# A connection that goes on while graphs follow each other.
across_swaps() {
	local pid
	site_start outside listening "$SL_TOOLS/xfer" listen 192.0.2.1 4000 8000000 || return 1
	pid=$SL_PID
	sl_in inside "$SL_TOOLS/xfer" connect 192.0.2.1 4000 8000000 &
	SL_PIDS+=($!)
	local client=$!
	sl_ctl tenant install red "$SL_WORK/nat.click" || return 1
	sl_ctl write red/rw.pattern1 drop || return 1
	sl_ctl write red/rw.capacity 9000 || return 1
	wait "$client" && wait "$pid"
}

sl_daemon node || exit 1
sl_ok "the graph is taken" sl_ctl node apply "$SL_WORK/node.yaml"
sl_ok "the first ping finds its way" sl_wait 20 ping_once inside 192.0.2.1
sl_ok "40 pings through the NAT" site_ping inside 192.0.2.1 40
sl_ok "a hashed transfer both ways" site_transfer outside 192.0.2.1 inside 2000000
sl_ok "the connection is listed" read_handler rw.tcp_table "(10.0.0.1, [0-9]*, 192.0.2.1, 4000) => (192.0.2.254, [0-9]*, 192.0.2.1, 4000) \[\*0 1\] i0 exp240"
site_start outside ready python3 -u -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("192.0.2.1", 5353))
print("ready")
while True:
    data, peer = s.recvfrom(100)
    s.sendto(b"%s %d" % (peer[0].encode(), peer[1]), peer)' || exit 1
sl_ok "questions by UDP are answered, and come from the NAT's address" udp
sl_ok "an error comes back to the socket it is about" closed
sl_ok "a service inside is reached from outside" service
sl_not "nothing else outside comes in" ping_once outside 192.0.2.254
sl_ok "flows are counted by input" read_handler rw.patterns "192.0.2.254 20000-60000 - - \[[1-9]"
sl_ok "no mapping failed" read_handler rw.mapping_failures "^0$"
sl_ok "a connection outlives two changes of the graph and one of the capacity" across_swaps
sl_ok "clearing" sl_ctl write red/rw.clear
sl_ok "ends all flows" read_handler rw.size "^0$"
sl_done
