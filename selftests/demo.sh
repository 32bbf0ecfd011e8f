#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The main job on real packets: two tenants on one node, their sites reached by GRE tunnels, ordinary
# programs at the sites. Explains itself as it goes; leaves nothing behind.
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=selftests/lib.sh
. selftests/lib.sh
sl_private "$@"

failed=0
lost=0

step() {
	printf '\n== %s\n' "$*"
}

say() {
	printf '   %s\n' "$*"
}

# Runs a command, showing it and what it prints, indented.
show() {
	printf '   $ %s\n' "$*"
	"$@" 2>&1 | sed 's/^/     /'
	return "${PIPESTATUS[0]}"
}

must() { # what is wrong if it fails, command...
	local wrong=$1
	shift
	if ! "$@"; then
		say "FAILED: $wrong"
		failed=1
	fi
}

# A site: its wire to the node, and a GRE tunnel in user space over it.
site() { # name, port of the node, subnet number of the wire, key, inner address, inner network of the other site
	local name=$1 port=$2 net=$3 key=$4 inner=$5 other=$6
	sl_host "$name"
	sl_wire node "$port" "$name" eth
	sl_in node ip addr add "192.0.2.$((net + 1))/30" dev "$port"
	sl_in "$name" ip addr add "192.0.2.$((net + 2))/30" dev eth
	sl_start "$name" "$SL_TOOLS/gretun" gre1 "192.0.2.$((net + 2))" "192.0.2.$((net + 1))" key "$key" >/dev/null
	sl_wait 10 sl_in "$name" ip link show gre1 || {
		say "FAILED: $name has no tunnel"
		exit 1
	}
	sl_in "$name" ip link set gre1 mtu 1472
	sl_in "$name" ip addr add "$inner/24" dev gre1
	sl_in "$name" ip route add "$other" dev gre1
}

# Packets lost by a ping: its count of those not answered.
pinged() { # site, address, packets, interval
	local out
	out=$(sl_in "$1" ping -q -c "$3" -i "$4" -W 2 "$2")
	local sent got
	sent=$(sed -n 's/^\([0-9]*\) packets transmitted.*/\1/p' <<<"$out")
	got=$(sed -n 's/.* \([0-9]*\) received.*/\1/p' <<<"$out")
	say "$1 -> $2: ${sent:-no} packets sent, ${got:-0} answered"
	lost=$((lost + ${sent:-0} - ${got:-0}))
	[ -n "$sent" ] && [ "$sent" = "$got" ]
}

throughput() { # from, to, address
	local pid out status
	sl_start "$2" iperf3 -s -1 -p 5201 >/dev/null 2>&1
	pid=$SL_PID
	sl_wait 5 sl_in "$2" sh -c "ss -ltn | grep -q :5201"
	out=$(sl_in "$1" timeout 30 iperf3 -c "$3" -p 5201 -t 2 -f m --connect-timeout 5000 2>&1)
	status=$?
	awk '/receiver/ {print "   TCP through the tenant: " $7 " " $8}' <<<"$out"
	# A server that nobody reached waits for ever.
	[ $status -eq 0 ] || kill "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	return $status
}

step "A node, and two sites of each of two tenants, in network namespaces of their own"
say "red and blue use the same inner addresses; neither will notice"
sl_host node
site reda ra 0 7 10.0.0.1 10.0.1.0/24
site redb rb 4 7 10.0.1.1 10.0.0.0/24
site bluea ba 8 9 10.0.0.1 10.0.1.0/24
site blueb bb 12 9 10.0.1.1 10.0.0.0/24

cat >"$SL_WORK/node.yaml" <<YAML
ports:
  - {name: ra, interface: ra}
  - {name: rb, interface: rb}
  - {name: ba, interface: ba}
  - {name: bb, interface: bb}
