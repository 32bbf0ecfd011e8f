#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Ten adversaries. Red sends as much as the CPU takes of what hurts most; it has a budget. Blue sends 20,000
# packets a second, within its own, and keeps at least 98 % of what it has alone; alone, beside red and
# alone again are measured in turn, on one CPU, and by counts. What red is over its budget is dropped for
# that reason. (Swap storms and control sockets: test_hostile_control.sh.) TAP.
# shellcheck disable=SC2317 # sl_ok calls functions by name
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=selftests/lib.sh
. selftests/lib.sh
# shellcheck source=selftests/sites.sh
. selftests/sites.sh
# shellcheck source=selftests/duel.sh
. selftests/duel.sh
sl_private "$@"

IP='FromDevice(eth0) -> Strip(14) -> CheckIPHeader'
OUT='Unstrip(14) -> cnt :: Counter -> ToDevice(eth1); FromDevice(eth1) -> Discard;'
ROUTER="$IP -> DecIPTTL -> $OUT"
NODE='reserve: 20%, max_delay_us: 1000'
BLUE='cpu: 50%'

# One adversary: blue keeps what it had, red loses what it has too much for the reasons that are said, the node
# answers, and goes on.
against() { # what it does, its frames, node, red's graph, its budget, what else is so, blue's graph, more links of red's
	sl_ok "$1: installed" duel_apply "$3" "$4" "$5" "${7:-$ROUTER}" "$BLUE" "${8:-}" || return
	sl_ok "$1: links are up" sl_wait 10 links_up
	sl_ok "$1: the flood" duel_run "$2" || return
	duel_kept "$1: the victim keeps 98 %"
	sl_ok "$1: the adversary is held" duel_count "$6"
	sl_ok "$1: the node answers" timeout 10 "$SL_BIN/sluicectl" -j stats
}

smallest() {
	against "smallest packets" smallest "$NODE" "$ROUTER" "cpu: 10%" \
		'beside > 1000 and red["drops"]["cpu-limit"] > 1000 and red["out"] > 1000 and not blue["drops"]'
	# Without a limit it may use the CPU, but for what others need.
	against "smallest packets, no limit but its share" smallest "reserve: 70%, max_delay_us: 1000" "$ROUTER" "weight: 100" \
		'red["drops"]["cpu-share"] > 1000 and red["out"] > 1000 and set(red["drops"]) == {"cpu-share"}'
}

dearest() {
	against "the dearest path" plain "$NODE" "$IP -> BurnCycles(20000) -> $OUT" "cpu: 10%" \
		'beside > 1000 and red["drops"]["cpu-limit"] > 1000 and red["out"] > 100'
}

# Two of 47 packets cost far more.
alternating() {
	local graph="$IP -> way :: IPClassifier(dst udp port 2001, -); way[0] -> BurnCycles(30000) -> n :: Null; way[1] -> n; n -> $OUT"
	against "cost that changes" alternating "$NODE" "$graph" "cpu: 10%" 'beside > 1000 and red["drops"]["cpu-limit"] > 1000 and red["out"] > 1000'
	sl_ok "cost that changes, no limit: installed" duel_apply "$NODE" "$graph" "weight: 100" "$ROUTER" "$BLUE"
	sl_ok "cost that changes: what is dear is charged as dear" charged_in_full
}

charge() { # frames, packets a second
	duel_run "$1" flood="$2" phase-ms=500 rounds=1 || return 1
	python3 selftests/duel.py charge "$SL_WORK"
}

# The median of five rounds: what a packet of the mixture is charged, by what follows from those of one
# kind.
charged_in_full() {
	local round cheap dear mixed
	for round in 1 2 3 4 5; do
		cheap=$(charge plain 200000) && dear=$(charge dear 20000) && mixed=$(charge alternating 200000) || return 1
		awk -v c="$cheap" -v d="$dear" -v m="$mixed" -v r="$round" \
			'BEGIN {printf "%.3f %d: %.0f and %.0f ns, mixed %.0f\n", m / ((45 * c + 2 * d) / 47), r, c, d, m}'
	done >"$SL_WORK/charges"
	sort -n "$SL_WORK/charges" | tee "$SL_WORK/figures" | awk 'NR == 3 {exit !($1 > 0.85 && $1 < 1.2)}' && return
	cat "$SL_WORK/figures"
	return 1
}

maps() {
	local nat='w :: UDPRewriter(pattern 10.9.0.1 1024-65535 - - 0 0, MAPPING_CAPACITY 1024)'
	local graph="$nat; $IP -> w -> $OUT"
	against "filling tables" flows "$NODE" "$graph" "cpu: 20%" \
		'red["drops"]["state"] > 100 and 100 < red["out"] < 1500' "$graph"
	sl_ok "filling tables: none of the victim's flows is lost" same 4 sl_ctl read blue/w.table_size
	sl_ok "filling tables: no packet of the victim's was refused one" same 0 sl_ctl read blue/w.mapping_failures
}

