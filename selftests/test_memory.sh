#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A tenant's memory limit, held for what the kernel keeps for it: maps are charged to a control group of
# the tenant's, a graph that wants more is refused with the arithmetic while the old one runs on, tables
# grow as far as the limit, nobody is killed for want of memory, and no group is left. TAP.
# shellcheck disable=SC2317,SC2016 # sl_ok calls functions by name, and eval
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=selftests/lib.sh
. selftests/lib.sh
# shellcheck source=selftests/sites.sh
. selftests/sites.sh
sl_private "$@"

# Where tenants' groups are, and the file with the limit; nothing where there is no controller.
place() {
	local v1 v2
	v1=$(awk '$3 == "cgroup" && $4 ~ /(^|,)memory(,|$)/ { print $2; exit }' /proc/self/mounts)
	v2=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
	LIMIT=memory.limit_in_bytes OOM=memory.oom_control
	if [ -z "$v1" ]; then
		grep -qw memory "$v2/cgroup.controllers" 2>/dev/null || return 1
		LIMIT=memory.max OOM=memory.events
	fi
	GROUPS_AT=${v1:-$v2}/sluice-$(stat -c %d /sys/fs/bpf)
}

group() { # name
	echo "$GROUPS_AT/tenant-$1"
}

# Remembers pairs of addresses on the way from a to b: so many, in so many tables.
pairs() { # capacity, tables
	local k
	echo "FromDevice(eth0) -> Strip(14) -> CheckIPHeader"
	for ((k = 1; k <= $2; k++)); do
		echo "  -> pairs$k :: AggregateIPAddrPair(CAPACITY $1)"
	done
	echo "  -> Unstrip(14) -> ToDevice(eth1); FromDevice(eth1) -> ToDevice(eth0);"
}

node_file() { # memory of red, more of it
	cat <<-YAML
		ports:
		  - {name: pa, interface: pa}
		  - {name: pb, interface: pb}
		tenants:
		  - name: red
		    budget: {memory: $1}
		    links:
		      - {device: eth0, kind: direct, port: pa}
		      - {device: eth1, kind: direct, port: pb}
	YAML
}

start() {
	site_lans one
	pairs 20000 1 >"$SL_WORK/small.click"
	pairs 60000 1 >"$SL_WORK/middle.click"
	pairs 62000 2 >"$SL_WORK/large.click"
	pairs 65000 15 >"$SL_WORK/huge.click"
	node_file 16MiB >"$SL_WORK/node.yaml"
	sl_daemon node && sl_ctl node apply "$SL_WORK/node.yaml" && sl_ctl tenant install red "$SL_WORK/small.click" &&
		sl_in a ip neigh replace 10.0.0.2 lladdr "$(sl_mac b eth)" dev eth nud permanent &&
		sl_in b ip neigh replace 10.0.0.1 lladdr "$(sl_mac a eth)" dev eth nud permanent &&
		sl_wait 10 sl_in a ping -n -q -c 1 -W 1 10.0.0.2
}

# Runs Python over red's memory, `m`, and prints it.
memory() { # expression that is true
	sl_ctl -j stats red >"$SL_WORK/now.json" || return 1
	python3 - "$SL_WORK/now.json" "$1" <<-'PY'
		import json, sys
		m = json.load(open(sys.argv[1]))["tenant"]["memory"]
		text = ", ".join("%s %s" % (k, v) for k, v in m.items())
		print(text)
		print("# " + text, file=open(sys.argv[1] + ".figures", "a"))
		sys.exit(not eval(sys.argv[2]))
	PY
}

limited() { # MiB; what is not charged is taken off, and the one who makes maps has a MiB
	local is
	is=$(cat "$(group red)/$LIMIT") && echo "$is" && [ "$is" -le $((($1 + 1) << 20)) ] && [ "$is" -gt $((($1 - 2) << 20)) ]
}

