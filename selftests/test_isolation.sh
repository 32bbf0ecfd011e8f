#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Tenants with the same inner addresses and, as far as may be, the same keys: what one is sent leaves by
# its own links alone, whatever its graph does, and whatever strangers send. Every frame that reaches a
# site is caught and searched for marks. TAP.
#
#   tenant   sites          outer                      key
#   red      reda, redb     .1 of the wires ra, rb     7
#   blue     bluea, blueb   .1 of the wires ba, bb     7: only the addresses differ
#   green    reda, redb     as red                     8: only the key differs; checksums, sequence numbers
#
# shellcheck disable=SC2317 # sl_ok calls functions by name
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=selftests/lib.sh
. selftests/lib.sh
# shellcheck source=selftests/sites.sh
. selftests/sites.sh
sl_private "$@"

SITES="reda redb bluea blueb"
# 16 bytes of a mark, and each is once in a ping with 47 bytes of data: 16 for the time, and 31 in which
# a text of 16 that goes round is whole exactly once.
MARKS="red:mark:3141592 blue:mark:271828 green:mark:16180"

inner_host() { # tenant, its end: a or b
	echo "$1$2i"
}

# A tunnel's device is put into a host of its own: two tenants at one site have the same addresses.
inner() { # tenant, a | b, site, wire, key, options of gretun...
	local tenant=$1 end=$2 site=$3 wire=$4 key=$5 host me other net
	shift 5
	host=$(inner_host "$tenant" "$end")
	net=$([ "$end" = a ] && echo 0 || echo 1)
	me=10.0.$net.1 other=10.0.$((1 - net)).0/24
	sl_host "$host"
	site_start "$site" ready "$SL_TOOLS/gretun" "tun$tenant" "198.18.$wire.1" "198.18.$wire.254" key "$key" "$@" || return 1
	sl_in "$site" ip link set "tun$tenant" netns "sl-$host-$$"
	sl_in "$host" sysctl -qw "net.ipv6.conf.tun$tenant.disable_ipv6=1"
	sl_in "$host" ip link set "tun$tenant" mtu 1472 up
	sl_in "$host" ip addr add "$me/24" dev "tun$tenant"
	sl_in "$host" ip route add "$other" dev "tun$tenant"
}

sites() {
	sl_host node
	site_host reda ra 198.18.1 fd01 && site_host redb rb 198.18.2 fd02 &&
		site_host bluea ba 198.18.3 fd03 && site_host blueb bb 198.18.4 fd04 &&
		inner red a reda 1 7 && inner red b redb 2 7 && inner blue a bluea 3 7 && inner blue b blueb 4 7 &&
		inner green a reda 1 8 csum seq && inner green b redb 2 8 csum seq
}

link() { # device, wire, key, inner, more
	echo "      - {device: $1, local: 198.18.$2.254, remote: 198.18.$2.1, key: $3, address: $4${5:-}}"
}

describe() {
	cat <<-YAML
		ports:
		  - {name: ra, interface: ra}
		  - {name: rb, interface: rb}
		  - {name: ba, interface: ba}
		  - {name: bb, interface: bb}
		tenants:
		  - name: red
		    graph: $SL_WORK/router.click
		    links:
		$(link eth0 1 7 10.0.0.254/24)
		$(link eth1 2 7 10.0.1.254/24)
		  - name: blue
		    graph: $SL_WORK/router.click
		    links:
		$(link eth0 3 7 10.0.0.254/24)
		$(link eth1 4 7 10.0.1.254/24)
		  - name: green
		    graph: $SL_WORK/router.click
		    links:
		$(link eth0 1 8 10.0.0.254/24 ", csum: true, seq: true")
		$(link eth1 2 8 10.0.1.254/24 ", csum: true, seq: true")
	YAML
}

cat >"$SL_WORK/router.click" <<'CLICK'
rt :: StaticIPLookup(10.0.0.0/24 0, 10.0.1.0/24 1);
ip :: Strip(14) -> CheckIPHeader -> rt;
FromDevice(eth0) -> ip;
FromDevice(eth1) -> ip;
rt[0] -> DecIPTTL -> EtherEncap(0x0800, 2:0:0:0:0:1, 2:0:0:0:0:2) -> Queue -> ToDevice(eth0);
rt[1] -> DecIPTTL -> EtherEncap(0x0800, 2:0:0:0:0:1, 2:0:0:0:0:2) -> Queue -> ToDevice(eth1);
CLICK

# ---- What is sent and caught -------------------------------------------------------------------

