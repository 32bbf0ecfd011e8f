# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # variables of lib.sh
# Sites for tests with traffic: hosts with a wire to the node and ends of tunnels in user space, what
# they send each other, and what the node has counted of it. Source it after lib.sh.
#
#   inner addresses ─ TUN or TAP device ─ gretun ─ [vlantap] ─ eth ══ port of the node

# ---- Wires and tunnels ---------------------------------------------------------------------------

# A host whose `eth` is wired to a port of the node. The wire's networks are NET.0/24 and fdNN::/64,
# the node is .254 and ::fe, the site .1 and ::1.
site_host() { # site, port, first three bytes of the IPv4 network, first word of the IPv6 network
	sl_host "$1"
	sl_wire node "$2" "$1" eth
	sl_in node ip addr add "$3.254/24" dev "$2"
	sl_in node ip addr add "$4::fe/64" dev "$2" nodad
	sl_in "$1" ip addr add "$3.1/24" dev eth
	sl_in "$1" ip addr add "$4::1/64" dev eth nodad
}

# A host whose `eth` is wired to a port of the node that a tenant has to itself; it speaks IPv4 alone.
site_lan() { # host, port, address/length (none yet), gateway (none)
	sl_host "$1"
	sl_wire node "$2" "$1" eth
	sl_in "$1" sysctl -qw net.ipv6.conf.eth.disable_ipv6=1
	[ -z "${3:-}" ] || sl_in "$1" ip addr add "$3" dev eth
	[ -z "${4:-}" ] || sl_in "$1" ip route add default via "$4"
}

# Two of them, a and b: on one network, or with a router between that is .254 on both.
site_lans() { # one | two
	sl_host node
	case $1 in
	one)
		site_lan a pa 10.0.0.1/24
		site_lan b pb 10.0.0.2/24
		;;
	two)
		site_lan a pa 10.0.0.1/24 10.0.0.254
		site_lan b pb 10.0.1.1/24 10.0.1.254
		;;
	esac
}

# Starts a program of ours in a host and waits for the line in which it says that it is ready. Its pid
# is in SL_PID.
site_start() { # host, word, command...
	local host=$1 word=$2 out
	shift 2
	out=$(mktemp "$SL_WORK/startXXXXXX")
	sl_start "$host" "$@" >"$out" 2>&1
	sl_wait 10 grep -q "$word" "$out" && return 0
	echo "$host: $* does not start"
	return 1
}

# One end of a tunnel. Its device speaks IPv4 only, so that all it counts is what tests send.
site_tunnel() { # site, device, local, remote, inner address/length, MTU, options of gretun...
	local site=$1 dev=$2 local=$3 remote=$4 inner=$5 mtu=$6
	shift 6
	site_start "$site" ready "$SL_TOOLS/gretun" "$dev" "$local" "$remote" "$@" || return 1
	sl_in "$site" sysctl -qw "net.ipv6.conf.$dev.disable_ipv6=1"
	sl_in "$site" ip link set "$dev" mtu "$mtu"
	sl_in "$site" ip addr add "$inner" dev "$dev"
}

site_stop() { # pid
	kill "$1" && wait "$1" 2>/dev/null
	true
}

# A counter of a host's device: rx or tx packets.
site_count() { # host, device, rx | tx
	sl_in "$1" ip -s -s link show "$2" | awk -v want="${3^^}:" '$1 == want { getline; print $2; exit }'
}

# ---- What is sent --------------------------------------------------------------------------------

# Every one of so many pings, sent at once, is answered. (ping gives the last answers twice the longest
# round trip so far, or an interval: on a busy machine only the interval is long enough.)
site_ping() { # site, address, count, options...
	local site=$1 to=$2 count=$3
	shift 3
	sl_in "$site" ping -n -q -c "$count" -l "$count" -i 10 -W 10 "$@" "$to" >"$SL_WORK/ping" 2>&1
	cat "$SL_WORK/ping"
	grep -q "^$count packets transmitted, $count received" "$SL_WORK/ping"
}

