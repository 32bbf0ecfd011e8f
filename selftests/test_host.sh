#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What is the host's own works as before on a port that is attached, in native and in generic mode: ICMP,
# ARP, neighbour discovery, TCP, UDP in fragments, both IP versions, VLANs, and GRE that is no link's.
# Frames of every odd kind reach the host byte for byte. TAP.
# shellcheck disable=SC2317 # sl_ok calls functions by name
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=selftests/lib.sh
. selftests/lib.sh
# shellcheck source=selftests/sites.sh
. selftests/sites.sh
sl_private "$@"

# The peer's wire carries a link, too: net 198.18.1, key 7. Key 9 and the address .253 are the host's.
hosts() {
	sl_host node
	site_host peer p0 198.18.1 fd01 || return 1
	sl_in node ip addr add 198.18.1.253/24 dev p0
	sl_in node ip addr add fd01::fd/64 dev p0 nodad
	# Tunnels and a VLAN of the host's own, by its stack.
	site_tunnel node own9 198.18.1.254 198.18.1.1 10.9.0.254/24 1400 key 9 &&
		site_tunnel peer own9 198.18.1.1 198.18.1.254 10.9.0.1/24 1400 key 9 &&
		site_tunnel node own 198.18.1.253 198.18.1.1 10.8.0.254/24 1400 csum seq &&
		site_tunnel peer own 198.18.1.1 198.18.1.253 10.8.0.1/24 1400 csum seq &&
		site_tunnel node own6 fd01::fd fd01::1 10.7.0.254/24 1400 key 7 &&
		site_tunnel peer own6 fd01::1 fd01::fd 10.7.0.1/24 1400 key 7 &&
		site_start node ready "$SL_TOOLS/vlantap" tag p0 77 && site_start peer ready "$SL_TOOLS/vlantap" tag eth 77 &&
		sl_in node ip addr add 10.6.0.254/24 dev tag && sl_in peer ip addr add 10.6.0.1/24 dev tag &&
		site_start node listening "$SL_TOOLS/udpecho" listen 198.18.1.254 7 &&
		site_start node listening "$SL_TOOLS/udpecho" listen fd01::fe 7
}

found_again() { # address: its neighbour entry is thrown away on both sides first
	sl_in peer ip neigh flush dev eth
	sl_in node ip neigh flush dev p0
	site_ping peer "$1" 3 && sl_in peer ip neigh show dev eth | grep "^$1 .*lladdr"
}

echoes() { # address
	sl_in peer "$SL_TOOLS/udpecho" send "$1" 7 30 1000 && sl_in peer "$SL_TOOLS/udpecho" send "$1" 7 30 9000 &&
		sl_in peer "$SL_TOOLS/udpecho" send "$1" 7 5 60000
}

# ---- Frames of every kind, byte for byte ---------------------------------------------------------

odd_frames() {
	local to from ip4 ip6 opts64
	to=$(hex_mac node p0) from=$(hex_mac peer eth)
	ip4="198.18.1.1 198.18.1.254"
	ip6=fd010000000000000000000000000001fd0100000000000000000000000000
	opts64=$(printf 'aa%.0s' {1..64})
	{
		echo "ffffffffffff${from}0806$(hex_of 'an ARP packet that is none, and is padded')"
		echo "${to}${from}88cc$(hex_of 'LLDP, perhaps')00000000"
		echo "${to}${from}0000"
		echo "${to}${from}0800"
		echo "${to}${from}080045"
		echo "${to}${from}8100004d8100004d8100004d0800$opts64"
		echo "${to}${from}88a8000181000fff86dd60$opts64"
		# shellcheck disable=SC2086 # two addresses
		{
			echo "${to}${from}0800$(hex_ip4 $ip4 253 "$opts64")"
			echo "${to}${from}0800$(hex_ip4 $ip4 253 "$opts64" 0 1)"
			echo "${to}${from}0800$(hex_ip4 $ip4 253 "$opts64" 0x2001)"
			echo "${to}${from}0800$(hex_ip4 $ip4 47 "2001880b0000000700000000$opts64")"
			echo "${to}${from}0800$(hex_ip4 $ip4 47 "2000080000000063$opts64")"
			echo "${to}${from}0800$(hex_ip4 $ip4 47 "00000800$opts64")"
			echo "${to}${from}8100004d0800$(hex_ip4 $ip4 47 "2000080000000063$opts64")"
			echo "${to}${from}0800$(hex_ip4 198.18.1.9 198.18.1.254 47 "20")"
			echo "${to}${from}0800$(hex_ip4 198.18.1.9 198.18.1.254 47 "60000800deadbeef$opts64")"
			echo "${to}${from}0800$(hex_ip4 198.18.1.9 198.18.1.254 47 "20000800$opts64" 0x2000)"
			echo "${to}${from}0800$(hex_ip4 198.18.1.9 198.18.1.254 47 "20000800$opts64")$opts64"
		}
		echo "${to}${from}86dd600000000040fd40${ip6}fe$opts64"
		echo "${to}${from}86dd6000000000482f40${ip6}fe2000080000000063$opts64"
		echo "${to}${from}86dd6000000000503c40${ip6}fe2f000401040101002000080000000063$opts64"
		echo "${to}${from}86dd6000000000002f40${ip6}fd"
		echo "${to}${from}86dd6000000000482c40${ip6}fd2f00000112345678$opts64"
		echo "${to}${from}86dd6000000000482f40${ip6}fd2000080000000007aaaa"
	} >"$SL_WORK/odd"
}