mark_of() { # tenant
	tr ' ' '\n' <<<"$MARKS" | grep "^$1:"
}

# Pings from a tenant's site a to its site b, with its mark, sent at once.
marked_ping() { # tenant, count, patience in seconds
	sl_in "$(inner_host "$1" a)" ping -n -q -c "$2" -l "$2" -i "$3" -W "$3" -s 47 -p "$(hex_of "$(mark_of "$1")")" 10.0.1.1
}

answered() { # tenant, count
	marked_ping "$1" "$2" 10 | tee /dev/stderr | grep -q "^$2 packets transmitted, $2 received"
}

CATCHERS=()
catch() { # round
	local site
	CATCHERS=()
	for site in $SITES; do
		# Not the host's own complaints about what it was sent: they quote it.
		site_catch "$site$1" "$site" eth -Q "in" "not icmp" || return 1
		CATCHERS+=("$SL_PID")
	done
}

# Ends catching once the last frames are in: one more per wire, from the node's own stack, comes behind
# all that the node redirected before.
caught() { # round
	local site pid wire=0
	for site in $SITES; do
		wire=$((wire + 1))
		printf 'end:of:round:%s' "$1" | sl_in node bash -c "cat >/dev/udp/198.18.$wire.1/9"
		sl_wait 10 grep -aq "end:of:round:$1" "$SL_WORK/$site$1.pcap" || return 1
	done
	for pid in "${CATCHERS[@]}"; do
		site_stop "$pid"
	done
}

# How often each site caught each tenant's mark: "SITE red blue green" for all sites.
marks_are() { # round, numbers for reda, redb, bluea, blueb, each as red/blue/green
	local round=$1 site mark got want
	shift
	want="$*" got=
	for site in $SITES; do
		for mark in $MARKS; do
			got+=$(site_marks "$site$round" "$mark")/
		done
		got="${got%/} "
	done
	echo "caught ${got% }, expected $want"
	[ "${got% }" = "$want" ]
}

# All that came for a tenant is accounted for.
balanced() { # tenant
	sl_ctl -j stats "$1" | tr -d ' \n' | sed 's/"links":.*//; s/"elements":.*//' | tee /dev/stderr | awk '
		function num(key,   m) { return match($0, "\"" key "\":[0-9]+") ? substr($0, RSTART + length(key) + 3, RLENGTH - length(key) - 3) + 0 : 0 }
		{
			drops = 0
			if (match($0, /"drops":\{[^}]*\}/)) {
				n = split(substr($0, RSTART + 9, RLENGTH - 10), part, ",")
				for (i = 1; i <= n; i++) { sub(/.*:/, "", part[i]); drops += part[i] }
			}
			# A packet that was copied came back as two.
			came = num("packets") + 2 * num("copies")
			went = num("out") + num("host") + num("copies") + drops
			print came " came, " went " went"
			exit came != went || !came
		}'
}

sl_ok "four sites, three tenants' tunnels" sites
sl_ok "a daemon" sl_daemon node
describe >"$SL_WORK/node.yaml"
sl_ok "three tenants of the same inner addresses" sl_ctl node apply "$SL_WORK/node.yaml"
sl_ok "every link is up" sl_wait 20 links_up

# ---- Routers -------------------------------------------------------------------------------------

sl_ok "every frame that reaches a site is caught" catch 1
sl_ok "red's pings are answered" answered red 20
sl_ok "blue's pings are answered" answered blue 30
sl_ok "green's pings are answered" answered green 40
sl_ok "catching ends" caught 1
sl_ok "each site caught the marks of its own tenants, and no other" marks_are 1 20/0/40 20/0/40 0/30/0 0/30/0
sl_ok "red: as many in and out as were sent and answered" same 40 tenant_number red out
sl_ok "blue: as many in and out as were sent and answered" same 60 tenant_number blue out
sl_ok "green: as many in and out as were sent and answered" same 80 tenant_number green out

# ---- A hostile graph -----------------------------------------------------------------------------
# Blue does what it can: shows the bytes in front of its frame, where the outer headers and the
# platform's record were; writes red's addresses and any colour; sends to all its devices; copies; asks
# for the host; says it is a neighbour that it is not.
hostile() { # name, graph
	cat >"$SL_WORK/$1.click"
	sl_ctl tenant install blue "$SL_WORK/$1.click"
}