tenants:
  - name: red
    graph: $SL_ROOT/configs/router2.click
    links:
      - {device: eth0, local: 192.0.2.1, remote: 192.0.2.2, key: 7, address: 10.0.0.254/24}
      - {device: eth1, local: 192.0.2.5, remote: 192.0.2.6, key: 7, address: 10.0.1.254/24}
  - name: blue
    graph: $SL_ROOT/configs/firewall.click
    vars: [INSIDE=10.0.0.0/24, WEB=10.0.0.80]
    links:
      - {device: eth0, local: 192.0.2.9, remote: 192.0.2.10, key: 9, address: 10.0.0.254/24}
      - {device: eth1, local: 192.0.2.13, remote: 192.0.2.14, key: 9, address: 10.0.1.254/24}
YAML

step "The daemon starts, and the node file is applied: ports attached, graphs compiled, links bound"
sl_daemon node || exit 1
must "the node file was refused" show sl_ctl node apply "$SL_WORK/node.yaml"
say "a second time there is nothing to do:"
show sl_ctl node apply "$SL_WORK/node.yaml"
must "links do not come up" sl_wait 10 sh -c "! nsenter --net=/run/netns/sl-node-$$ -- $SL_BIN/sluicectl -j link list | grep -q '\"state\": *\"down\"'"
show sl_ctl link list

step "red routes between its sites (Click's standard IP router), both ways"
must "packets were lost" pinged reda 10.0.1.1 20 0.02
must "packets were lost" pinged redb 10.0.0.1 20 0.02
must "no TCP through red" throughput reda redb 10.0.1.1

step "blue filters: the inner network may go out; from outside only what it allows comes in"
must "packets were lost" pinged bluea 10.0.1.1 20 0.02
say "a ping from outside is denied by the graph:"
if sl_in blueb ping -q -c 3 -i 0.05 -W 1 10.0.0.1 >/dev/null; then
	say "FAILED: it came through"
	failed=1
else
	say "blueb -> 10.0.0.1: no answer, as the filter says"
fi
must "no TCP through blue" throughput bluea blueb 10.0.1.1

step "red's graph is replaced 10 times under traffic"
sl_in reda ping -q -c 1500 -i 0.002 -W 2 10.0.1.1 >"$SL_WORK/ping" &
ping_pid=$!
cp configs/router2.click "$SL_WORK/other.click"
printf '\n// As before, with one element more.\nIdle -> extra :: Counter -> Discard;\n' >>"$SL_WORK/other.click"
for i in 1 2 3 4 5; do
	must "install $i" sl_ctl tenant install red "$SL_WORK/other.click" >/dev/null
	must "rollback $i" sl_ctl tenant rollback red >/dev/null
done
wait "$ping_pid"
say "$(grep transmitted "$SL_WORK/ping")"
lost=$((lost + $(awk '/transmitted/ {print $1 - $4}' "$SL_WORK/ping")))
must "packets were lost while graphs were replaced" grep -q ' 0% packet loss' "$SL_WORK/ping"

step "The daemon is killed; packets keep flowing; a new one takes up what it finds"
kill -9 "$SL_DAEMON"
wait "$SL_DAEMON" 2>/dev/null
must "packets were lost without a daemon" pinged reda 10.0.1.1 50 0.01
sl_daemon node || exit 1
must "packets were lost after the restart" pinged redb 10.0.0.1 20 0.02

step "Counters: sluicectl, and plain bpftool"
show sl_ctl stats red
printf '   $ bpftool map dump pinned /sys/fs/bpf/sluice/blue/counters\n'
bpftool map dump pinned /sys/fs/bpf/sluice/blue/counters | sed 's/^/     /' | head -40

step "Cleaning up"
must "tenants stay" sl_ctl tenant remove red >/dev/null
must "tenants stay" sl_ctl tenant remove blue >/dev/null
for p in ra rb ba bb; do
	must "ports stay" sl_ctl port detach $p >/dev/null
done
say "packets lost in all: $lost"
if [ $failed -ne 0 ] || [ "$lost" -ne 0 ]; then
	say "the demo FAILED; the daemon's log:"
	sed 's/^/     /' "$SL_WORK/sluiced.log" | tail -40
	exit 1
fi
say "done"
