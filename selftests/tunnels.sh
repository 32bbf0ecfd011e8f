# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2317,SC2154 # sl_ok calls functions by name; `variants` is the test's
# Two sites and a router between them by tunnels of every kind; for test_tunnels.sh and test_vlans.sh.
# Source it after sites.sh, with `variants` set: "PAYLOAD OUTER OPTIONS TAGS", like "ether ip6 key 0".
#
# Every variant is a tenant of its own, all with the same inner addresses, and all are there all the
# while. Some run Click's standard IP router, the others one that compiles in less time.
bytes=${BYTES:-200000}

# The node's outer address towards a site is of one variant alone: a tunnel without a key is told by
# its addresses. The site's is always the same.
node_address() { # variant's number, site (a, b), version
	case $2$3 in
	aip4) echo "198.18.1.$((100 + $1))" ;;
	bip4) echo "198.18.2.$((100 + $1))" ;;
	aip6) printf 'fd01::1%02x\n' "$1" ;;
	bip6) printf 'fd02::1%02x\n' "$1" ;;
	esac
}

site_address() { # site, version, tags
	local net
	net=$([ "$1" = a ] && echo 1 || echo 2)
	case $2 in
	ip4) echo "198.18.$((net + 10 * $3)).1" ;;
	ip6) echo "fd$3$net::1" ;;
	esac
}

link_options() { # options, key
	case $1 in
	key) echo ", key: $2" ;;
	csum) echo ", csum: true" ;;
	seq) echo ", seq: true" ;;
	all) echo ", key: $2, csum: true, seq: true" ;;
	esac
}

tunnel_options() { # options, key, payload
	case $1 in
	key) echo "key $2" ;;
	csum) echo csum ;;
	seq) echo seq ;;
	all) echo "key $2 csum seq" ;;
	esac
	[ "$3" = ip ] || echo tap
}

describe_link() { # number, site, device, mac, inner, payload, version, options, tags
	local vlan=
	# The kernel here may have no VLAN devices: then nobody resolves a neighbour behind a tag.
	[ "$9" = 0 ] || vlan=", port: p$2, vlan: 10$9, next_hop_mac: $(sl_mac "$2" eth)"
	[ "$9" != 2 ] || vlan+=", inner_vlan: 300"
	echo "      - {device: $3, mac: '$4', address: $5, payload: $6, local: '$(node_address "$1" "$2" "$7")'," \
		"remote: '$(site_address "$2" "$7" "$9")'$(link_options "$8" $((1000 + $1)))$vlan}"
}

describe() {
	local i payload version options tags graph
	printf 'ports:\n  - {name: pa, interface: pa}\n  - {name: pb, interface: pb}\ntenants:\n'
	for i in "${!variants[@]}"; do
		read -r payload version options tags <<<"${variants[i]}"
		case "$payload $version $options" in
		"ip ip4 plain" | "ether ip6 all") graph=$SL_WORK/router2.click ;;
		*) graph=$SL_WORK/router.click ;;
		esac
		printf '  - name: v%d\n    graph: %s\n    links:\n' "$i" "$graph"
		describe_link "$i" a eth0 02:00:00:00:00:a0 10.0.0.254/24 "$payload" "$version" "$options" "$tags"
		describe_link "$i" b eth1 02:00:00:00:00:a1 10.0.1.254/24 "$payload" "$version" "$options" "$tags"
	done
}

tunnel_graphs() {
	cat >"$SL_WORK/router.click" <<'CLICK'
rt :: StaticIPLookup(10.0.0.0/24 0, 10.0.1.0/24 1);
ip :: Strip(14) -> chk :: CheckIPHeader -> rt;
c0 :: Classifier(12/0806 20/0001, 12/0806 20/0002, 12/0800, -);
c1 :: Classifier(12/0806 20/0001, 12/0806 20/0002, 12/0800, -);
in0 :: FromDevice(eth0) -> c0;
in1 :: FromDevice(eth1) -> c1;
out0 :: Queue -> sent0 :: ToDevice(eth0);
out1 :: Queue -> sent1 :: ToDevice(eth1);
c0[0] -> ARPResponder(10.0.0.254 02:00:00:00:00:A0) -> out0;
c1[0] -> ARPResponder(10.0.1.254 02:00:00:00:00:A1) -> out1;
arpq0 :: ARPQuerier(10.0.0.254, 02:00:00:00:00:A0) -> out0;
arpq1 :: ARPQuerier(10.0.1.254, 02:00:00:00:00:A1) -> out1;
c0[1] -> [1]arpq0;
c1[1] -> [1]arpq1;
c0[2] -> ip;
c1[2] -> ip;
c0[3] -> Discard;
c1[3] -> Discard;
rt[0] -> DecIPTTL -> [0]arpq0;
rt[1] -> DecIPTTL -> [0]arpq1;
CLICK
	# The same names there, for those that are read.
	sed 's/^FromDevice(eth\([01]\))/in\1 :: &/; s/ToDevice(eth\([01]\))/sent\1 :: &/' configs/router2.click \
		>"$SL_WORK/router2.click"
}