# Sends blue's pings through a hostile graph and looks where blue's mark comes out, and that red and
# green are as before.
attack() { # name of the graph
	local name=$1 site mark got out before
	sl_ok "$name: installed" hostile "$name" || return
	before=$(tenant_number blue packets)
	catch "$name"
	marked_ping blue 10 0.1 >/dev/null
	sl_ok "$name: blue's graph had the packets" test "$(tenant_number blue packets)" -ge $((before + 10))
	sl_ok "$name: red works as before" answered red 5
	sl_ok "$name: green works as before" answered green 5
	sl_ok "$name: catching ends" caught "$name"
	for site in reda redb; do
		got=
		for mark in $MARKS; do
			got+=$(site_marks "$site$name" "$mark")/
		done
		sl_ok "$name: $site saw its own tenants' marks, and nothing of blue's" test "$got" = 5/0/5/
	done
	# Tunnel packets that reach blue's sites are of blue's links.
	for site in bluea:3 blueb:4; do
		out=$(tcpdump -r "$SL_WORK/${site%:*}$name.pcap" -n -t "proto 47 and not (src 198.18.${site#*:}.254 and
			dst 198.18.${site#*:}.1 and ip[20:4] = 0x20000800 and ip[24:4] = 7)" 2>&1 | grep -v '^reading')
		echo "# $(site_marks "${site%:*}$name" "$(mark_of blue)") of blue's marks at ${site%:*}"
		sl_ok "$name: what reaches ${site%:*} comes from its own link" test -z "$out"
	done
	sl_ok "$name: all that came for blue is accounted for" balanced blue
}

attack shows-what-is-in-front <<'CLICK'
FromDevice(eth0) -> Unstrip(28) -> ToDevice(eth1);
FromDevice(eth1) -> Unstrip(14) -> ToDevice(eth0);
CLICK
attack writes-red-addresses <<'CLICK'
FromDevice(eth0) -> Strip(14) -> EtherEncap(0x0800, 02:00:00:00:00:a0, 02:00:00:00:00:a1) -> Paint(255)
  -> rr :: RoundRobinSwitch;
rr[0] -> ToDevice(eth1);
rr[1] -> SetIPAddress(198.18.1.1) -> ToDevice(eth0);
FromDevice(eth1) -> EtherMirror -> ToDevice(eth1);
CLICK
attack copies-everywhere <<'CLICK'
FromDevice(eth0) -> Paint(1) -> t :: PaintTee(1) -> u :: PaintTee(1) -> ToDevice(eth1);
t[1] -> ToDevice(eth0);
u[1] -> v :: PaintTee(1) -> ToDevice(eth0);
v[1] -> ToDevice(eth1);
FromDevice(eth1) -> Discard;
CLICK
attack asks-for-the-host <<'CLICK'
FromDevice(eth0) -> ToHost;
FromDevice(eth1) -> Strip(14) -> EtherEncap(0x88cc, 1:1:1:1:1:1, ff:ff:ff:ff:ff:ff) -> ToDevice(eth0);
CLICK
sl_ok "asks-for-the-host: the host gets nothing" same 0 tenant_number blue host
attack answers-for-all <<'CLICK'
c :: Classifier(12/0800, -);
FromDevice(eth0) -> c -> Strip(14) -> CheckIPHeader -> ICMPPingResponder
  -> EtherEncap(0x0806, 02:00:00:00:00:a0, 02:00:00:00:00:a1) -> ToDevice(eth0);
c[1] -> ARPResponder(0.0.0.0/0 02:00:00:00:00:a0) -> ToDevice(eth1);
FromDevice(eth1) -> Discard;
CLICK
cat >"$SL_WORK/other.click" <<'CLICK'
FromDevice(eth0) -> ToDevice(eth7);
FromDevice(eth1) -> Discard;
CLICK
sl_not "a graph that sends to a device it has no link for is refused" sl_ctl tenant install blue "$SL_WORK/other.click"
sl_ok "blue routes again" sl_ctl tenant install blue "$SL_WORK/router.click"
sl_ok "and its pings are answered" answered blue 5

# ---- Strangers -----------------------------------------------------------------------------------
# All of it is sent from bluea, on blue's wire, most of it with the addresses of red's site. GRE proves
# nothing of a sender: a stranger who knows addresses and key of a link is taken for its far end. What he
# sends still leaves by that tenant's links alone.
STRAY=stray:mark:11235
TO_BA=$(hex_mac node ba)$(hex_mac bluea eth)
# An answer to nobody's ping, as nobody answers that.
INNER=$(hex_of $STRAY)
INNER=$(hex_ip4 10.0.0.1 10.0.1.1 1 "0000$(hex_sum "0000000000000000$INNER")00000000$INNER")
RED="198.18.1.1 198.18.1.254"

stray() { # outer addresses, GRE packet in hex, flags and offset, wrong
	local src dst
	read -r src dst <<<"$1"
	echo "${TO_BA}0800$(hex_ip4 "$src" "$dst" 47 "$2" "${3:-0}" "${4:-0}")" | sl_in bluea "$SL_TOOLS/sendframes" eth 7
}

# Sends 7 frames; the host must get so many, the sites so many, and a counter must have 7 more.
strangers() { # name, frames the host gets, frames redb gets, counter's command or -, stray's arguments...
	local name=$1 host=$2 through=$3 counter=$4 before=0 site got=
	shift 4
	[ "$counter" = - ] || before=$($counter)
	catch "$name" || return 1
	site_catch "host$name" node ba -Q "in" || return 1
	CATCHERS+=("$SL_PID")
	stray "$@" || return 1
	# Comes behind them on the same wire.
	sl_in bluea bash -c "printf end:of:strays >/dev/udp/198.18.3.254/9"
	sl_wait 10 grep -aq end:of:strays "$SL_WORK/host$name.pcap" || return 1
	caught "$name" || return 1
	for site in host reda redb bluea blueb; do
		got+="$(site_marks "$site$name" "$STRAY") "
	done
	echo "caught by the host and the sites: $got"
	[ "$got" = "$host 0 $through 0 0 " ] || return 1
	# shellcheck disable=SC2086 # a command with its arguments
	[ "$counter" = - ] || same $((before + 7)) $counter
}

sl_ok "addresses of no link: to the host" strangers nobody 7 0 - "198.18.3.9 198.18.3.254" "2000080000000007$INNER"
sl_ok "blue's site, red's address: to the host" strangers across 7 0 - "198.18.3.1 198.18.1.254" "2000080000000007$INNER"
sl_ok "red's addresses, a key nobody has: to the host, counted" strangers key 7 0 "node_number unknown_key" \
	"$RED" "2000080000000063$INNER"
sl_ok "red's addresses, no key: to the host, counted" strangers nokey 7 0 "node_number unknown_key" "$RED" "00000800$INNER"
sl_ok "GRE version 1: to the host" strangers version 7 0 - "$RED" "2001880b00000007$INNER"
sl_ok "an outer fragment: dropped, counted" strangers fragment 0 0 "node_number outer-fragment" \
	"$RED" "2000080000000007$INNER" 0x2000
sl_ok "a truncated header: dropped, counted" strangers short 0 0 "node_number outer-truncated" "$RED" "200008000000"
sl_ok "source routing: dropped, counted" strangers routing 0 0 "node_number gre-flags" \
	"$RED" "600008000000000000000007$INNER"
sl_ok "a wrong checksum of the outer header: dropped, counted" strangers outersum 0 0 \
	"link_number red/eth0 outer-checksum" "$RED" "2000080000000007$INNER" 0 1
sl_ok "a wrong GRE checksum: dropped, counted" strangers gresum 0 0 "link_number red/eth0 gre-checksum" \
	"$RED" "a00008000bad000000000007$INNER"
sl_ok "Ethernet on a link that carries IP: dropped, counted" strangers proto 0 0 "link_number red/eth0 gre-protocol" \
	"$RED" "2000655800000007$INNER"
sl_ok "green without a checksum: dropped, counted" strangers nosum 0 0 "link_number green/eth0 gre-checksum" \
	"$RED" "300008000000000800000001$INNER"

# What green's site sent once is sent again.
replayed() {
	local frame before
	site_catch green reda eth -Q out "proto 47 and ip[20:2] = 0xb000" || return 1
	answered green 1 || return 1
	sl_wait 10 grep -aq "$(mark_of green)" "$SL_WORK/green.pcap" || return 1
	site_stop "$SL_PID"
	frame=$(site_caught green | head -1)
	before=$(link_number green/eth0 gre-sequence)
	echo "$frame" | sl_in reda "$SL_TOOLS/sendframes" eth 7
	sl_wait 5 same $((before + 7)) link_number green/eth0 gre-sequence
}
sl_ok "green's packets again: dropped for their old sequence numbers, counted" replayed
sl_ok "green works on" answered green 5

sl_ok "red's addresses and key: taken for red, and leaves to red's site" strangers spoofed 0 7 "tenant_number red out" \
	"$RED" "2000080000000007$INNER"
for t in red blue green; do
	sl_ok "$t works, and all that came for it is accounted for" answered $t 5
	sl_ok "$t: accounts" balanced $t
done
sl_done