refused() { # command...; what it says is in `said`
	if "$@" >"$SL_WORK/said" 2>&1; then
		cat "$SL_WORK/said"
		return 1
	fi
	cat "$SL_WORK/said"
}

says() { # text...
	for text in "$@"; do
		grep -q -- "$text" "$SL_WORK/said" || {
			echo "not said: $text"
			cat "$SL_WORK/said"
			return 1
		}
	done
}

# What is refused costs no packet: pings of 10 ms before, during and after.
refused_under_pings() {
	sl_in a ping -n -q -c 200 -i 0.01 -W 1 10.0.0.2 >"$SL_WORK/pings" &
	local pings=$!
	refused sl_ctl tenant install red "$SL_WORK/huge.click" || return 1
	wait "$pings"
	cat "$SL_WORK/pings"
	grep -q " 0% packet loss" "$SL_WORK/pings"
}

generation() {
	echo /sys/fs/bpf/sluice/red/gen-*
}

nobody_killed() {
	cat "$(group red)/$OOM"
	kill -0 "$SL_DAEMON" && grep -q "^oom_kill 0" "$(group red)/$OOM"
}

# The groups there are.
groups_are() { # names...
	local want="$*" is
	is=$(cd "$GROUPS_AT" 2>/dev/null && echo tenant-*/ | sed 's/tenant-//g; s#/##g')
	[ "${is:-}" != "*" ] || is=
	echo "groups: $is"
	[ "$is" = "$want" ]
}

others() { # memory of grey, its graph
	node_file 16MiB >"$SL_WORK/two.yaml"
	cat >>"$SL_WORK/two.yaml" <<-YAML
		  - name: grey
		    budget: {memory: $1}
		    graph: $SL_WORK/$2.click
		    links:
		      - {device: eth0, local: 192.0.2.1, remote: 192.0.2.2, key: 1}
		      - {device: eth1, local: 192.0.2.1, remote: 192.0.2.2, key: 2}
	YAML
	sl_ctl node apply "$SL_WORK/two.yaml"
}

routes() {
	cat <<-CLICK
		FromDevice(eth0) -> Strip(14) -> CheckIPHeader -> rt :: RadixIPLookup(10.0.0.2/32 0, 0.0.0.0/0 1);
		FromDevice(eth1) -> ToDevice(eth0);
		rt[0] -> Unstrip(14) -> ToDevice(eth1);
		rt[1] -> Discard;
	CLICK
}

# Adds routes, many at a time, until there is no room.
fill_routes() {
	local k
	for ((k = 0; k < 200; k++)); do
		python3 - "$k" >"$SL_WORK/more" <<-'PY'
			import sys
			k = int(sys.argv[1]) * 150
			for i in range(k, k + 150):
			    print("add 11.%d.%d.1/32 0" % (i >> 8 & 255, i & 255))
		PY
		sl_ctl write red/rt.ctrl "$(cat "$SL_WORK/more")" >"$SL_WORK/said" 2>&1 || {
			echo "# $((k * 150)) routes before there was no room" >>"$SL_WORK/now.json.figures"
			return 0
		}
	done
	echo "all were taken"
	return 1
}

kill_and_return() {
	kill -9 "$SL_DAEMON"
	wait "$SL_DAEMON" 2>/dev/null
	mkdir "$(group ghost)" || return 1
	sl_daemon node
}

killed_while_installing() {
	local install k
	for k in 0.01 0.03 0.05 0.2; do
		pairs "$((20000 + RANDOM))" 1 >"$SL_WORK/other.click"
		sl_ctl tenant install red "$SL_WORK/other.click" >/dev/null 2>&1 &
		install=$!
		sleep "$k"
		kill -9 "$SL_DAEMON"
		wait "$SL_DAEMON" "$install" 2>/dev/null
		sl_daemon node && groups_are red || return 1
		sl_wait 5 test ! -s "$(group red)/cgroup.procs" || return 1
	done
	sl_in a ping -n -q -c 5 -i 0.1 -W 1 10.0.0.2
}

