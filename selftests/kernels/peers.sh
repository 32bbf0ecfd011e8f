#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Two peers with tunnel devices of the kernel's own, and what is between them. TAP; needs root.
#   selftests/kernels/peers.sh direct|node|ahead [PATTERN]
#
#   peer a (tunnel device) -- veth -- node -- veth -- peer b (tunnel device)
#
# direct: the node only forwards, the tunnels go from peer to peer. Shows that the devices, the
# offload settings and the transfers below are right, so that a failure through a real node is the
# node's.
# node: both tunnels end at a Sluice node, and what comes out of one goes through a tenant's graph
# into the other: Click's standard IP router where they carry IP, a bridge where they carry Ethernet.
# From one variant to the next the node is changed by `node apply`, under the running daemon.
# ahead: only the node, which applies each variant's file. Leaves the graphs in the compile cache for
# a machine with the same files on which compiling takes long; needs no tunnel devices.
#
# Every variant, {gre, gretap, ip6gre, ip6gretap} x {plain, key, csum, seq, key+csum+seq}: pings both
# ways, and a TCP transfer both ways at once whose ends compare SHA-256.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=selftests/lib.sh
. selftests/lib.sh
sl_private "$@"
mode=${1:-direct}
pattern=${2:-}
xfer=$SL_TOOLS/xfer
bytes=1000000
cache=$SL_ROOT/build/kernels/cache

fatal() {
	echo "Bail out! $*"
	exit 1
}

# ---- Peers ---------------------------------------------------------------------------------------

# A veth from the node to a peer, with addresses at both ends.
join() { # peer, device in the node, addresses of the node, of the peer
	sl_wire node "$2" "$1" port
	sl_in node ip addr add "$3" dev "$2"
	sl_in node ip addr add "$4" dev "$2" nodad
	sl_in "$1" ip addr add "$5" dev port
	sl_in "$1" ip addr add "$6" dev port nodad
	# The kernel sends nothing of its own through the tunnels.
	sl_in "$1" sysctl -qw net.ipv6.conf.default.disable_ipv6=1
}

setup() {
	sl_host node
	sl_host a
	sl_host b
	join a pa 10.1.0.254/24 fd01::254/64 10.1.0.1/24 fd01::1/64
	join b pb 10.2.0.254/24 fd02::254/64 10.2.0.1/24 fd02::1/64
}

flags_of() { # variant → options of `ip link add`
	local words=
	case $1 in *key*) words+=" key $key" ;; esac
	case $1 in *csum*) words+=" csum" ;; esac
	case $1 in *seq*) words+=" seq" ;; esac
	echo "$words"
}

# A peer's tunnel device, in place of the one before, and where it leads. One process, as starting
# one takes long in software emulation.
tunnel() { # peer, kind, local, remote, inner address, inner network of the other peer
	local old=''
	[ ! -e "$SL_WORK/has-$1" ] || old="link del tun"
	touch "$SL_WORK/has-$1"
	sl_in "$1" ip -batch - <<-BATCH
		$old
		link add tun type $2 local $3 remote $4$(flags_of "$flags")
		addr add $5 dev tun
		link set tun up
		${6:+route add $6 dev tun}
	BATCH
}

tunnels() {
	tunnel a "$kind" "$la" "$ra" "$ia/24" "$oa" && tunnel b "$kind" "$lb" "$rb" "$ib/24" "$ob"
}

# Pings one way: all must be answered. No more than one is on its way at a time (-A): while a neighbour
# is looked up, packets change places, and a peer that wants sequence numbers drops the late one.
pinged() { # peer, address
	sl_in "$1" ping -n -A -c 5 -W 5 "$2" >"$SL_WORK/ping"
	cat "$SL_WORK/ping"
	[[ $(<"$SL_WORK/ping") == *" 5 received"* ]]
}

# Starts the listening end at b, waits for its word that it listens, connects from a.
transfer() { # address of b
	local listener out status
	mkfifo "$SL_WORK/fifo"
	sl_in b "$xfer" listen "$1" 4000 "$bytes" >"$SL_WORK/fifo" &
	listener=$!
	exec 7<"$SL_WORK/fifo"
	read -r -t 20 out <&7
	[ "$out" = listening ] && sl_in a "$xfer" connect "$1" 4000 "$bytes"
	status=$?
	cat <&7
	exec 7<&-
	wait "$listener" || status=1
	rm "$SL_WORK/fifo"
	return "$status"
}

# ---- The node ------------------------------------------------------------------------------------

setup_direct() {
	sl_in node sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	sl_in a ip route add default via 10.1.0.254
	sl_in a ip -6 route add default via fd01::254
	sl_in b ip route add default via 10.2.0.254
	sl_in b ip -6 route add default via fd02::254
}

setup_node() {
	find "$cache" -type f | sort >"$SL_WORK/cached"
	sl_daemon node --cache-dir "$cache" || fatal "no daemon"
}

link_yaml() { # device, local, remote, kind, flags, address of the device on an IP link
	local more=
	case $4 in
	*tap) more+=", payload: ether" ;;
	*) more+=", address: $6" ;;
	esac
	case $5 in *key*) more+=", key: $key" ;; esac
	case $5 in *csum*) more+=", csum: true" ;; esac
	case $5 in *seq*) more+=", seq: true" ;; esac
	echo "      - {device: $1, local: '$2', remote: '$3'$more}"
}

