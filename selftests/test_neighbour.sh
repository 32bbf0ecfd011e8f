#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Next hops change under a running node: another Ethernet address, another router, another port, a
# neighbour that goes and comes back, a route that is taken away. The tenant's packets follow with no word
# to the daemon, `link list` says what is, and only what could not be sent is counted as lost. TAP.
#
#   site a ── pa ── node ── pb ── site b: eth, and its second way in, eth2, on the same wire
#                       └── pc ── site b: alt
#
# Site b's end of the tunnel is an address of no wire, so any of the three can be its next hop.
# shellcheck disable=SC2317 # sl_ok calls functions by name
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=selftests/lib.sh
. selftests/lib.sh
# shellcheck source=selftests/sites.sh
. selftests/sites.sh
sl_private "$@"

sites() {
	sl_host node
	site_host a pa 198.18.1 fd01 && site_host b pb 198.18.2 fd02 || return 1
	sl_wire node pc b alt
	sl_in node ip addr add 198.18.3.254/24 dev pc
	sl_in b ip addr add 198.18.3.1/24 dev alt
	sl_in b ip link add eth2 link eth type macvlan mode private && sl_in b ip link set eth2 up
	# Each device answers for its own addresses only, and takes what comes on any way.
	sl_in b sysctl -qw net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2
	for dev in all eth eth2 alt; do
		sl_in b sysctl -qw "net.ipv4.conf.$dev.rp_filter=0"
	done
	sl_in b ip addr add 198.18.2.2/32 dev eth2
	sl_in b ip addr add 198.18.9.1/32 dev lo
	# The node notices in fractions of a second that a neighbour does not answer.
	for dev in pb pc; do
		sl_in node sysctl -qw "net.ipv4.neigh.$dev.base_reachable_time_ms=1000" "net.ipv4.neigh.$dev.retrans_time_ms=100" \
			"net.ipv4.neigh.$dev.delay_first_probe_time=1" "net.ipv4.neigh.$dev.gc_stale_time=1" \
			"net.ipv4.neigh.$dev.interval_probe_time_ms=500"
	done
	sl_in node ip route add 198.18.9.1 via 198.18.2.1
	sl_in b ip route add 198.18.1.254 via 198.18.2.254
	site_tunnel a gre1 198.18.1.1 198.18.1.254 10.0.0.1/24 1472 key 7 &&
		site_tunnel b gre1 198.18.9.1 198.18.1.254 10.0.1.1/24 1472 key 7 &&
		sl_in a ip route add 10.0.1.0/24 dev gre1 && sl_in b ip route add 10.0.0.0/24 dev gre1
}

cat >"$SL_WORK/wire.click" <<'CLICK'
FromDevice(eth0) -> there :: Counter -> Queue -> ToDevice(eth1);
FromDevice(eth1) -> back :: Counter -> Queue -> ToDevice(eth0);
CLICK
cat >"$SL_WORK/node.yaml" <<YAML
ports:
  - {name: pa, interface: pa}
  - {name: pb, interface: pb}
  - {name: pc, interface: pc}
tenants:
  - name: red
    graph: $SL_WORK/wire.click
    links:
      - {device: eth0, local: 198.18.1.254, remote: 198.18.1.1, key: 7}
      - {device: eth1, local: 198.18.1.254, remote: 198.18.9.1, key: 7}
YAML

# What `link list` says of the link to site b.
says() { # a word each: state, reason, next hop...
	local line word
	line=$(sl_ctl link list | awk '$1 == "red" && $2 == "eth1"')
	echo "$line"
	for word in "$@"; do
		[[ " $line " == *[[:space:]]"$word"[[:space:]]* ]] || return 1
	done
}

# Tunnel packets reach site b by this device, and by it alone: 10 pings are answered, and it is the one
# that caught 10 requests.
by() { # device
	local dev pid got=
	local -A pids
	for dev in eth eth2 alt; do
		site_catch "by-$dev" b "$dev" -Q "in" "proto 47 and ether dst $(sl_mac b "$dev")" || return 1
		pids[$dev]=$SL_PID
	done
	site_ping a 10.0.1.1 10 || return 1
	sl_wait 5 caught_by "$1" 10
	for dev in eth eth2 alt; do
		site_stop "${pids[$dev]}"
		got+="$dev $(site_caught "by-$dev" | grep -c "^$(hex_mac b "$dev")") "
	done
	echo "caught: $got"
	tcpdump -r "$SL_WORK/by-$1.pcap" -n -e -tt 2>&1
	case $1 in
	eth) [ "$got" = "eth 10 eth2 0 alt 0 " ] ;;
	eth2) [ "$got" = "eth 0 eth2 10 alt 0 " ] ;;
	alt) [ "$got" = "eth 0 eth2 0 alt 10 " ] ;;
	esac
}

