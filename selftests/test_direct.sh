#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Ports that belong to tenants: red routes between two of them, and finds its neighbours by ARP; blue
# bridges VLAN 7 of a third to a fourth, where the same frames have no tag. TAP.
# shellcheck disable=SC2317 # sl_ok calls functions by name
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=selftests/lib.sh
. selftests/lib.sh
# shellcheck source=selftests/sites.sh
. selftests/sites.sh
sl_private "$@"

hosts() {
	sl_host node
	site_lan a p0 10.0.0.1/24 10.0.0.254
	site_lan b p1 10.0.1.1/24 10.0.1.254
	site_lan c p2
	site_lan d p3 10.0.7.2/24
	# What the new device would say of itself may come before there is a graph, and is counted then.
	sl_in c sysctl -qw net.ipv6.conf.default.disable_ipv6=1
	site_start c ready "$SL_TOOLS/vlantap" tag eth 7 && sl_in c ip addr add 10.0.7.1/24 dev tag
}

cat >"$SL_WORK/bridge.click" <<'CLICK'
FromDevice(eth0) -> forth :: Counter -> ToDevice(eth1);
FromDevice(eth1) -> back :: Counter -> ToDevice(eth0);
CLICK
cat >"$SL_WORK/node.yaml" <<YAML
ports:
  - {name: p0, interface: p0}
  - {name: p1, interface: p1}
  - {name: p2, interface: p2}
  - {name: p3, interface: p3}
tenants:
  - name: red
    graph: $SL_ROOT/configs/router2.click
    links:
      - {device: eth0, kind: direct, port: p0}
      - {device: eth1, kind: direct, port: p1}
  - name: blue
    graph: $SL_WORK/bridge.click
    links:
      - {device: eth0, kind: direct, port: p2, vlan: 7}
      - {device: eth1, kind: direct, port: p3}
YAML

ping_once() { # host, address
	sl_in "$1" ping -n -q -c 1 -W 1 "$2"
}

# What ends in an element (ARP replies do) is no loss.
drops_but() { # tenant, reasons that may be there
	sl_ctl -j stats "$1" | python3 -c '
import json, sys
d = json.load(sys.stdin)["tenant"]["drops"]
d = {x["reason"]: x["packets"] for x in d} if isinstance(d, list) else dict(d)
print(d)
sys.exit(any(n for r, n in d.items() if r not in sys.argv[1:]))' "${@:2}"
}

hosts || exit 1
sl_daemon node || exit 1
sl_ok "ports become tenants' own" sl_ctl node apply "$SL_WORK/node.yaml"
sl_ok "links need nobody's address" sl_wait 10 links_up

# The packet that finds a neighbour unknown becomes the question: the first ones are lost.
sl_ok "neighbours are found by ARP" sl_wait 20 ping_once a 10.0.1.1
sl_ok "and the other way" sl_wait 20 ping_once b 10.0.0.1
sl_ok "40 pings through the router" site_ping a 10.0.1.1 40
sl_ok "and as long as a frame may be" site_ping b 10.0.0.1 40 -M "do" -s 1472
sl_ok "a hashed transfer both ways" site_transfer a 10.0.0.1 b 2000000
sl_ok "a packet whose time is over is answered" sh -c \
	"nsenter --net=/run/netns/sl-a-$$ ping -n -c 1 -W 2 -t 1 10.0.1.1 | grep -q 'From 10.0.0.254.*Time to live exceeded'"
sl_ok "nothing is dropped for another reason" drops_but red no-neighbour element

sl_ok "the neighbour behind a tag" sl_wait 20 ping_once c 10.0.7.2
sl_ok "40 pings from a VLAN to a wire without tags" site_ping c 10.0.7.2 40
sl_ok "and back" site_ping d 10.0.7.1 40
sl_ok "a hashed transfer both ways behind the tag" site_transfer c 10.0.7.1 d 2000000
sl_ok "nothing is dropped" drops_but blue
sl_not "the host answers on none of these ports" ping_once d 10.0.7.254
sl_done