if ! place; then
	echo "1..0 # SKIP no memory controller"
	exit 0
fi

sl_ok "a tenant with a limit runs" start
sl_ok "its group is there, and limited" limited 16
sl_ok "what is counted is what the kernel charges" memory \
	"abs(m['used'] - m['parts']['per_cpu'] - m['parts']['programs'] - m['charged']) < 0.02 * m['charged'] + 65536"
was=$(generation)
sl_ok "a graph that is too large is refused, and no packet lost" refused_under_pings
sl_ok "it says what was asked for, of which there is how much" says "huge.click:3:6: error: the graph asks for .* MiB (tables .* MiB, counters .*, per-CPU values .*, programs .*)" \
	"tenant red has 2.1 MiB in use" \
	"of the 16.0 MiB it may have" "'pairs2 :: AggregateIPAddrPair', 6.0 MiB" "table 'pairs' of 65000 entries 6.* MiB" \
	"smaller capacity" "budget set red memory=9.MiB"
sl_ok "the old one is there as before" test "$(generation)" = "$was"
sl_ok "a larger one that fits takes over" sl_ctl tenant install red "$SL_WORK/middle.click"
sl_ok "one that fits, but not beside it, is refused" refused sl_ctl tenant install red "$SL_WORK/large.click"
sl_ok "and told why" says "until the new graph has taken over"
sl_ok "a limit below what is used is refused" refused sl_ctl budget set red memory=4MiB
sl_ok "with the arithmetic" says "runs has .* MiB of memory, .* more than 4.0 MiB" "or allow"
sl_ok "the limit is as it was" limited 16
sl_ok "also in a node file" eval 'node_file 4MiB >"$SL_WORK/less.yaml"; refused sl_ctl node apply "$SL_WORK/less.yaml"'
sl_ok "which names its line" says "less.yaml:6:"
sl_ok "a larger one holds at once" eval 'sl_ctl budget set red memory=64MiB && limited 64'
sl_ok "and the graph fits now" sl_ctl tenant install red "$SL_WORK/large.click"
sl_ok "a smaller graph, then the smaller limit" eval \
	'sl_ctl tenant install red "$SL_WORK/small.click" && sl_ctl budget set red memory=12MiB && sl_wait 5 limited 12'
sl_ok "nobody was killed for want of memory" nobody_killed

sl_ok "a tenant that is too large from the beginning is refused" refused others 8MiB huge
sl_ok "and leaves no group" groups_are red
sl_ok "one that is not has a group" eval 'others 8MiB small && groups_are grey red'
sl_ok "which goes with its limit" eval 'sl_ctl budget set grey memory=none && groups_are red'
sl_ok "and is there again with it" eval 'sl_ctl budget set grey memory=9MiB && groups_are grey red'
sl_ok "and goes with the tenant" eval 'sl_ctl tenant remove grey && groups_are red'

routes >"$SL_WORK/routes.click"
sl_ok "a route table" eval 'sl_ctl tenant install red "$SL_WORK/routes.click" && sl_wait 5 sl_ctl budget set red memory=1MiB'
sl_ok "grows until its tenant has no more memory" fill_routes
sl_ok "which the handler says" says "route '11\." "memory\|budget"
sl_ok "what is used is within the limit" memory "m['limit'] // 4 < m['used'] <= m['limit']"
sl_ok "what the table had is there" sl_in a ping -n -q -c 5 -i 0.1 -W 1 10.0.0.2
sl_ok "nobody was killed for that" nobody_killed

sl_ok "a daemon that is killed and comes back" kill_and_return
sl_ok "takes its groups up, and removes others" groups_are red
sl_ok "killed while it installs, it leaves nothing" killed_while_installing
sl_ok "nor when the tenant goes" eval 'sl_ctl tenant remove red && test ! -e "$GROUPS_AT"'
sort -u "$SL_WORK/now.json.figures"
sl_done
