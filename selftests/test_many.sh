#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A hundred tenants with the same graph and the same inner addresses: what one is sent is counted in its
# own counters, under the names in the graph, and plain bpftool shows it. TAP.
#   TENANTS=100 selftests/test_many.sh
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=selftests/lib.sh
. selftests/lib.sh
# shellcheck source=selftests/storm.sh
. selftests/storm.sh
sl_private "$@"
tenants=${TENANTS:-20}

sl_ok "a node with two ports" storm_node
cat >"$SL_WORK/same.click" <<'CLICK'
FromDevice(eth0) -> cnt :: Counter -> Strip(14) -> chk :: CheckIPHeader -> ttl :: DecIPTTL
  -> Unstrip(14) -> q :: Queue -> out :: ToDevice(eth1);
FromDevice(eth1) -> back :: Discard;
CLICK
{
	printf 'ports:\n  - {name: p0, interface: p0}\n  - {name: p1, interface: p1}\ntenants:\n'
	for ((i = 1; i <= tenants; i++)); do
		cat <<-YAML
			  - name: t$i
			    graph: $SL_WORK/same.click
			    links:
			      - {device: eth0, local: 192.0.2.1, remote: 192.0.2.2, key: $((1000 + i)), address: 10.0.0.254/24}
			      - {device: eth1, local: 192.0.2.5, remote: 192.0.2.6, key: $((1000 + i)), address: 10.0.1.254/24}
		YAML
	done
} >"$SL_WORK/many.yaml"
sl_ok "$tenants tenants of one graph" sl_ctl node apply "$SL_WORK/many.yaml"

send() { # tenant, packets
	sl_in node "$SL_TOOLS/storm" "gen-ns=sl-gen-$$" gen-dev=g0 "sink-ns=sl-sink-$$" sink-dev=s0 \
		"smac=$G0" "dmac=$P0" src=192.0.2.2 dst=192.0.2.1 "key=$((1000 + $1))" \
		inner-src=10.0.0.1 inner-dst=10.0.1.1 ttl=64 len=64 cpu=0 "count=$2" | tail -1
}

# A member in bpftool's dump; `member` is a path like cnt.packets or q.
dumped() { # tenant, member
	bpftool map dump pinned "/sys/fs/bpf/sluice/t$1/counters" | awk -v path="$2" '
		BEGIN { n = split(path, want, ".") }
		$1 == "\"" want[1] "\":" { if (n == 1) { gsub(/[^0-9]/, "", $2); sum += $2 } else inside = 1; next }
		inside && $1 == "\"" want[2] "\":" { gsub(/[^0-9]/, "", $2); sum += $2 }
		/}/ { inside = 0 }
		END { print sum + 0 }'
}

# The daemon brings the dump up to date twice a second.
shows() { # tenant, member, number
	[ "$(dumped "$1" "$2")" = "$3" ]
}

last=$tenants
middle=$(((tenants + 1) / 2))
for t in 1 $middle $last; do
	report=$(send "$t" $((10000 + t)))
	sl_ok "tenant $t: nothing is lost" sh -c "echo '$report' | grep -q '\"seen\": $((10000 + t)),'"
done
for t in 1 $middle $last; do
	for member in cnt.packets chk.packets ttl.packets q out; do
		sl_ok "tenant $t: bpftool shows $member as sent" sl_wait 5 shows "$t" $member $((10000 + t))
	done
	sl_ok "tenant $t: 64 bytes and an Ethernet header each" sl_wait 5 shows "$t" cnt.bytes $(((10000 + t) * 78))
	sl_ok "tenant $t: nothing came back" shows "$t" back 0
done
sl_ok "a tenant that was sent nothing counted nothing" shows 2 cnt.packets 0
sl_done
