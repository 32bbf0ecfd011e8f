#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The daemon killed again and again under a flood, inside changes and between them: no packet is lost,
# and the node is as before or after the change. TAP.
#   KILLS=100 selftests/test_kill.sh
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=selftests/lib.sh
. selftests/lib.sh
# shellcheck source=selftests/storm.sh
. selftests/storm.sh
sl_private "$@"
kills=${KILLS:-24}

sl_ok "a node with two ports and a tenant" storm_node
sl_ok "the second graph, so that there is one to go back to" sl_ctl tenant install "$RED" "$SL_WORK/heavy.click"

# What a change may change: which tenants there are, in what state, with which graph.
state() {
	sl_ctl -j tenant list | tr -d ' \n' | grep -oE '"name":"[a-z0-9]*"|"state":"[a-z-]*"|"elements":[0-9]*' | tr '\n' ' '
}

# All states that the changes below lead to; what a kill leaves must be one of them. (That it is the
# one before or the one after the very change, tests/runtime/test_node.c shows for each step.)
STATES=()
learn() {
	STATES+=("$(state)")
}
sl_ok "red heavy, no blue" learn
sl_ok "red light, no blue" sl_ctl tenant install "$RED" "$SL_WORK/light.click"
learn
sl_ok "red light, blue" sl_ctl node apply "$SL_WORK/blue.yaml"
learn
sl_ok "red heavy, blue" sl_ctl tenant install "$RED" "$SL_WORK/heavy.click"
learn

known() {
	local s
	for s in "${STATES[@]}"; do
		[ "$s" = "$1" ] && return 0
	done
	echo "# not a state before or after a change: $1"
	return 1
}

stop_daemon() {
	kill -9 "$SL_DAEMON" 2>/dev/null
	wait "$SL_DAEMON" 2>/dev/null
}

has_blue() {
	[[ $(state) == *"\"$BLUE\""* ]]
}

change() { # number of the change
	case $(($1 % 4)) in
	0) sl_ctl tenant install "$RED" "$SL_WORK/$([ $(($1 / 4 % 2)) = 0 ] && echo light || echo heavy).click" ;;
	1) sl_ctl tenant rollback "$RED" ;;
	2) if has_blue; then sl_ctl node apply "$SL_WORK/node.yaml"; else sl_ctl node apply "$SL_WORK/blue.yaml"; fi ;;
	3) if has_blue; then sl_ctl tenant remove "$BLUE"; else sl_ctl node apply "$SL_WORK/blue.yaml"; fi ;;
	esac >/dev/null 2>&1
}

inside=0 between=0 strange=0
kill_all() {
	local i step
	for ((i = 0; i < kills; i++)); do
		if [ $((i % 10)) -ge 8 ]; then
			# Between changes, at any moment.
			stop_daemon
			between=$((between + 1))
		else
			# At a step of a change: the daemon kills itself there.
			step=$((1 + (i * 7) % 23))
			stop_daemon
			sl_daemon node --segment-weight 300 --fault-at "$step" || return 1
			change "$i"
			if kill -0 "$SL_DAEMON" 2>/dev/null && sl_ctl port list >/dev/null 2>&1; then
				# The change had fewer steps.
				stop_daemon
				between=$((between + 1))
			else
				wait "$SL_DAEMON" 2>/dev/null
				inside=$((inside + 1))
			fi
		fi
		sl_daemon node --segment-weight 300 || return 1
		known "$(state)" || strange=$((strange + 1))
	done
}

# Kernel objects with a tenant's name that `node show` does not name. A program array that no program
# refers to does not count: if anybody lists all maps (opening each) between the moment an array's
# last user goes and the kernel's work that empties it, the kernel (6.18) queues that work twice, loses
# count of a reference, and the empty array stays for good.
strays() {
	local shown used arrays listed
	shown=$(sl_ctl -j node show | tr -d ' \n')
	shown=$(grep -oE '"(maps|programs)":\[[0-9,]*\]' <<<"$shown" | grep -oE '[0-9]+' | sort -u)
	used=$(bpftool -j prog list | grep -oE '"map_ids":\[[0-9,]*\]' | grep -oE '[0-9]+' | sort -u)
	arrays=$(bpftool -j map list | tr '{' '\n' | grep '"type":"prog_array"' | grep -oE '^"id":[0-9]+' | cut -d: -f2 | sort -u)
	listed=$({
		bpftool -j map list | tr '{' '\n' | grep -E "\"name\":\"($RED|$BLUE)_" | grep -oE '^"id":[0-9]+' | cut -d: -f2
		bpftool -j prog list | tr '{' '\n' | grep -E "\"name\":\"($RED|$BLUE)_" | grep -oE '^"id":[0-9]+' | cut -d: -f2
	} | sort -u)
	comm -13 <(echo "$shown") <(echo "$listed") | comm -23 - <(comm -23 <(echo "$arrays") <(echo "$used"))
}

no_strays() {
	local left
	left=$(strays)
	echo "$left"
	[ -z "$left" ]
}

storm_begin 590
sl_ok "$kills kills under the flood" kill_all
storm_end
echo "# $inside inside changes, $between between them; $PPS packets a second, marks $MARKS"
sl_ok "most of them inside changes" test $((inside * 10)) -ge $((kills * 6))
storm_complete
sl_ok "no packet bears two graphs' marks" storm_pure
sl_ok "the node was never in between" test "$strange" = 0
sl_ok "no kernel object is left that node show does not name" sl_wait 5 no_strays
for id in $(strays); do
	bpftool map show id "$id" 2>/dev/null || bpftool prog show id "$id"
done | sed 's/^/# /'
sl_ok "the node still takes changes" sl_ctl tenant install "$RED" "$SL_WORK/light.click"
sl_done
