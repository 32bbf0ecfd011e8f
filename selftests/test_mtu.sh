#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Path MTU: the second of two links is smaller; senders behind the first are told, by IPv4 and IPv6, and
# ordinary TCP finds its way. TAP.
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=selftests/lib.sh
. selftests/lib.sh
sl_private "$@"

bytes=${BYTES:-2000000}

# A site behind a GRE tunnel with key 7: 28 bytes less than its wire takes.
site() { # name, port, subnet number of the wire, the wire's MTU, inner network number, that of the other site
	sl_host "$1"
	sl_wire node "$2" "$1" eth
	sl_in node ip link set "$2" mtu "$4"
	sl_in "$1" ip link set eth mtu "$4"
	sl_in node ip addr add "192.0.2.$(($3 + 1))/30" dev "$2"
	sl_in "$1" ip addr add "192.0.2.$(($3 + 2))/30" dev eth
	sl_start "$1" "$SL_TOOLS/gretun" gre1 "192.0.2.$(($3 + 2))" "192.0.2.$(($3 + 1))" key 7 >/dev/null
	sl_wait 10 sl_in "$1" ip link show gre1 || return 1
	sl_in "$1" ip link set gre1 mtu $(($4 - 28))
	sl_in "$1" ip addr add "10.0.$5.1/24" dev gre1
	sl_in "$1" ip -6 addr add "fd00:0:0:$5::1/64" dev gre1 nodad
	# Segments are as long as the sender's link allows: this end does not know the other's.
	sl_in "$1" ip route add "10.0.$6.0/24" dev gre1 advmss 1432
	sl_in "$1" ip -6 route add "fd00:0:0:$6::/64" dev gre1 advmss 1412
}

# IPv4 is routed (checked, TTL), IPv6 handed through.
cat >"$SL_WORK/pass.click" <<'CLICK'
FromDevice(eth0) -> c0 :: Classifier(12/0800, 12/86dd, -);
FromDevice(eth1) -> c1 :: Classifier(12/0800, 12/86dd, -);
c0[0] -> Strip(14) -> CheckIPHeader -> DecIPTTL -> Unstrip(14) -> out1 :: Queue -> to1 :: ToDevice(eth1);
c1[0] -> Strip(14) -> CheckIPHeader -> DecIPTTL -> Unstrip(14) -> out0 :: Queue -> to0 :: ToDevice(eth0);
c0[1] -> out1;
c1[1] -> out0;
c0[2] -> d :: Discard;
c1[2] -> d;
CLICK

node_file() { # file, graph, what more eth0's link has
	cat >"$SL_WORK/$1" <<YAML
ports:
  - {name: pa, interface: pa}
  - {name: pb, interface: pb}
tenants:
  - name: red
    graph: $2
    links:
      - {device: eth0, local: 192.0.2.1, remote: 192.0.2.2, key: 7, port: pa, address: 10.0.0.254/24$3}
      - {device: eth1, local: 192.0.2.5, remote: 192.0.2.6, key: 7, port: pb, address: 10.0.1.254/24,
         address6: 'fd00:0:0:1::fe/64'}
YAML
}

links_up() {
	[ "$(sl_ctl -j link list | tr -d ' \n' | grep -o '"state":"up"' | wc -l)" = 2 ]
}

# One ping with DF, of that many bytes with its IP header, by a kernel that knows nothing of the path.
probe() { # host, address, bytes
	local over=28
	[[ $2 == *:* ]] && over=48
	forget
	sl_in "$1" ping -n -c 1 -W 2 -M "do" -s $(($3 - over)) "$2"
}

forget() {
	sl_in a ip route flush cache
	sl_in a ip -6 route flush cache
}

told() { # address, bytes, what ping is to say
	probe a "$1" "$2" >"$SL_WORK/ping" 2>&1
	cat "$SL_WORK/ping"
	grep -q "$3" "$SL_WORK/ping"
}

path_mtu() { # address
	sl_in a ip route get "$1" | grep -o 'mtu [0-9]*' | head -1
}

