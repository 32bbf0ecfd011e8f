#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A route table changed while it routes: by handlers, from the sandbox to the maps; what was changed
# outlives the daemon, and a graph that follows. TAP.
# shellcheck disable=SC2317 # sl_ok calls functions by name
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=selftests/lib.sh
. selftests/lib.sh
sl_private "$@"

# Two hosts of a tenant, and a router between them that knows their Ethernet addresses.
hosts() {
	sl_host node
	sl_host a
	sl_host b
	sl_wire node p0 a eth
	sl_wire node p1 b eth
	sl_in a ip addr add 10.0.0.1/24 dev eth
	sl_in b ip addr add 10.0.1.1/24 dev eth
	sl_in a ip neigh replace 10.0.0.254 lladdr 02:00:00:00:00:fe dev eth nud permanent
	sl_in b ip neigh replace 10.0.1.254 lladdr 02:00:00:00:00:fe dev eth nud permanent
	sl_in a ip route add default via 10.0.0.254
	sl_in b ip route add default via 10.0.1.254
}

graph() { # routes
	cat <<CLICK
FromDevice(eth0) -> in :: Strip(14) -> CheckIPHeader -> rt :: RadixIPLookup($1);
FromDevice(eth1) -> Strip(14) -> CheckIPHeader -> rt;
rt[0] -> EtherEncap(0x0800, 02:00:00:00:00:fe, $(sl_mac a eth)) -> ToDevice(eth0);
rt[1] -> EtherEncap(0x0800, 02:00:00:00:00:fe, $(sl_mac b eth)) -> ToDevice(eth1);
CLICK
}

reaches() { # times it is tried
	sl_in a ping -n -q -c "$1" -i 0.05 -W 1 10.0.1.1
}

table_has() { # lines, a text in it
	sl_ctl read red/rt.table >"$SL_WORK/table" || return 1
	cat "$SL_WORK/table"
	[ "$(grep -c . "$SL_WORK/table")" -eq "$1" ] && grep -q "$2" "$SL_WORK/table"
}

generation() {
	ls /sys/fs/bpf/sluice/red
}

says() { # text, command...
	local text=$1
	shift
	"$@" 2>&1 | tee "$SL_WORK/said"
	grep -q "$text" "$SL_WORK/said"
}

restart() {
	kill -KILL "$SL_DAEMON"
	wait "$SL_DAEMON" 2>/dev/null
	sl_daemon node
}

hosts || exit 1
graph "10.0.0.0/24 0, 10.9.0.0/16 0" >"$SL_WORK/g.click"
cat >"$SL_WORK/node.yaml" <<YAML
ports:
  - {name: p0, interface: p0}
  - {name: p1, interface: p1}
tenants:
  - name: red
    graph: $SL_WORK/g.click
    links:
      - {device: eth0, kind: direct, port: p0}
      - {device: eth1, kind: direct, port: p1}
YAML
sl_daemon node || exit 1
sl_ok "a router without a way to b" sl_ctl node apply "$SL_WORK/node.yaml"
sl_not "nothing reaches b" reaches 1
sl_ok "the first change" sl_ctl write red/rt.add 10.0.1.0/24 1
sl_ok "b is reached" sl_wait 10 reaches 1
before=$(generation)
sl_ok "a change where routes are in a map" sl_ctl write red/rt.remove 10.0.1.0/24
sl_not "acts at once" reaches 1
sl_ok "several changes" sl_ctl write red/rt.ctrl "$(printf 'add 10.0.1.0/25 1\nremove 10.9.0.0/16\nadd 192.0.2.0/24 10.0.1.7 1')"
sl_ok "act at once" reaches 5
sl_ok "without another graph" test "$before" = "$(generation)"
sl_ok "the table says so" table_has 3 "10.0.1.0/25"
sl_ok "and what an address gets" says "1 10.0.1.7" sl_ctl read red/rt.lookup 192.0.2.200
sl_ok "a route that is there is not added" says "conflict with existing route '10.0.1.0/25 - 1'" \
	sl_fails sl_ctl write red/rt.add 10.0.1.1/25 0
sl_ok "one that is not there is not removed" says "not found" sl_fails sl_ctl write red/rt.remove 11.0.0.0/8
sl_ok "the daemon is killed, another begins" restart
sl_ok "routes stayed" table_has 3 "10.0.1.0/25"
sl_ok "and packets" reaches 5
sl_ok "the new one changes them" sl_ctl write red/rt.remove 192.0.2.0/24
sl_ok "which is seen" table_has 2 "10.0.0.0/24"

graph "10.0.0.0/24 0, MAP true" >"$SL_WORK/g.click"
sl_ok "a graph with other routes begins with these" sl_ctl tenant install red "$SL_WORK/g.click"
sl_ok "as it says" table_has 1 "10.0.0.0/24"
sl_ok "a route is added" sl_ctl write red/rt.set 10.0.1.0/24 1
sed -i 's/in :: Strip(14)/in :: Strip(14) -> c :: Counter/' "$SL_WORK/g.click"
sl_ok "one with the same routes goes on" sl_ctl tenant install red "$SL_WORK/g.click"
sl_ok "with what was added" table_has 2 "10.0.1.0/24"
sl_ok "for packets, too" reaches 5
sl_ok "all routes go" sl_ctl write red/rt.flush
sl_not "and nothing is forwarded" reaches 1
sl_done
