#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# IPv6 through a tenant's router, configs/router6.click, whose links are ports of its own (red), GRE
# tunnels that carry Ethernet (blue) and GRE tunnels that carry IP (green). The sites are kernels: they
# discover the router as it discovers them, send TCP, and believe its errors. TAP.
#
#   a ── pa ═ red ═ pb ── b        c ══ pc ═ blue ═ pd ══ d        e ══ pe ═ green ═ pf ══ f
#
# Each site has 2001:db8:0:N::1, the router ::fe on both networks; of what goes wrong it speaks with the
# address of the network the packet was for.
# shellcheck disable=SC2317 # sl_ok calls functions by name
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=selftests/lib.sh
. selftests/lib.sh
# shellcheck source=selftests/sites.sh
. selftests/sites.sh
sl_private "$@"

bytes=${BYTES:-1000000}
left=2001:db8::
right=2001:db8:0:1::

# The inner address of a site, and the router as its way to everywhere (none: the device is the way).
inner() { # site, device, MTU, network, router
	sl_in "$1" ip link set "$2" mtu "$3"
	sl_in "$1" sysctl -qw "net.ipv6.conf.$2.accept_dad=0" "net.ipv6.conf.$2.router_solicitations=0"
	sl_in "$1" ip addr add "${4}1/64" dev "$2" nodad
	# shellcheck disable=SC2086 # none is no word
	sl_in "$1" ip -6 route add default ${5:+via $5} dev "$2"
}

# The wires take more than the router hands on, so that it has something to say.
direct() { # site, port, network
	sl_host "$1"
	sl_wire node "$2" "$1" eth
	sl_in node ip link set "$2" mtu 1600
	inner "$1" eth 1600 "$3" "${3}fe"
}

tunnel() { # site, port, wire's network number, inner network, key, MTU, tap (carries Ethernet)
	site_host "$1" "$2" "198.18.$3" "fd0$3"
	# shellcheck disable=SC2086 # none is no word
	site_start "$1" ready "$SL_TOOLS/gretun" gre1 "198.18.$3.1" "198.18.$3.254" key "$5" ${7:-} || return 1
	inner "$1" gre1 "$6" "$4" ${7:+"${4}fe"}
}

hosts() {
	sl_host node
	direct a pa "$left"
	direct b pb "$right"
	tunnel c pc 3 "$left" 7 1458 tap && tunnel d pd 4 "$right" 7 1458 tap &&
		tunnel e pe 5 "$left" 8 1472 && tunnel f pf 6 "$right" 8 1472
}

# Where links are tunnels, the router hands on less than they carry.
sed 's/1500/1400/g' configs/router6.click >"$SL_WORK/less.click"
link() { # device, site's port, wire's network number, key, payload
	echo "      - {device: $1, local: 198.18.$3.254, remote: 198.18.$3.1, key: $4, port: $2, payload: $5}"
}
cat >"$SL_WORK/node.yaml" <<YAML
ports:
$(for p in a b c d e f; do echo "  - {name: p$p, interface: p$p}"; done)
tenants:
  - name: red
    graph: $SL_ROOT/configs/router6.click
    links:
      - {device: eth0, kind: direct, port: pa}
      - {device: eth1, kind: direct, port: pb}
  - name: blue
    graph: $SL_WORK/less.click
    links:
$(link eth0 pc 3 7 ether)
$(link eth1 pd 4 7 ether)
  - name: green
    graph: $SL_WORK/less.click
    links:
$(link eth0 pe 5 8 ip)
$(link eth1 pf 6 8 ip)
YAML

ping_once() { # site, address, options...
	local site=$1 to=$2
	shift 2
	sl_in "$site" ping -6 -n -c 1 -W 2 "$@" "$to"
}

told() { # site, address, what ping is to say, options...
	local site=$1 to=$2 what=$3
	shift 3
	ping_once "$site" "$to" "$@" >"$SL_WORK/told" 2>&1
	cat "$SL_WORK/told"
	grep -q "$what" "$SL_WORK/told"
}

# What is on the way, a hop limit after the other, as traceroute asks.
way() { # site, address
	local hop
	for hop in 1 2; do
		ping_once "$1" "$2" -t "$hop" | sed -n 's/.*From \([^ ]*\) .*Hop limit.*/\1/p; s/.*bytes from \([^ ]*\):.*/\1/p'
	done
}

way_is() { # site, address, what is on the way
	local got
	got=$(way "$1" "$2" | tr '\n' ' ')
	echo "$got"
	[ "$got" = "$3 " ]
}

path_mtu() { # site, address
	sl_in "$1" ip -6 route get "$2" | grep -o 'mtu [0-9]*' | head -1
}

too_long() { # site, address, MTU, router; a packet as long passes, and one byte more does not
	sl_in "$1" ip -6 route flush cache
	ping_once "$1" "$2" -M "do" -s $(($3 - 48)) &&
		told "$1" "$2" "From $4 .*Packet too big: mtu=$3" -M "do" -s $(($3 - 47)) &&
		[ "$(path_mtu "$1" "$2")" = "mtu $3" ]
}

# Neighbours the router knows by a device.
neighbours() { # tenant, element
	sl_ctl read "$1/$2.table" | awk 'NF' | wc -l
}

# Drops that are no loss: packets that became a question, and what ends in an element on purpose.
drops_but() { # tenant, reasons that may be there
	sl_ctl -j stats "$1" | python3 -c '
import json, sys
d = json.load(sys.stdin)["tenant"]["drops"]
d = {x["reason"]: x["packets"] for x in d} if isinstance(d, list) else dict(d)
print(d)
sys.exit(any(n for r, n in d.items() if r not in sys.argv[1:]))' "${@:2}"
}

through() { # tenant, site, other site, MTU, neighbours by each device
	sl_ok "$1: a finds its way to b" sl_wait 30 ping_once "$2" ${right}1
	sl_ok "$1: and b to a" sl_wait 30 ping_once "$3" ${left}1
	sl_ok "$1: neighbours that discovery found" test "$(neighbours "$1" nds0) $(neighbours "$1" nds1)" = "$5 $5"
	sl_ok "$1: 40 pings" site_ping "$2" ${right}1 40
	sl_ok "$1: and back, as long as packets may be" site_ping "$3" ${left}1 40 -M "do" -s $(($4 - 48))
	sl_ok "$1: the way is the router and the other site" way_is "$2" ${right}1 "${right}fe ${right}1"
	sl_ok "$1: and from the other site" way_is "$3" ${left}1 "${left}fe ${left}1"
	sl_ok "$1: a packet too long is answered, and the sender believes it" too_long "$2" ${right}1 "$4" ${right}fe
	sl_in "$2" ip -6 route flush cache
	sl_ok "$1: a hashed TCP transfer both ways" site_transfer "$3" ${right}1 "$2" "$bytes"
	sl_ok "$1: TCP found out what passes" test "$(path_mtu "$2" ${right}1)" = "mtu $4"
	sl_ok "$1: nothing is lost for another reason" drops_but "$1" no-neighbour element
}

sl_ok "six sites" hosts || exit 1
sl_daemon node || exit 1
sl_ok "three tenants with an IPv6 router each" sl_ctl node apply "$SL_WORK/node.yaml"
sl_ok "all links are up" sl_wait 20 links_up
through red a b 1500 1
through blue c d 1400 1
through green e f 1400 0
sl_done
