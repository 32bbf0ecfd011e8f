#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Two peers with tunnel devices of the kernel's own, and what is between them. TAP.
#   selftests/kernels/peers.sh direct [PATTERN]
#
#   peer a (tunnel device) -- veth -- node -- veth -- peer b (tunnel device)
#
# direct: the node only forwards, the tunnels go from peer to peer. Shows that the devices, the
# offload settings and the transfers below are right, so that a failure through a real node is the
# node's.
# Every variant, {gre, gretap, ip6gre, ip6gretap} x {plain, key, csum, seq, key+csum+seq}: pings both
# ways, and a TCP transfer both ways at once whose ends compare SHA-256.
set -u
cd "$(dirname "$0")/../.." || exit 1
mode=${1:-direct}
pattern=${2:-}
xfer=$PWD/build/selftests/tools/xfer
bytes=2000000

a=sl-peera-$$ b=sl-peerb-$$ node=sl-peern-$$
work=$(mktemp -d)
tests=0 failed=0

in_ns() {
	local ns=$1
	shift
	nsenter --net="/run/netns/$ns" "$@"
}

# shellcheck disable=SC2317 # called by the trap
cleanup() {
	local ns
	for ns in $a $b $node; do
		ip netns del "$ns" 2>/dev/null
	done
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

report() { # status, name; what went wrong is in $work/log
	tests=$((tests + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $tests - $2"
	else
		failed=1
		echo "not ok $tests - $2"
		sed 's/^/# /' "$work/log"
	fi
}

fatal() {
	echo "Bail out! $*"
	exit 1
}

# A veth from the node to a peer, without what does not survive an XDP redirect.
join() { # peer's namespace, device in the node, addresses of both ends
	local ns=$1 dev=$2 dev_ns
	ip -n $node link add "$dev" type veth peer name port netns "$ns" || fatal "no veth"
	for dev_ns in "$node $dev" "$ns port"; do
		read -r n d <<<"$dev_ns"
		in_ns "$n" ethtool -K "$d" tx off tso off gso off gro off >/dev/null 2>&1
		in_ns "$n" ethtool -k "$d" | grep -q '^tx-checksumming: off' ||
			fatal "$d: transmit checksums cannot be turned off"
		ip -n "$n" link set "$d" up
	done
	ip -n $node addr add "$3" dev "$dev"
	ip -n $node addr add "$4" dev "$dev" nodad
	ip -n "$ns" addr add "$5" dev port
	ip -n "$ns" addr add "$6" dev port nodad
}

setup() {
	local ns
	for ns in $a $b $node; do
		ip netns add "$ns" || fatal "no namespace"
		ip -n "$ns" link set lo up
	done
	join $a pa 10.1.0.254/24 fd01::254/64 10.1.0.1/24 fd01::1/64
	join $b pb 10.2.0.254/24 fd02::254/64 10.2.0.1/24 fd02::1/64
}

setup_direct() {
	in_ns $node sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	ip -n $a route add default via 10.1.0.254
	ip -n $a -6 route add default via fd01::254
	ip -n $b route add default via 10.2.0.254
	ip -n $b -6 route add default via fd02::254
}

flags_of() { # variant, key → options of `ip link add`
	local words=
	case $1 in *key*) words+=" key $2" ;; esac
	case $1 in *csum*) words+=" csum" ;; esac
	case $1 in *seq*) words+=" seq" ;; esac
	echo "$words"
}

tunnel() { # namespace, device, kind, local, remote, inner address, options...
	local ns=$1 dev=$2 kind=$3 local=$4 remote=$5 addr=$6
	shift 6
	ip -n "$ns" link add "$dev" type "$kind" local "$local" remote "$remote" "$@" &&
		ip -n "$ns" addr add "$addr" dev "$dev" &&
		ip -n "$ns" link set "$dev" up
}

check_ping() { # name, from namespace, to address
	in_ns "$2" ping -n -q -c 5 -i 0.05 -W 5 "$3" >"$work/log" 2>&1 &&
		grep -q ' 5 received' "$work/log"
	report $? "$1"
}

# Starts the listening end, waits for its word that it listens, connects.
check_transfer() { # name, listening namespace, its address, connecting namespace
	local listener out status
	mkfifo "$work/fifo"
	in_ns "$2" "$xfer" listen "$3" 4000 $bytes >"$work/fifo" 2>"$work/err" &
	listener=$!
	exec 7<"$work/fifo"
	read -r -t 20 out <&7
	[ "$out" = listening ] && in_ns "$4" "$xfer" connect "$3" 4000 $bytes >"$work/log" 2>&1
	status=$?
	cat <&7 >>"$work/log"
	exec 7<&-
	wait $listener || status=1
	cat "$work/err" >>"$work/log"
	rm "$work/fifo"
	report $status "$1"
}

variant() { # number, kind, flags
	local n=$1 kind=$2 flags=$3 name="$2 $3" la=10.1.0.1 lb=10.2.0.1 options
	local ia=192.168.$n.1 ib=192.168.$n.2
	case $kind in ip6*) la=fd01::1 lb=fd02::1 ;; esac
	read -r -a options <<<"$(flags_of "$flags" "$((1000 + n))")"
	tunnel $a "t$n" "$kind" $la $lb "$ia/24" "${options[@]}" >"$work/log" 2>&1 &&
		tunnel $b "t$n" "$kind" $lb $la "$ib/24" "${options[@]}" >>"$work/log" 2>&1
	report $? "$name: tunnel devices"
	check_ping "$name: ping from a to b" $a "$ib"
	check_ping "$name: ping from b to a" $b "$ia"
	check_transfer "$name: transfer both ways keeps its hash" $b "$ib" $a
	ip -n $a link del "t$n"
	ip -n $b link del "t$n"
}

for module in ip_gre ip6_gre; do
	modprobe -q $module 2>/dev/null
done
if ! ip link add "sl$$" type gretap local 127.0.0.1 remote 127.0.0.2 2>/dev/null; then
	[ -z "${SL_VM:-}" ] || fatal "no device type gretap in the virtual machine"
	echo "1..1"
	echo "ok 1 - GRE peers # SKIP this kernel has no device type gretap"
	exit 0
fi
ip link del "sl$$"
[ -x "$xfer" ] || fatal "no $xfer: make tests"
[ "$mode" = direct ] || fatal "no mode $mode"

setup
setup_direct
n=0
for kind in gre gretap ip6gre ip6gretap; do
	for flags in plain key csum seq key+csum+seq; do
		n=$((n + 1))
		[[ "$kind $flags" == *$pattern* ]] && variant $n $kind $flags
	done
done
echo "1..$tests"
exit $failed
