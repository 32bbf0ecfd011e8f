#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The host goes down without a warning: pins, run directory, interfaces and daemon are gone, /var/lib is
# left. A daemon that starts makes the node what it was, before and after its interfaces are there. TAP.
#
# "Down" is: the daemon killed, the node's network namespace deleted, bpffs and /run/sluice mounted anew.
# shellcheck disable=SC2317 # sl_ok calls functions by name
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=selftests/lib.sh
. selftests/lib.sh
# shellcheck source=selftests/sites.sh
. selftests/sites.sh
sl_private "$@"

# Sites stay through it; their wires are new each time.
wire() { # site, port, net
	sl_wire node "$2" "$1" eth
	sl_in node ip addr add "198.18.$3.254/24" dev "$2"
	sl_in "$1" ip addr add "198.18.$3.1/24" dev eth
}

wires() {
	wire a pa 1
	wire b pb 2
}

site() { # site, number of the wire, network of the other site
	site_tunnel "$1" gre1 "198.18.$2.1" "198.18.$2.254" "10.0.$(($2 - 1)).1/24" 1472 key 7 &&
		sl_in "$1" ip route add "10.0.$3.0/24" dev gre1
}

sites() {
	sl_host node
	sl_host a
	sl_host b
	wires
	site a 1 1 && site b 2 0
}

cat >"$SL_WORK/node.yaml" <<YAML
ports:
  - {name: pa, interface: pa}
  - {name: pb, interface: pb}
tenants:
  - name: red
    owner: 1234
    graph: $SL_WORK/router.click
    vars: [COLOUR=3]
    links:
      - {device: eth0, local: 198.18.1.254, remote: 198.18.1.1, key: 7, address: 10.0.0.254/24}
      - {device: eth1, local: 198.18.2.254, remote: 198.18.2.1, key: 7, address: 10.0.1.254/24}
  - name: idle
    graph: $SL_WORK/router.click
    vars: [COLOUR=4]
    links:
      - {device: eth0, local: 198.18.1.254, remote: 198.18.1.1, key: 9}
      - {device: eth1, local: 198.18.2.254, remote: 198.18.2.1, key: 9}
YAML
cat >"$SL_WORK/router.click" <<'CLICK'
rt :: RadixIPLookup(10.0.0.0/24 0, 10.0.1.0/24 1);
FromDevice(eth0) -> ip :: Strip(14) -> CheckIPHeader -> Paint($COLOUR) -> cnt :: Counter -> rt;
FromDevice(eth1) -> ip;
rt[0] -> DecIPTTL -> t0 :: PaintTee(3) -> EtherEncap(0x0800, 2:0:0:0:0:1, 2:0:0:0:0:2) -> Queue -> ToDevice(eth0);
rt[1] -> DecIPTTL -> EtherEncap(0x0800, 2:0:0:0:0:1, 2:0:0:0:0:2) -> Queue -> ToDevice(eth1);
t0[1] -> copies :: Counter -> Discard;
CLICK
sed 's/cnt :: Counter/cnt :: Counter -> second :: Counter/' "$SL_WORK/router.click" >"$SL_WORK/second.click"

goes_down() {
	kill -9 "$SL_DAEMON"
	wait "$SL_DAEMON" 2>/dev/null
	ip netns del "sl-node-$$"
	umount /sys/fs/bpf && mount -t bpf bpf /sys/fs/bpf && umount /run/sluice && mount -t tmpfs -o mode=755 tmpfs /run/sluice
}

# Until the namespace's devices are gone, the sites' ends of the wires are.
comes_up() {
	sl_wait 10 sl_fails sl_in a ip link show eth && sl_wait 10 sl_fails sl_in b ip link show eth || return 1
	ip netns add "sl-node-$$" && sl_in node ip link set lo up
}

# What the node is, less what a reboot may change: numbers of kernel objects, counters, times.
shape() {
	sl_ctl -j tenant list | tr -d ' \n' |
		grep -oE '"(name|state|owner)":"?[a-z0-9-]*"?|"(elements|links|segments)":[0-9]+' | tr '\n' ' '
	sl_ctl -j link list | tr -d ' \n' | grep -oE '"(device|local|remote|state)":"[^"]*"|"key":[0-9]+' | tr '\n' ' '
	sl_ctl -j port list | tr -d ' \n' | grep -oE '"(name|interface|mode)":"[^"]*"' | tr '\n' ' '
}

is_as_before() {
	local now
	now=$(shape)
	diff <(tr ' ' '\n' <<<"$BEFORE") <(tr ' ' '\n' <<<"$now")
}

flows() { # what is sent
	sl_ok "$1: links are up" sl_wait 20 links_up
	sl_ok "$1: the node is what it was" sl_wait 10 is_as_before
	sl_ok "$1: pings" site_ping a 10.0.1.1 10
	sl_ok "$1: a transfer both ways keeps its hash" site_transfer b 10.0.1.1 a 300000
}

nothing_left() {
	[ ! -e /sys/fs/bpf/sluice ] && [ -z "$(ls /run/sluice)" ] && [ -n "$(ls /var/lib/sluice)" ]
}

sl_ok "two sites" sites
sl_ok "a daemon" sl_daemon node
sl_ok "a node file" sl_ctl node apply "$SL_WORK/node.yaml"
sl_ok "another graph for red" sl_ctl tenant install red "$SL_WORK/second.click" COLOUR=3
sl_ok "a route written at run time" sl_ctl write red/rt.add 10.7.0.0/16 1
sl_ok "a tenant that is stopped" sl_ctl tenant stop idle
sl_wait 20 links_up
BEFORE=$(shape)
flows "before"

sl_ok "the host goes down" goes_down
sl_ok "only /var/lib is left" nothing_left
sl_ok "it comes up" comes_up
wires
for s in "a 1" "b 0"; do
	read -r site net <<<"$s"
	sl_in "$site" ip route replace "10.0.$net.0/24" dev gre1
done
sl_ok "a daemon starts" sl_daemon node
flows "rebooted"
sl_ok "rebooted: red runs the graph that was installed last" sl_ctl read red/second.count
routes() {
	sl_ctl read red/rt.table | grep "^10\.7\.0\.0"
}
sl_ok "rebooted: with the route that was written" routes
sl_ok "rebooted: rollback leads to before that" sl_ctl tenant rollback red
sl_not "rebooted: and the route is gone" routes
sl_ok "rebooted: pings through that" site_ping a 10.0.1.1 10
BEFORE=$(shape)

sl_ok "the host goes down again" goes_down
sl_ok "it comes up" comes_up
sl_ok "a daemon starts before there are interfaces" sl_daemon node
sl_ok "it knows its tenants" sl_ctl tenant show red
wires
flows "interfaces that came later"
sl_ok "the stopped tenant starts" sl_ctl tenant start idle
sl_ok "the file it all came from changes nothing but what was changed since" sl_ctl node apply "$SL_WORK/node.yaml"
sl_ok "pings" site_ping a 10.0.1.1 10
sl_done