# What carries the site's tagged outer packets: a device behind the tags, which knows the node.
tagged_device() { # site, tags
	local site=$1 tags=$2 dev=eth.$2 i version
	# shellcheck disable=SC2046 # the inner tag is a word of its own
	site_start "$site" ready "$SL_TOOLS/vlantap" "$dev" eth "10$tags" $([ "$tags" = 1 ] || echo 300) || return 1
	sl_in "$site" sysctl -qw "net.ipv6.conf.$dev.accept_dad=0" "net.ipv6.conf.$dev.router_solicitations=0"
	sl_in "$site" ip link set "$dev" mtu $((1500 - 4 * (tags - 1)))
	# Packet sockets allow for a tag above the MTU only if it is of 802.1Q.
	sl_in "$site" ip link set eth mtu 1504
	for version in ip4 ip6; do
		sl_in "$site" ip addr add "$(site_address "$site" $version "$tags")" dev "$dev" nodad
	done
	for i in "${!variants[@]}"; do
		read -r _ version _ _ <<<"${variants[i]}"
		[ "${variants[i]##* }" = "$tags" ] || continue
		sl_in "$site" ip route add "$(node_address "$i" "$site" "$version")" dev "$dev" \
			src "$(site_address "$site" "$version" "$tags")" &&
			sl_in "$site" ip neigh add "$(node_address "$i" "$site" "$version")" dev "$dev" \
				lladdr "$(sl_mac node "p$site")" nud permanent || return 1
	done
}

sites() {
	local site n i version tags
	sl_host node
	for site in a b; do
		n=$([ $site = a ] && echo 1 || echo 2)
		site_host "$site" "p$site" "198.18.$n" "fd0$n" || return 1
		for i in "${!variants[@]}"; do
			read -r _ version _ tags <<<"${variants[i]}"
			sl_in node ip addr add "$(node_address "$i" $site "$version")" dev p$site
		done
		# Where the node sends what goes behind tags: out of that port.
		for tags in 1 2; do
			for version in ip4 ip6; do
				sl_in node ip route add "$(site_address $site $version $tags)" dev p$site
			done
			tagged_device $site $tags || return 1
		done
	done
}

# The tunnel device of a variant is alone in its site: all have the same inner addresses.
tunnels() { # number, payload, version, options, tags
	local options mtu site
	mtu=$(link_number "v$1/eth0" mtu)
	echo "MTU $mtu"
	[ "$mtu" -gt 1000 ] && [ "$mtu" = "$(link_number "v$1/eth1" mtu)" ] || return 1
	read -ra options <<<"$(tunnel_options "$4" $((1000 + $1)) "$2" | tr '\n' ' ')"
	PIDS=()
	for site in a b; do
		site_tunnel $site gre1 "$(site_address $site "$3" "$5")" "$(node_address "$1" $site "$3")" \
			"10.0.$([ $site = a ] && echo 0 || echo 1).1/24" "$mtu" "${options[@]}" || return 1
		PIDS+=("$SL_PID")
	done
	sl_in a ip route add 10.0.1.0/24 via 10.0.0.254 && sl_in b ip route add 10.0.0.0/24 via 10.0.1.254
}

# What a site's tunnel device sent and received is what the link and the graph's elements counted.
counted() { # tenant, site, device, index of the device in the graph
	local t=$1 sent received
	sent=$(site_count "$2" gre1 tx)
	received=$(site_count "$2" gre1 rx)
	[ "$sent" -ge 40 ] && [ "$received" -ge 40 ] &&
		same "$sent" link_number "$t/$3" rx_packets && same "$received" link_number "$t/$3" tx_packets &&
		same "$sent" sl_ctl read "$t/in$4.count" && same "$received" sl_ctl read "$t/sent$4.count"
}

variant() { # number, payload, version, options, tags
	local name="$2 over $3, $4, $5 tags" pid
	sl_ok "$name: tunnels" tunnels "$@" || return
	# On Ethernet the routers ask for neighbours first; a packet that has to wait for that is dropped.
	[ "$2" = ip ] || sl_ok "$name: neighbours are found" sl_wait 10 site_ping a 10.0.1.1 1 -W 1
	sl_ok "$name: pings from a to b" site_ping a 10.0.1.1 10 ||
		sl_ctl -j stats "v$1" | sed -n 's/^/# /; /"drops"/,/}/p; /_packets"/p'
	sl_ok "$name: pings from b to a, as large as the MTU" site_ping b 10.0.0.1 10 -M "do" -s $(($(link_number "v$1/eth0" mtu) - 28))
	sl_ok "$name: transfer both ways keeps its hash" site_transfer b 10.0.1.1 a "$bytes"
	sl_ok "$name: a's frames are the node's" sl_wait 5 counted "v$1" a eth0 0
	sl_ok "$name: b's frames are the node's" sl_wait 5 counted "v$1" b eth1 1
	for pid in "${PIDS[@]}"; do
		site_stop "$pid"
	done
}

# All variants whose words are like the pattern.
tunnels_test() { # pattern
	local i
	sl_ok "two sites" sites
	sl_ok "a daemon" sl_daemon node
	tunnel_graphs
	describe >"$SL_WORK/node.yaml"
	sl_ok "${#variants[@]} tenants, one a variant" sl_ctl node apply "$SL_WORK/node.yaml"
	sl_ok "every link is up" sl_wait 20 links_up
	for i in "${!variants[@]}"; do
		# shellcheck disable=SC2086 # four words
		[[ ${variants[i]} != *$1* ]] || variant "$i" ${variants[i]}
	done
}
