#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A running graph is compiled again for the ways its packets take: by hand and by itself; nothing is
# lost, counts go on, and a rollback goes to the graph before. TAP.
# shellcheck disable=SC2317 # sl_ok calls functions by name
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=selftests/lib.sh
. selftests/lib.sh
# shellcheck source=selftests/sites.sh
. selftests/sites.sh
sl_private "$@"

echo 'FromDevice(eth0) -> Discard; FromDevice(eth1) -> Discard;' >"$SL_WORK/first.click"
node_file() { # lines of the node's
	cat <<YAML
$1
ports:
  - {name: pa, interface: pa}
  - {name: pb, interface: pb}
tenants:
  - name: red
    links:
      - {device: eth0, kind: direct, port: pa}
      - {device: eth1, kind: direct, port: pb}
YAML
}

generation() {
	sl_ctl -j tenant list | python3 -c 'import json, sys; print(json.load(sys.stdin)["tenants"][0]["generation"])'
}

# So many packets each way.
pings() { # count
	sl_in a ping -n -q -f -c "$1" -W 2 10.0.1.1 | grep -q ' 0% packet loss'
}

json() { # expression over `o`, the last result
	python3 -c 'import json, sys; o = json.load(open(sys.argv[1])); sys.exit(not eval(sys.argv[2]))' "$SL_WORK/json" "$1" || {
		cat "$SL_WORK/json"
		return 1
	}
}

optimize() { # options...
	sl_ctl -j tenant optimize red "$@" >"$SL_WORK/json"
}

too_few() {
	! optimize && sl_ctl tenant optimize red 2>&1 | grep -q 'tell nothing'
}

shown() {
	local before
	before=$(generation)
	pings 1500 && optimize --dry-run || return 1
	[ "$(generation)" = "$before" ] &&
		json 'o["compiled"] == False and o["packets"] >= 3000' &&
		json '{(c["element"], c["output"]) for c in o["changes"]} >= {("c0", 2), ("c1", 2)}' &&
		json 'all(c["share"] > 90 and c["before"] == 0 for c in o["changes"] if c["class"] == "Classifier")'
}

entered() { # element
	sl_ctl -j stats red >"$SL_WORK/json"
	python3 -c '
import json, sys
for e in json.load(open(sys.argv[1]))["elements"]:
    if e["name"] == sys.argv[2]:
        print(e["packets"])' "$SL_WORK/json" "$1"
}

done_under_traffic() {
	local before count after
	before=$(generation)
	count=$(entered chk)
	sl_start a ping -n -q -i 0.01 -c 300 -W 2 10.0.1.1 >"$SL_WORK/ping"
	optimize || return 1
	json 'o["compiled"] and o["stages"]["total_ns"] > 0' || return 1
	wait "$SL_PID"
	cat "$SL_WORK/ping"
	grep -q ' 0% packet loss' "$SL_WORK/ping" && [ "$(generation)" = $((before + 1)) ] || return 1
	after=$(entered chk)
	echo "chk: $count, then $after"
	[ "$after" = $((count + 600)) ]
}

# The Classifier's most taken output stands first in the code.
laid_out() {
	sl_ctl tenant show red --emit >"$SL_WORK/emitted" || return 1
	awk '/ = [eu][0-9]+_run\(&p\);/ {look = 1}
		look && /case/ {first = /case 2: (SL_APART\([0-9]+\); )?goto e/; exit}
		END {exit !first}' "$SL_WORK/emitted"
}

nothing_more() {
	pings 1500 && optimize && json 'not o["compiled"] and o["changes"] == []'
}

way_back() {
	sl_ctl tenant rollback red && ! sl_in a ping -n -q -c 1 -W 1 10.0.1.1 &&
		sl_ctl -j tenant show red --emit >"$SL_WORK/json" && json '"first.click" in o["graph"]'
}

# With `optimize_s`: once, without being asked, and not again for what stays. (Less than a minute: then
# ARPQuerier asks again, and the packet it does it with is lost.)
by_itself() {
	local before
	node_file 'node: {optimize_s: 20}' >"$SL_WORK/node.yaml"
	sl_ctl node apply "$SL_WORK/node.yaml" && sl_ctl tenant install red "$SL_ROOT/configs/router2.click" || return 1
	sl_wait 10 pings 1
	before=$(generation)
	sl_start a ping -n -q -i 0.004 -w 45 10.0.1.1 >"$SL_WORK/ping"
	sl_wait 40 optimized_once $((before + 1)) || return 1
	wait "$SL_PID"
	cat "$SL_WORK/ping"
	[ "$(generation)" = $((before + 1)) ] && grep -q 'tenant optimize' "$SL_WORK/sluiced.log" &&
		grep -q ' 0% packet loss' "$SL_WORK/ping"
}

optimized_once() {
	[ "$(generation)" = "$1" ]
}

strangers() {
	! sl_in node setpriv --reuid 12345 --regid 12345 --clear-groups -- "$SL_BIN/sluicectl" tenant optimize red
}

site_lans two
node_file '' >"$SL_WORK/node.yaml"
sl_daemon node || exit 1
sl_ok "a tenant with a router" eval "sl_ctl node apply '$SL_WORK/node.yaml' && sl_ctl tenant install red '$SL_WORK/first.click' && sl_ctl tenant install red '$SL_ROOT/configs/router2.click' && sl_wait 10 pings 1"
sl_ok "a few packets tell nothing" too_few
sl_ok "what would change is shown, and not changed" shown
sl_ok "compiled for its packets without losing one or a count" done_under_traffic
sl_ok "what most packets take stands first" laid_out
sl_ok "packets that do the same change nothing more" nothing_more
sl_ok "a rollback goes to the graph before" way_back
sl_ok "only the owner may" strangers
sl_ok "by itself, once" by_itself
sl_done