node_yaml() { # kind, flags
	local graph=configs/router2.click la=10.1.0.1 lb=10.2.0.1 na=10.1.0.254 nb=10.2.0.254
	case $1 in *tap) graph=selftests/kernels/bridge.click ;; esac
	case $1 in ip6*) la=fd01::1 lb=fd02::1 na=fd01::254 nb=fd02::254 ;; esac
	cat <<-YAML
		ports:
		  - {name: pa, interface: pa}
		  - {name: pb, interface: pb}
		tenants:
		  - name: red
		    graph: $SL_ROOT/$graph
		    links:
		$(link_yaml eth0 "$na" "$la" "$1" "$2" 10.0.0.254/24)
		$(link_yaml eth1 "$nb" "$lb" "$1" "$2" 10.0.1.254/24)
	YAML
}

# Makes the node the one of a variant. Among links whose outer headers are of the same length, the
# graph stays as it is; a second time there is nothing at all to do.
applied() { # kind, flags
	local changes
	node_yaml "$1" "$2" >"$SL_WORK/node.yaml"
	changes=$(sl_ctl -j node apply "$SL_WORK/node.yaml") || return
	echo "$changes"
	case $before/$2 in
	"$1 key/csum" | "$1 csum/seq") [[ $changes != *'"graph"'* ]] ;;
	*/key+csum+seq)
		changes=$(sl_ctl -j node apply "$SL_WORK/node.yaml")
		echo "$changes"
		[[ ${changes//[[:space:]]/} == *'"changes":[]'* ]]
		;;
	esac
}

links_up() {
	local links
	links=$(sl_ctl -j link list) && [[ $links != *'"down"'* ]]
}

# All that came to the node went through the graph and out again. The transfer alone is that many
# packets.
passed() {
	local had=$received sent drops
	sl_ctl -j stats >"$SL_WORK/stats" || return
	cat "$SL_WORK/stats"
	read -r received sent drops < <(tr -d ' \n' <"$SL_WORK/stats" | grep -oE \
		'"[rt]x_packets":[0-9]+|"drops":\{[^}]*\}' | awk -F: '
		/rx_/ {r += $2} /tx_/ {t += $2} /drops/ && $2 != "{}" {d++} END {print r, t, d + 0}')
	echo "received $received, $had of them before; sent $sent; $drops lists of drops"
	[ "$received" = "$sent" ] && [ "$drops" = 0 ] &&
		[ $((received - had)) -gt $((2 * bytes / 1500)) ]
}

# Compiling takes long here: `peers.sh ahead` has done it.
all_cached() {
	find "$cache" -type f | sort | diff "$SL_WORK/cached" -
}

# ---- Variants ------------------------------------------------------------------------------------

variant() { # kind, flags
	local kind=$1 flags=$2 name="$1 $2" la=10.1.0.1 lb=10.2.0.1 ra=10.2.0.1 rb=10.1.0.1
	local ia=10.0.0.1 ib=10.0.0.2 oa='' ob=''
	if [ "$mode" != direct ]; then
		sl_ok "$name: the node takes the links" applied "$kind" "$flags" || return
		before="$kind $flags"
		ra=10.1.0.254 rb=10.2.0.254
		case $kind in *gre) ib=10.0.1.1 oa=10.0.1.0/24 ob=10.0.0.0/24 ;; esac
	fi
	[ "$mode" != ahead ] || return
	case $kind in ip6*)
		la=fd01::1 lb=fd02::1 ra=fd02::1 rb=fd01::1
		[ "$mode" = direct ] || ra=fd01::254 rb=fd02::254
		;;
	esac
	sl_ok "$name: tunnel devices" tunnels
	if [ "$mode" = node ]; then
		sl_ok "$name: next hops are found" sl_wait 20 links_up
	fi
	sl_ok "$name: ping from a to b" pinged a $ib
	sl_ok "$name: ping from b to a" pinged b $ia
	sl_ok "$name: transfer both ways keeps its hash" transfer $ib
	if [ "$mode" = node ]; then
		sl_ok "$name: all packets went through the tenant's graph" passed
	fi
}

if [ "$mode" != ahead ]; then
	for module in ip_gre ip6_gre; do
		modprobe -q $module 2>/dev/null
	done
	if ! ip link add "sl$$" type gretap local 127.0.0.1 remote 127.0.0.2 2>/dev/null; then
		[ -z "${SL_VM:-}" ] || fatal "no device type gretap in the virtual machine"
		sl_skip "GRE peers" "this kernel has no device type gretap"
		sl_done
	fi
	ip link del "sl$$"
	[ -x "$xfer" ] || fatal "no $xfer: make tests"
fi

setup
case $mode in
direct) setup_direct ;;
node | ahead) setup_node ;;
*) fatal "no mode $mode" ;;
esac
key=1000 received=0 before=''
for kind in gre gretap ip6gre ip6gretap; do
	for flags in plain key csum seq key+csum+seq; do
		key=$((key + 1))
		[[ "$kind $flags" == *$pattern* ]] && variant $kind $flags
	done
done
if [ "$mode" = node ] && [ -n "${SL_VM:-}" ]; then
	sl_ok "nothing was compiled in the virtual machine" all_cached
fi
sl_done
