# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # variables for who sources it
# What the tests with traffic share: a private place to run in, hosts (network namespaces) with veths
# between them, a daemon, TAP. Source it from a script at the root of the tree:
#
#   cd "$(dirname "$0")/.." && . selftests/lib.sh
#   sl_private "$@"           # own mount namespace: own bpffs, /run/sluice, /var/lib/sluice
#   sl_host node; sl_host a   # namespaces sl-node-PID, sl-a-PID
#   sl_wire node p0 a eth     # a veth between them
#   sl_daemon node            # sluiced in it
#   sl_ok "name" command...   # TAP
#   sl_done
#
# Everything made is taken away when the script ends, however it ends.

# Outputs that are read must be in one language; a root shell from `su` has no sbin in its path.
export PATH=$PATH:/usr/sbin:/sbin LC_ALL=C
SL_ROOT=$PWD
SL_BIN=$SL_ROOT/build
SL_TOOLS=$SL_ROOT/build/selftests/tools
SL_TESTS=0
SL_FAILED=0
SL_HOSTS=()
SL_PIDS=()

# Runs the script again in a mount namespace of its own. What is pinned or written there is gone with
# it.
sl_private() {
	if [ -z "${SL_PRIVATE:-}" ]; then
		if [ "$(id -u)" != 0 ]; then
			echo "1..0 # SKIP needs root"
			exit 0
		fi
		SL_PRIVATE=1 exec unshare --mount --propagation private -- bash "$0" "$@"
	fi
	mount -t bpf bpf /sys/fs/bpf
	for d in /run/sluice /var/lib/sluice /var/cache/sluice; do
		mkdir -p "$d"
		mount -t tmpfs -o mode=755 tmpfs "$d"
	done
	SL_WORK=$(mktemp -d)
	trap sl_cleanup EXIT
	trap 'exit 130' INT TERM
}

sl_cleanup() {
	local pid ns
	for pid in "${SL_PIDS[@]}"; do
		kill "$pid" 2>/dev/null
	done
	for pid in "${SL_PIDS[@]}"; do
		wait "$pid" 2>/dev/null
	done
	for ns in "${SL_HOSTS[@]}"; do
		ip netns del "sl-$ns-$$" 2>/dev/null
	done
	# Groups of tenants that had a memory limit, if they are still there.
	for ns in $(stat -c %d /sys/fs/bpf); do
		rmdir /sys/fs/cgroup{,/memory}/"sluice-$ns"/tenant-* /sys/fs/cgroup{,/memory}/"sluice-$ns" 2>/dev/null
	done
	rm -rf "$SL_WORK"
}

# A host of our own.
sl_host() { # name
	ip netns add "sl-$1-$$"
	SL_HOSTS+=("$1")
	sl_in "$1" ip link set lo up
}

# Runs a command in a host. Mounts stay those of the script.
sl_in() { # name, command...
	local ns=/run/netns/sl-$1-$$
	shift
	nsenter --net="$ns" -- "$@"
}

# Starts a command in a host in the background; its pid is in SL_PID.
sl_start() { # name, command...
	local ns=/run/netns/sl-$1-$$
	shift
	nsenter --net="$ns" -- "$@" &
	SL_PID=$!
	SL_PIDS+=("$SL_PID")
}

# A veth from one host to another. Offloads are off (what they leave undone does not survive an XDP
# redirect); the second end takes redirected frames by NAPI (GRO on).
sl_wire() { # host, device, other host, its device
	sl_in "$1" ip link add "$2" type veth peer name "$4" netns "sl-$3-$$"
	local end host dev
	for end in "$1 $2" "$3 $4"; do
		read -r host dev <<<"$end"
		sl_in "$host" sysctl -qw "net.ipv6.conf.$dev.accept_dad=0" "net.ipv6.conf.$dev.router_solicitations=0"
		sl_in "$host" ip link set "$dev" up
		# Only a device that is up tells its peer that it takes redirected frames.
		sl_in "$host" ethtool -K "$dev" tx off tso off gso off gro on >/dev/null 2>&1
	done
}

sl_mac() { # host, device
	sl_in "$1" ip -br link show "$2" | awk '{print $3}'
}

# A host that sends packets, the node, one that takes them: with GRE on both sides, so that tenants'
# links are told by their keys.
#
#   gen g0 ── p0 node p1 ── s0 sink
sl_between() {
	local host
	for host in node gen sink; do
		sl_host "$host"
		# Nobody sends anything unasked.
		sl_in "$host" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	done
	sl_between_wires node g0 s0
}

sl_between_wires() { # node, the generator's device, the sink's
	sl_wire gen "$2" "$1" p0
	sl_wire "$1" p1 sink "$3"
	sl_in "$1" ip addr add 192.0.2.1/30 dev p0
	sl_in "$1" ip addr add 192.0.2.5/30 dev p1
	# Fixed neighbours: nobody asks.
	sl_in "$1" ip neigh add 192.0.2.2 lladdr "$(sl_mac gen "$2")" dev p0 nud permanent
	sl_in "$1" ip neigh add 192.0.2.6 lladdr "$(sl_mac sink "$3")" dev p1 nud permanent
}

# Of a node file: the links of a tenant of such a node.
sl_between_links() { # key
	echo "      - {device: eth0, local: 192.0.2.1, remote: 192.0.2.2, key: $1}"
	echo "      - {device: eth1, local: 192.0.2.5, remote: 192.0.2.6, key: $1}"
}

# Waits until a command succeeds, at most the given seconds.
sl_wait() { # seconds, command...
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		if [ $SECONDS -ge $end ]; then
			return 1
		fi
		sleep 0.05
	done
}

# The daemon in a host; its pid is in SL_DAEMON.
sl_daemon() { # host, options...
	local host=$1
	shift
	SL_NODE=$host
	sl_start "$host" "$SL_BIN/sluiced" "$@" 2>>"$SL_WORK/sluiced.log"
	SL_DAEMON=$SL_PID
	sl_wait 20 sl_ctl port list || {
		cat "$SL_WORK/sluiced.log" >&2
		return 1
	}
}

sl_ctl() {
	sl_in "$SL_NODE" "$SL_BIN/sluicectl" "$@"
}

# ---- TAP ----------------------------------------------------------------------------------------

sl_result() { # status, name
	SL_TESTS=$((SL_TESTS + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $SL_TESTS - $2"
	else
		SL_FAILED=$((SL_FAILED + 1))
		echo "not ok $SL_TESTS - $2"
	fi
}

# A test is a command that succeeds; what it prints is shown when it does not.
sl_ok() { # name, command...
	local name=$1 status
	shift
	"$@" >"$SL_WORK/out" 2>&1
	status=$?
	sl_result $status "$name"
	if [ $status -ne 0 ]; then
		sed 's/^/# /' "$SL_WORK/out" | head -60
	fi
	return $status
}

# The opposite.
sl_not() { # name, command...
	local name=$1
	shift
	sl_ok "$name" sl_fails "$@"
}

sl_fails() {
	! "$@"
}

sl_skip() { # name, reason
	SL_TESTS=$((SL_TESTS + 1))
	echo "ok $SL_TESTS - $1 # SKIP $2"
}

sl_done() {
	echo "1..$SL_TESTS"
	[ "$SL_FAILED" -eq 0 ]
	exit
}