flows() {
	against "many flows" flows "$NODE" \
		"$IP -> AggregateIPFlows -> IPRateMonitor(PACKETS, 1, 1) -> IPRewriter(keep 0 0, UDP_GUARANTEE 0s) -> $OUT" "cpu: 20%" \
		'beside > 1000 and red["drops"]["cpu-limit"] > 1000 and red["out"] > 1000'
}

fragments() {
	against "fragments" fragments "$NODE" \
		"$IP -> IPFragmenter(576) -> AggregateIPFlows -> IPRewriter(keep 0 0, UDP_GUARANTEE 0s) -> $OUT" "cpu: 10%" \
		'beside > 1000 and red["drops"]["cpu-limit"] > 1000 and red["drops"]["fragment"] > 100'
}

long_options() {
	against "all the room for options" long_options "$NODE" \
		"$IP -> gw :: IPGWOptions(10.0.1.254) -> ttl :: DecIPTTL -> out :: Unstrip(14) -> cnt :: Counter -> ToDevice(eth1);
		gw[1] -> ICMPError(10.0.0.254, parameterproblem, erroratptr) -> out; ttl[1] -> Discard; FromDevice(eth1) -> Discard;" \
		"cpu: 10%" 'beside > 1000 and red["drops"]["cpu-limit"] > 1000 and red["out"] > 1000'
}

forged() {
	local before
	before=$(node_number gre-flags)
	against "keys and headers nobody has" forged "$NODE" "$ROUTER" "cpu: 10%" 'red["out"] > 1000 and duel["others"] >= red["out"]'
	sl_ok "keys and headers nobody has: counted" test "$(node_number gre-flags)" -gt $((before + 1000))
	# All of the flood are keys of no link: what the host gets of them is bounded.
	before=$(node_number unknown-key)
	against "keys nobody has" strange_keys "$NODE" "$ROUTER" "cpu: 10%" 'duel["others"] >= 0'
	sl_ok "keys nobody has: those beyond the limit are dropped" test "$(node_number unknown-key)" -gt $((${before:-0} + 1000))
}

loops() {
	local links="{device: eth2, kind: direct, port: l0} {device: eth3, kind: direct, port: l1}"
	# Two ports are joined by a cable, and what comes by one is sent by the other again, for ever.
	against "packets that come back" plain "$NODE" \
		"FromDevice(eth0) -> way :: Null -> round :: Counter -> ToDevice(eth2); FromDevice(eth3) -> way; FromDevice(eth1) -> Discard; FromDevice(eth2) -> Discard;" \
		"cpu: 20%" 'beside > 1000 and red["drops"]["cpu-limit"] > 1000 and red["out"] > 1000' "$ROUTER" "$links"
	against "packets that come back as two" plain "$NODE" \
		"FromDevice(eth0) -> way :: Tee; way[0] -> ToDevice(eth2); way[1] -> ToDevice(eth2); FromDevice(eth3) -> way; FromDevice(eth1) -> Discard; FromDevice(eth2) -> Discard;" \
		"cpu: 20%" 'beside > 1000 and red["drops"]["cpu-limit"] > 1000 and red["copies"] > 1000' "$ROUTER" "$links"
}

# A tunnel to the node itself is none.
to_itself() {
	sl_ok "a tunnel to the node itself: installed" duel_apply "$NODE" \
		"FromDevice(eth0) -> way :: Null -> ToDevice(eth2); FromDevice(eth2) -> way; FromDevice(eth1) -> Discard;" \
		"cpu: 10%" "$ROUTER" "$BLUE" "{device: eth2, local: 192.0.2.1, remote: 192.0.2.5, key: 7}"
	sl_ok "a tunnel to the node itself: is not up" sl_wait 10 link_is red/eth2 down remote-is-local
	sl_ok "a tunnel to the node itself: the flood" duel_run plain
	duel_kept "a tunnel to the node itself: the victim keeps 98 %"
	sl_ok "a tunnel to the node itself: nothing goes there" duel_count 'beside > 1000 and not red["out"] and red["drops"]["link-down"] > 1000'
}

# The victim has its packets copied, too.
copies() {
	against "copies" plain "$NODE" \
		"FromDevice(eth0) -> Paint(1) -> t :: PaintTee(1) -> u :: Tee; t[1] -> ToDevice(eth1); u[0] -> ToDevice(eth1); u[1] -> ToDevice(eth1); FromDevice(eth1) -> Discard;" \
		"cpu: 20%" 'beside > 1000 and red["drops"]["cpu-limit"] > 1000 and red["copies"] > 1000' \
		"FromDevice(eth0) -> Paint(1) -> t :: PaintTee(1) -> ToDevice(eth1); t[1] -> ToDevice(eth1); FromDevice(eth1) -> Discard;"
}

duel_hosts || exit 1
sl_daemon node || exit 1
for adversary in ${ADVERSARIES:-smallest dearest alternating maps flows fragments long_options forged loops to_itself copies}; do
	$adversary
done
sl_done