# Random data both ways over one TCP connection, with hashes.
transfer() { # address of b
	local pid
	sl_start b "$SL_TOOLS/xfer" listen "$1" 4000 "$bytes" >"$SL_WORK/listen"
	pid=$SL_PID
	sl_wait 5 grep -q listening "$SL_WORK/listen" || return 1
	sl_in a timeout 60 "$SL_TOOLS/xfer" connect "$1" 4000 "$bytes" || return 1
	wait "$pid"
}

red() { # handler of PathMTU@mtu
	sl_ctl read "red/PathMTU@mtu.$1"
}

too_big() { # number of packets the tenant lost so
	sl_ctl -j stats red | tr -d ' \n' | grep -o '"too-big":[0-9]*' | head -1 | cut -d: -f2
}

# Bytes given in hexadecimal.
put() {
	local hex
	for hex in "$@"; do
		# shellcheck disable=SC2059 # the format is the byte
		while [ -n "$hex" ]; do
			printf "\\x${hex:0:2}"
			hex=${hex:2}
		done
	done
}

# A recording of one IPv4 packet of that length from 10.0.0.1 to 10.0.1.1 over UDP.
recording() { # file, bytes, fragment field in hexadecimal
	local head sum=0 i
	head=$(printf '4500%04x0000%s40110000 0a000001 0a000101' "$2" "$3" | tr -d ' ')
	for ((i = 0; i < 40; i += 4)); do sum=$((sum + 16#${head:i:4})); done
	sum=$(((sum & 0xffff) + (sum >> 16)))
	sum=$((~((sum & 0xffff) + (sum >> 16)) & 0xffff))
	{
		put d4c3b2a1 02000400 00000000 00000000 ffff0000 01000000
		put 01000000 00000000 "$(printf '%02x%02x0000' $((($2 + 14) & 255)) $((($2 + 14) >> 8)))"
		put "$(printf '%02x%02x0000' $((($2 + 14) & 255)) $((($2 + 14) >> 8)))"
		put 0200000000a0 0600000000a0 0800 "${head:0:20}" "$(printf '%04x' $sum)" "${head:24}"
		head -c $(($2 - 20)) /dev/zero
	} >"$1"
}

replayed() { # build, option of sluicectl replay: what the records of one packet too long must come to
	local dir=$SL_WORK/replay-$1
	shift
	"$SL_BIN/sluicectl" replay "$SL_WORK/pass.click" --node "$SL_WORK/node.yaml" --tenant red \
		--in eth0="$SL_WORK/long.pcap,eth0=$SL_WORK/cut.pcap" --out "$dir" --read PathMTU@mtu.answered \
		--read PathMTU@mtu.uncut -j "$@" >"$dir.json" || return 1
	cat "$dir.json"
	tr -d ' \n' <"$dir.json" | grep -q '"reason":"too-big"' || return 1
	# Ethernet header, and a message of 576 bytes.
	[ "$(stat -c %s "$dir/eth0.pcap")" = $((24 + 16 + 14 + 576)) ] && [ "$(stat -c %s "$dir/eth1.pcap")" = 24 ]
}

sl_host node
sl_ok "a site behind a wire of 1500 bytes" site a pa 0 1500 0 1
sl_ok "and one behind 1400" site b pb 4 1400 1 0
sl_in b ip link set gre1 mtu 1372
node_file node.yaml "$SL_WORK/pass.click" ", address6: 'fd00::fe/64'"
node_file no6.yaml "$SL_WORK/pass.click" ""
sl_daemon node || exit 1
sl_ok "a node between them" sl_ctl node apply "$SL_WORK/node.yaml"
sl_ok "both links are up" sl_wait 20 links_up

sl_ok "a packet of 1372 bytes passes" probe a 10.0.1.1 1372
sl_ok "with IPv6, too" probe a fd00:0:0:1::1 1372
sl_ok "none was too long" test "$(red count)" = 0
sl_ok "1373 bytes with DF: told to send 1372" told 10.0.1.1 1373 'From 10.0.0.254.*mtu = 1372'
sl_ok "1472 bytes, too" told 10.0.1.1 1472 'From 10.0.0.254.*mtu = 1372'
sl_ok "the sender's kernel believes it" test "$(path_mtu 10.0.1.1)" = "mtu 1372"
sl_ok "IPv6, 1373 bytes: told to send 1372" told fd00:0:0:1::1 1373 'From fd00::fe.*mtu=1372'
sl_ok "IPv6, 1472 bytes, too" told fd00:0:0:1::1 1472 'From fd00::fe.*mtu=1372'
sl_ok "the sender's kernel believes it" test "$(path_mtu fd00:0:0:1::1)" = "mtu 1372"
sl_ok "all four were answered" test "$(red count) $(red answered)" = "4 4"

forget
sl_not "without DF 1472 bytes are dropped" sl_in a ping -n -c 1 -W 1 -M dont -s 1444 10.0.1.1
sl_ok "and counted: by the graph" test "$(red uncut)" = 1
sl_ok "and as the tenant's loss" test "$(too_big)" = 1

answered=$(red answered)
sl_ok "TCP over the smaller link" transfer 10.0.1.1
sl_ok "found its way by an answer" test "$(red answered)" -gt "$answered"
sl_ok "and sends what passes" test "$(path_mtu 10.0.1.1)" = "mtu 1372"
answered=$(red answered)
sl_ok "TCP with IPv6" transfer fd00:0:0:1::1
sl_ok "found its way by an answer" test "$(red answered)" -gt "$answered"
sl_ok "and sends what passes" test "$(path_mtu fd00:0:0:1::1)" = "mtu 1372"
echo "# $bytes bytes each way and version; $(red count) packets too long, $(red answered) answered, $(red limited) over the rate"

# A sender that does not listen.
flood() {
	sl_in a ip route replace 10.0.1.1 dev gre1 mtu lock 1472
	sl_in a ping -q -n -f -l 500 -c 2000 -W 1 -M "do" -s 1444 10.0.1.1 2>&1
	sl_in a ip route del 10.0.1.1
	[ "$(red limited)" -gt 0 ]
}
sl_ok "a flood is not answered packet by packet" flood
sl_ok "every packet too long is accounted for" \
	test "$(red count)" = $(($(red answered) + $(red limited) + $(red uncut) + $(red refused) + $(red no_source)))
echo "# $(red count) packets too long, $(red answered) answered, $(red limited) over the rate"

recording "$SL_WORK/long.pcap" 1472 4000
recording "$SL_WORK/cut.pcap" 1472 0000
sl_ok "replay makes the same message" sl_in node bash -c "$(declare -f replayed); SL_WORK=$SL_WORK SL_BIN=$SL_BIN; replayed kernel"
sl_ok "and the native build" sl_in node bash -c "$(declare -f replayed); SL_WORK=$SL_WORK SL_BIN=$SL_BIN; replayed native --native"
sl_ok "to the byte" cmp "$SL_WORK/replay-kernel/eth0.pcap" "$SL_WORK/replay-native/eth0.pcap"

sl_in node ip link set pb mtu 1350
sl_in b ip link set eth mtu 1350
sl_in b ip link set gre1 mtu 1322
sl_ok "a smaller port, applied" sl_ctl node apply "$SL_WORK/node.yaml"
sl_ok "senders are told the new MTU" told 10.0.1.1 1372 'From 10.0.0.254.*mtu = 1322'

sl_ok "Click's standard IP router in place of the graph" sl_ctl tenant install red configs/router2.click
sl_ok "its IPFragmenter is for 1500 bytes: senders are told 1322" told 10.0.1.1 1472 'From 10.0.0.254.*mtu = 1322'
sl_ok "and TCP finds its way" transfer 10.0.1.1

noted() {
	sl_in node "$SL_BIN/sluicectl" preflight "$SL_WORK/pass.click" --node "$SL_WORK/no6.yaml" --tenant red >"$SL_WORK/note" 2>&1
	cat "$SL_WORK/note"
	grep -q 'eth0 has no IPv6 address' "$SL_WORK/note" && ! grep -q 'no IPv4 address' "$SL_WORK/note"
}
sl_ok "a link without an IPv6 address: preflight notes it" noted
sl_ok "the node is the graph of the file again" sl_ctl node apply "$SL_WORK/no6.yaml"
sl_not "IPv6 is then not answered" told fd00:0:0:1::1 1372 'mtu='
sl_ok "but counted" test "$(red no_source)" = 1
sl_done
