# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
# A node between a flood and a counter, on one CPU; two graphs of several segments, each of which stamps
# its graph's mark. For test_swap.sh and test_kill.sh.
#
#   gen g0 ── p0 node p1 ── s0 sink        GRE on both sides
#
# A mark is made with the time to live: graph "light" takes 1 in each of its DecIPTTL, "heavy" 2; a
# packet that met segments of both comes out with a number that neither gives.

# Names that no other test has: kernel objects are told by them.
RED=r$(($$ % 100000))
BLUE=b$(($$ % 100000))
STAMPS=24
TTL=200
LIGHT=$((TTL - STAMPS))
HEAVY=$((TTL - 2 * STAMPS))

storm_graph() { # DecIPTTLs a stamp
	local i k
	echo "FromDevice(eth0) -> cnt :: Counter -> Strip(14) -> chk :: CheckIPHeader"
	for ((i = 1; i <= STAMPS; i++)); do
		for ((k = 1; k <= $1; k++)); do
			echo " -> s${i}x$k :: DecIPTTL"
		done
	done
	echo " -> Unstrip(14) -> Queue -> ToDevice(eth1);"
	echo "FromDevice(eth1) -> Discard;"
}

storm_node() { # options of the daemon...
	sl_between
	G0=$(sl_mac gen g0)
	P0=$(sl_mac node p0)
	storm_graph 1 >"$SL_WORK/light.click"
	storm_graph 2 >"$SL_WORK/heavy.click"
	cat >"$SL_WORK/node.yaml" <<-YAML
		ports:
		  - {name: p0, interface: p0}
		  - {name: p1, interface: p1}
		tenants:
		  - name: $RED
		    graph: $SL_WORK/light.click
		    links:
		$(sl_between_links 7)
	YAML
	sed "s/light.click/heavy.click/" "$SL_WORK/node.yaml" >"$SL_WORK/heavy.yaml"
	cat "$SL_WORK/node.yaml" - >"$SL_WORK/blue.yaml" <<-YAML
		  - name: $BLUE
		    graph: $SL_WORK/light.click
		    links:
		$(sl_between_links 9)
	YAML
	sl_daemon node --segment-weight 300 "$@" && sl_ctl node apply "$SL_WORK/node.yaml"
}

# Begins the flood; its report goes to $SL_WORK/storm.
storm_begin() { # seconds at most
	REACHED_BEFORE=$(storm_device p0 rx_queue_0_xdp_packets)
	LEFT_BEFORE=$(($(storm_device p1 tx_queue_0_xdp_xmit) + $(storm_device p1 tx_queue_0_xdp_xmit_errors)))
	sl_start node "$SL_TOOLS/storm" "gen-ns=sl-gen-$$" gen-dev=g0 "sink-ns=sl-sink-$$" sink-dev=s0 \
		"smac=$G0" "dmac=$P0" src=192.0.2.2 dst=192.0.2.1 key=7 inner-src=10.0.0.1 inner-dst=10.0.1.1 \
		"ttl=$TTL" len=64 cpu=0 "batch=${BATCH:-16384}" "seconds=$1" ${STORM_MORE:+"$STORM_MORE"} >"$SL_WORK/storm"
	STORM=$SL_PID
	sl_wait 10 grep -q ready "$SL_WORK/storm"
	sl_wait 10 storm_flows
}

storm_flows() {
	[ "$(sl_ctl read "$RED/cnt.count" 2>/dev/null || echo 0)" -gt 1000 ]
}

storm_end() {
	kill -USR1 "$STORM"
	wait "$STORM"
	STORM_REPORT=$(tail -1 "$SL_WORK/storm")
	SENT=$(sed 's/.*"sent": \([0-9]*\).*/\1/' <<<"$STORM_REPORT")
	SEEN=$(sed 's/.*"seen": \([0-9]*\).*/\1/' <<<"$STORM_REPORT")
	PPS=$(sed 's/.*"pps": \([0-9]*\).*/\1/' <<<"$STORM_REPORT")
	MARKS=$(sed 's/.*"marks": {\(.*\)}}/\1/' <<<"$STORM_REPORT")
	REACHED=$(($(storm_device p0 rx_queue_0_xdp_packets) - REACHED_BEFORE))
	LEFT=$(($(storm_device p1 tx_queue_0_xdp_xmit) + $(storm_device p1 tx_queue_0_xdp_xmit_errors) - LEFT_BEFORE))
	echo "# $STORM_REPORT"
	echo "# $SENT sent, $REACHED came to the node's device, $LEFT went to its other, $SEEN seen"
	[ "$SENT" = "$SEEN" ] || storm_losses
}

storm_device() { # device of the node, counter
	sl_in node ethtool -S "$1" | awk -v name="$2:" '$1 == name {print $2}'
}

# Where packets can be lost, and how many were there: for whoever has to find out.
storm_losses() {
	local at
	for at in "gen g0" "node p0" "node p1" "sink s0"; do
		# shellcheck disable=SC2086
		set -- $at
		echo "# $2: $(sl_in "$1" ethtool -S "$2" | awk '/drop|err/ && $2 {printf "%s %s ", $1, $2}')" \
			"$(sl_in "$1" grep " *$2:" /proc/net/dev | awk '{print "received", $3, "dropped", $5, "sent", $11, "dropped", $13}')"
	done
	sl_ctl stats "$RED" | sed "/^elements:/,/^links:/d; s/^/# /"
}

# Two tests: the node sent on whatever came to it; and all that was sent arrived.
storm_complete() {
	sl_ok "the node lost no packet" test "$REACHED" = "$LEFT"
	sl_ok "every packet that was sent arrived" test "$SENT" = "$SEEN"
}

# Nothing came out with a mark that neither graph gives.
storm_pure() {
	local mark
	for mark in $(grep -o '"[0-9]*":' <<<"$MARKS" | tr -d '":'); do
		if [ "$mark" != $LIGHT ] && [ "$mark" != $HEAVY ]; then
			echo "mark $mark is of both graphs: $MARKS"
			return 1
		fi
	done
}