# The host's stack is given exactly the odd frames, in their order.
unchanged() { # round
	site_catch "odd$1" node p0 -Q "in" "ether src $(sl_mac peer eth)" || return 1
	sl_in peer "$SL_TOOLS/sendframes" eth <"$SL_WORK/odd" || return 1
	sl_in peer bash -c "printf end:of:odd >/dev/udp/198.18.1.254/9"
	sl_wait 10 grep -aq end:of:odd "$SL_WORK/odd$1.pcap" || return 1
	site_stop "$SL_PID"
	site_caught "odd$1" | grep -Fxf "$SL_WORK/odd" >"$SL_WORK/got"
	diff "$SL_WORK/odd" "$SL_WORK/got"
}

# ---- All of it -----------------------------------------------------------------------------------

all_works() { # when
	sl_ok "$1: ping" site_ping peer 198.18.1.254 20
	sl_ok "$1: ping in fragments" site_ping peer 198.18.1.254 10 -s 20000
	sl_ok "$1: IPv6 ping" site_ping peer fd01::fe 20
	sl_ok "$1: IPv6 ping in fragments" site_ping peer fd01::fe 10 -s 20000
	sl_ok "$1: ARP" found_again 198.18.1.254
	sl_ok "$1: neighbour discovery" found_again fd01::fe
	sl_ok "$1: the host finds its neighbours" site_ping node 198.18.1.1 3
	sl_ok "$1: TCP keeps its hash" site_transfer node 198.18.1.254 peer 3000000
	sl_ok "$1: TCP over IPv6 keeps its hash" site_transfer node fd01::fe peer 3000000
	sl_ok "$1: UDP whole and in fragments" echoes 198.18.1.254
	sl_ok "$1: UDP over IPv6 whole and in fragments" echoes fd01::fe
	sl_ok "$1: the host's own VLAN" site_ping peer 10.6.0.254 10
	sl_ok "$1: the host's own GRE: a link's addresses, another key" site_ping peer 10.9.0.254 10
	sl_ok "$1: the host's own GRE: other addresses" site_transfer node 10.8.0.254 peer 300000
	sl_ok "$1: the host's own GRE over IPv6: a link's key, other addresses" site_transfer node 10.7.0.254 peer 300000
	sl_ok "$1: odd frames are the same, byte for byte" unchanged "${1%% *}"
}

describe() { # mode
	cat <<-YAML
		ports:
		  - {name: p0, interface: p0, mode: $1}
		tenants:
		  - name: red
		    graph: $SL_WORK/mirror.click
		    links:
		      - {device: eth0, local: 198.18.1.254, remote: 198.18.1.1, key: 7, address: 10.0.0.254/24}
		      - {device: eth1, local: fd01::fe, remote: fd01::1, key: 7, address: 10.0.1.254/24}
	YAML
}
cat >"$SL_WORK/mirror.click" <<'CLICK'
FromDevice(eth0) -> Strip(14) -> CheckIPHeader -> ICMPPingResponder -> EtherEncap(0x0800, 2:0:0:0:0:1, 2:0:0:0:0:2)
  -> ToDevice(eth0);
FromDevice(eth1) -> Discard;
CLICK

attached() { # mode
	sl_ctl -j port list | tr -d ' \n' | grep -q "\"mode\":\"$1\"" &&
		sl_in node ip -d link show p0 | grep -q "$([ "$1" = native ] && echo ' xdp' || echo xdpgeneric)"
}

sl_ok "a host and its peer" hosts
sl_ok "a tunnel to the tenant" site_tunnel peer tenant 198.18.1.1 198.18.1.254 10.0.0.1/24 1400 key 7
sl_ok "a daemon" sl_daemon node
odd_frames
all_works "before"
for mode in native generic; do
	describe $mode >"$SL_WORK/node.yaml"
	sl_ok "$mode: the node file" sl_ctl node apply "$SL_WORK/node.yaml"
	sl_ok "$mode: attached" attached $mode
	sl_ok "$mode: the links are up" sl_wait 20 links_up
	sl_ok "$mode: the tenant answers" site_ping peer 10.0.0.254 10
	all_works "$mode mode"
	sl_ok "$mode: the tenant was sent nothing of the host's" same 10 tenant_number red packets
	sl_ok "$mode: the tenant answers still" site_ping peer 10.0.0.254 10
	sl_ok "$mode: the tenant is removed" sl_ctl tenant remove red
	sl_ok "$mode: detached" sl_ctl port detach p0
	sl_not "$mode: no program is left on the port" sh -c "nsenter --net=/run/netns/sl-node-$$ -- ip -d link show p0 | grep xdp"
done
sl_ok "after: ping" site_ping peer 198.18.1.254 20
sl_ok "after: TCP keeps its hash" site_transfer node 198.18.1.254 peer 3000000
sl_done