# Both ends send BYTES at the same time and compare SHA-256.
site_transfer() { # listening host, its address, connecting host, bytes
	local listener status
	site_start "$1" listening "$SL_TOOLS/xfer" listen "$2" 4000 "$4" || return 1
	listener=$SL_PID
	sl_in "$3" "$SL_TOOLS/xfer" connect "$2" 4000 "$4"
	status=$?
	wait "$listener" || status=1
	return $status
}

# ---- Frames by hand, in hexadecimal (selftests/tools/sendframes) ---------------------------------

hex_of() { # text
	printf %s "$1" | od -An -v -tx1 | tr -d ' \n'
}

# The Internet checksum of some bytes.
hex_sum() { # hex
	local i sum=0
	for ((i = 0; i < ${#1}; i += 4)); do
		sum=$((sum + 0x${1:i:4}))
	done
	sum=$(((sum & 0xffff) + (sum >> 16)))
	printf %04x $((~((sum & 0xffff) + (sum >> 16)) & 0xffff))
}

# An IPv4 packet; the checksum is added to by WRONG.
hex_ip4() { # source, destination, protocol, payload in hex, flags and offset (0), wrong (0)
	local head addrs
	# shellcheck disable=SC2046,SC2183 # eight words
	addrs=$(printf '%02x%02x%02x%02x%02x%02x%02x%02x' $(tr . ' ' <<<"$1 $2"))
	head=$(printf '4500%04x1234%04x40%02x' $((20 + ${#4} / 2)) "${5:-0}" "$3")
	printf '%s%04x%s%s' "$head" $((0x$(hex_sum "${head}0000$addrs") + ${6:-0})) "$addrs" "$4"
}

hex_mac() { # host, device
	sl_mac "$1" "$2" | tr -d :
}

# ---- What is caught ------------------------------------------------------------------------------

# Catches frames into $SL_WORK/NAME.pcap; the pid is in SL_PID.
site_catch() { # name, host, device, options and filter of tcpdump...
	local name=$1 host=$2 dev=$3
	shift 3
	sl_start "$host" tcpdump -q -n -U --immediate-mode -B 16384 -s 0 -Z root -i "$dev" -w "$SL_WORK/$name.pcap" \
		"$@" 2>"$SL_WORK/$name.log"
	sl_wait 10 grep -q 'listening on' "$SL_WORK/$name.log"
}

# What was caught, a line of hexadecimal a frame.
site_caught() { # name
	tcpdump -r "$SL_WORK/$1.pcap" -n -t -xx 2>/dev/null | awk '
		/^\t0x/ { for (i = 2; i <= NF; i++) hex = hex $i; next }
		hex { print hex; hex = "" }
		END { if (hex) print hex }'
}

# How often a text is in what was caught.
site_marks() { # name, text
	grep -ao "$2" "$SL_WORK/$1.pcap" | wc -l
}

# ---- What the node has counted -------------------------------------------------------------------

# A number in the compact JSON of standard input, 0 if it is not there.
json_number() { # key
	tr -d ' \n' | sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p" | grep . || echo 0
}

link_number() { # link, key
	sl_ctl -j link show "$1" | json_number "$2"
}

node_number() { # key; of what belonged to no link
	sl_ctl -j stats | tr -d ' \n' | sed 's/"tenants":.*//' | json_number "$1"
}

tenant_number() { # tenant, key
	sl_ctl -j stats "$1" | tr -d ' \n' | sed 's/"links":.*//; s/"elements":.*//' | json_number "$2"
}

link_is() { # link, state, reason
	sl_ctl -j link show "$1" | tr -d ' \n' | grep -q "\"state\":\"$2\",\"reason\":\"$3\""
}

# Whether two commands print the same number: `same 5 tenant_number red out`.
same() { # number, command...
	local want=$1 got
	shift
	got=$("$@")
	echo "$*: $got, expected $want"
	[ "$got" = "$want" ]
}

links_up() {
	local list
	list=$(sl_ctl -j link list | tr -d ' \n')
	[[ $list == *'"state":"up"'* && $list != *'"state":"down"'* ]]
}
