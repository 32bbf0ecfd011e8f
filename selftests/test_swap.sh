#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Hot swap under a flood: no packet is lost, none meets two graphs, no count is lost. TAP.
#   SWAPS=200 BATCH=16384 selftests/test_swap.sh
# BATCH: frames the kernel makes without a pause. Long runs are faster, but on a machine that is shared the
# generator may then fill the veth's ring of 256 while the CPU's softirqs wait: frames lost in front of the
# node, which the veth counts.
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=selftests/lib.sh
. selftests/lib.sh
# shellcheck source=selftests/storm.sh
. selftests/storm.sh
sl_private "$@"
swaps=${SWAPS:-200}

sl_ok "a node with two ports and a tenant" storm_node
segments() {
	sl_ctl -j tenant show "$RED" | tr -d ' \n' | grep -o '"segments":[0-9]*' | head -1 | cut -d: -f2
}
sl_ok "the first graph has at least four segments" test "$(segments)" -ge 4
sl_ok "so has the second" sl_ctl tenant install "$RED" "$SL_WORK/heavy.click"
sl_ok "at least four" test "$(segments)" -ge 4
sl_ok "back to the first" sl_ctl tenant rollback "$RED"

swap_all() {
	local i
	for ((i = 0; i < swaps; i++)); do
		sl_ctl tenant install "$RED" "$SL_WORK/$([ $((i % 2)) = 0 ] && echo heavy || echo light).click" || return 1
	done
}

storm_begin 300
sl_ok "$swaps swaps under the flood" swap_all
storm_end
echo "# $PPS packets a second, marks $MARKS"
echo "# the common counter: $(sl_ctl read "$RED/cnt.count")"
sl_ok "both graphs had packets" sh -c "echo '$MARKS' | grep -q '\"$LIGHT\"' && echo '$MARKS' | grep -q '\"$HEAVY\"'"
storm_complete
sl_ok "no packet bears two graphs' marks" storm_pure
sl_ok "the common counter counted every packet" test "$(sl_ctl read "$RED/cnt.count")" = "$SENT"
if [ "$PPS" -ge 1000000 ]; then
	sl_result 0 "the flood was at least 1 million packets a second"
else
	sl_skip "the flood was at least 1 million packets a second" "this machine made $PPS, shared with others"
fi
sl_done