caught_by() { # device, frames
	[ "$(site_caught "by-$1" | wc -l)" -ge "$2" ]
}

flows() {
	site_ping a 10.0.1.1 1 -W 1
}

lost() {
	link_number red/eth1 link-down
}

sl_ok "two sites, three wires" sites
sl_ok "a daemon" sl_daemon node
sl_ok "a node file" sl_ctl node apply "$SL_WORK/node.yaml"
sl_ok "the links come up" sl_wait 20 links_up
daemon=$SL_DAEMON
sl_ok "link list: up, and by what" says up 198.18.2.1 "$(sl_mac b eth)"
sl_ok "packets take the first way" by eth

# ---- Another Ethernet address --------------------------------------------------------------------
sl_in b sysctl -qw net.ipv4.conf.eth.arp_notify=1
sl_in b ip link set eth address 02:00:00:00:0b:01
sl_ok "a new Ethernet address that is announced: link list has it" sl_wait 20 says up 198.18.2.1 02:00:00:00:0b:01
sl_ok "packets follow" by eth
sl_in b sysctl -qw net.ipv4.conf.eth.arp_notify=0
sl_in b ip link set eth address 02:00:00:00:0b:02
sl_ok "one that is not announced: link list has it" sl_wait 30 says up 198.18.2.1 02:00:00:00:0b:02
sl_ok "packets follow" by eth

# ---- Another next hop ----------------------------------------------------------------------------
before=$(lost)
busy() {
	local i
	for ((i = 0; i < 50; i++)); do
		site_ping a 10.0.1.1 10 || return 1
	done
}
busy >"$SL_WORK/during" 2>&1 &
during=$!
sl_in node ip route replace 198.18.9.1 via 198.18.2.2
sl_ok "another router on the same wire: link list has it" sl_wait 20 says up 198.18.2.2 "$(sl_mac b eth2)"
sl_ok "no packet is lost while the route is replaced" wait $during
sl_ok "packets take the new way" by eth2
sl_in node ip route replace 198.18.9.1 via 198.18.3.1
sl_ok "a router behind another port: link list has it" sl_wait 20 says up 198.18.3.1 "$(sl_mac b alt)"
sl_ok "packets take that way" by alt
sl_ok "nothing was lost by a route" same "$before" lost
sl_in node ip route replace 198.18.9.1 via 198.18.2.1
sl_ok "and back" sl_wait 20 says up 198.18.2.1 02:00:00:00:0b:02
sl_ok "packets take the first way again" by eth

# ---- A neighbour that goes away ------------------------------------------------------------------
sl_in b ip link set eth arp off
sl_ok "a neighbour that is silent: link list says so" sl_wait 30 says down no-neighbour
before=$(lost)
sl_not "packets to it are not answered" site_ping a 10.0.1.1 5 -W 0.2
sl_ok "each is counted as dropped by the link" same $((before + 5)) lost
sl_in b ip link set eth arp on
sl_ok "it answers again: the link is up" sl_wait 30 says up up 198.18.2.1
sl_ok "packets flow, once the site has found the node again" sl_wait 10 flows
sl_ok "packets take that way again" by eth

# ---- A wire that is cut --------------------------------------------------------------------------
sl_in b ip link set eth down
sl_ok "no carrier: link list says so" sl_wait 20 says down port-down
sl_in b ip link set eth up
sl_in b ip route replace 198.18.1.254 via 198.18.2.254
sl_ok "the wire is back: the link is up" sl_wait 30 says up 198.18.2.1
sl_ok "packets flow" sl_wait 10 flows
sl_ok "by that wire" by eth

# ---- A route that is taken away ------------------------------------------------------------------
sl_in node ip route add unreachable 198.18.9.1 metric 5
sl_in node ip route del 198.18.9.1 via 198.18.2.1
sl_ok "a route that forbids: link list says so" sl_wait 20 says down unreachable
sl_in node ip route del unreachable 198.18.9.1 metric 5
sl_ok "no route: link list says so" sl_wait 20 says down no-route
sl_in node ip route add 198.18.9.1 via 198.18.3.1
sl_ok "a new route: the link is up" sl_wait 20 says up 198.18.3.1
sl_ok "packets take it" by alt

# ---- Without a daemon ----------------------------------------------------------------------------
{ kill -9 "$daemon" && wait "$daemon"; } 2>/dev/null
sl_ok "the daemon is dead: packets flow by the last known way" by alt
sl_in node ip route replace 198.18.9.1 via 198.18.2.1
sl_ok "a daemon that starts" sl_daemon node
sl_ok "takes the way of now" sl_wait 20 says up 198.18.2.1
sl_ok "packets take it" by eth
sl_done
