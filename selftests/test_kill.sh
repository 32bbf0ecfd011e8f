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
sl_ok "the second graph, so that there is one to go back to" sl_ctl tenant install red "$SL_WORK/heavy.click"

# What a change may change.
state() {
	sl_ctl -j tenant list | tr -d ' \n' | grep -o '"name":"[a-z]*"\|"state":"[a-z-]*"\|"generation":[0-9]*' | tr '\n' ' '
}

stop_daemon() {
	kill -9 "$SL_DAEMON" 2>/dev/null
	wait "$SL_DAEMON" 2>/dev/null
}

change() { # number of the change
	case $(($1 % 4)) in
	0) sl_ctl tenant install red "$SL_WORK/light.click" ;;
	1) sl_ctl tenant rollback red ;;
	2) sl_ctl node apply "$SL_WORK/$([ $(($1 / 4 % 2)) = 0 ] && echo blue || echo node).yaml" ;;
	3) sl_ctl tenant remove blue ;;
	esac >/dev/null 2>&1
}

inside=0 between=0 strange=0
kill_all() {
	local i step before after
	for ((i = 0; i < kills; i++)); do
		if [ $((i % 10)) -ge 7 ]; then
			# Between changes, at any moment.
			stop_daemon
			between=$((between + 1))
		else
			# At a step of a change: the daemon kills itself there.
			step=$((1 + (i * 7) % 37))
			stop_daemon
			sl_daemon node --segment-weight 300 --fault-at $step || return 1
			before=$(state)
			change $i
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
		after=$(state)
		if [ -n "${before:-}" ] && [ -z "$after" ]; then
			strange=$((strange + 1))
		fi
	done
}

# Kernel objects with a tenant's name that `node show` does not name.
strays() {
	local shown listed
	shown=$(sl_ctl -j node show | tr -d ' \n')
	shown=$(grep -oE '"(maps|programs)":\[[0-9,]*\]' <<<"$shown" | grep -oE '[0-9]+' | sort -u)
	listed=$({
		bpftool -j map list | tr '{' '\n' | grep -E '"name":"(red|blue)_' | grep -oE '^"id":[0-9]+' | cut -d: -f2
		bpftool -j prog list | tr '{' '\n' | grep -E '"name":"(red|blue)_' | grep -oE '^"id":[0-9]+' | cut -d: -f2
	} | sort -u)
	comm -13 <(echo "$shown") <(echo "$listed")
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
echo "# $inside inside changes, $between between them; $PPS packets a second, $SENT sent, $SEEN seen, marks $MARKS"
sl_ok "most of them inside changes" test $((inside * 10)) -ge $((kills * 6))
sl_ok "no packet was lost" test "$SENT" = "$SEEN"
sl_ok "no packet bears two graphs' marks" storm_pure
sl_ok "the node was never in between" test "$strange" = 0
sl_ok "no kernel object is left that node show does not name" sl_wait 5 no_strays
sl_ok "the node still takes changes" sl_ctl tenant install red "$SL_WORK/light.click"
sl_done
