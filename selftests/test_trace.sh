#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Packets of running tenants, followed: the tables they met are those of the moment, also after they
# changed; a new graph is noticed; who may; other tenants go on as before. TAP.
# shellcheck disable=SC2317 # sl_ok calls functions by name
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=selftests/lib.sh
. selftests/lib.sh
# shellcheck source=selftests/sites.sh
. selftests/sites.sh
sl_private "$@"

OWNER=12345

cat >"$SL_WORK/node.yaml" <<YAML
ports:
  - {name: pa, interface: pa}
  - {name: pb, interface: pb}
tenants:
  - name: red
    owner: $OWNER
    graph: $SL_ROOT/configs/router2.click
    links:
      - {device: eth0, kind: direct, port: pa}
      - {device: eth1, kind: direct, port: pb}
YAML

# Begins to trace, and waits until the daemon looks.
begin() { # arguments of trace
	sl_start node "$SL_BIN/sluicectl" -j trace "$@" >"$SL_WORK/trace" 2>"$SL_WORK/trace.err"
	TRACE=$SL_PID
	sl_wait 10 looked_at
}

looked_at() {
	[ "$(bpftool -j map dump pinned /sys/fs/bpf/sluice/platform/peeks | python3 -c '
import json, sys
print(sum(1 for e in json.load(sys.stdin) if e["formatted"]["value"]["dirs"]))')" -gt 0 ]
}

ended() {
	sl_wait 10 sh -c "! kill -0 $TRACE 2>/dev/null" || kill "$TRACE"
	wait "$TRACE"
}

# What became of each packet: device, length, last element, way out.
fates() {
	python3 -c '
import json, sys
for line in open(sys.argv[1]):
    p = json.loads(line)
    s = p["steps"][-1]
    print(p["device"], p["len"], s["element"], s["out"])
    assert "run again on the graph" in p["replayed"], p["replayed"]' "$SL_WORK/trace"
}

# An element of the only packet's way: what it changed.
changed() { # element
	python3 -c '
import json, sys
for s in json.loads(open(sys.argv[1]).readline())["steps"]:
    if s["element"] == sys.argv[2]:
        print(s["out"], "; ".join(s["changes"]))' "$SL_WORK/trace" "$1"
}

# The neighbour's address is in the table by now, so the packet is sent and not turned into a question.
forwarded() {
	begin red -c 2 icmp and src host 10.0.0.1 || return 1
	sl_in a ping -n -q -c 2 -i 0.2 -W 1 10.0.1.1 && ended || return 1
	fates | diff - <(printf 'eth0 98 ToDevice@11 sent by eth1\n%.0s' 1 2) &&
		changed arpq1 | grep -q -- "ethernet destination 0200000000a0 -> $(sl_mac b eth | tr -d :)" &&
		! changed arpq1 | grep -q "less at the end" &&
		changed dt1 | grep -q "0 ip ttl 40 -> 3f; ip checksum"
}

expired() {
	begin red -c 1 "ip host 10.0.1.1 and ip[8] == 1" || return 1
	sl_in a ping -n -q -c 1 -t 1 -W 1 10.0.1.1
	ended || return 1
	[ "$(fates)" = "eth0 98 ToDevice@9 sent by eth0" ] && changed te1 | grep -q "ip source"
}

both_devices() {
	begin red -c 2 icmp || return 1
	sl_in a ping -n -q -c 1 -W 1 10.0.1.1 && ended || return 1
	fates | diff - <(printf 'eth0 98 ToDevice@11 sent by eth1\neth1 98 ToDevice@9 sent by eth0\n')
}

# The graph is another one while it is traced.
new_graph() {
	echo 'FromDevice(eth0) -> c :: Counter -> d :: Discard; FromDevice(eth1) -> Discard;' >"$SL_WORK/new.click"
	begin red -c 1 icmp || return 1
	sl_ctl tenant install red "$SL_WORK/new.click" || return 1
	sl_in a ping -n -q -c 1 -W 1 10.0.1.1
	ended || return 1
	[ "$(fates)" = "eth0 98 d ended" ]
}

# A word that is written at run time is what the packet meets.
written() {
	echo 'FromDevice(eth0) -> s :: Switch(0) -> d :: Discard; s [1] -> e :: Discard; FromDevice(eth1) -> Discard;' >"$SL_WORK/s.click"
	sl_ctl tenant install red "$SL_WORK/s.click" || return 1
	for way in 0 1; do
		begin red -c 1 icmp || return 1
		sl_ctl write red/s.switch "$way" || return 1
		sl_in a ping -n -q -c 1 -W 1 10.0.1.1
		ended || return 1
		[ "$(fates)" = "eth0 98 $([ "$way" = 0 ] && echo d || echo e) ended" ] || return 1
	done
}

as() { # uid, command...
	sl_in node setpriv --reuid "$1" --regid "$1" --clear-groups -- "${@:2}"
}

strangers_refused() {
	! as $((OWNER + 1)) "$SL_BIN/sluicectl" trace red >"$SL_WORK/other" 2>&1 && grep -q "does not own" "$SL_WORK/other"
}

interrupted() {
	begin red tcp || return 1
	kill -INT "$TRACE"
	wait "$TRACE"
}

not_looked_at() {
	! looked_at
}

as_text() {
	sl_start node "$SL_BIN/sluicectl" trace red -c 1 icmp >"$SL_WORK/text" 2>&1
	TRACE=$SL_PID
	sl_wait 10 looked_at || return 1
	sl_in a ping -n -q -c 1 -W 1 10.0.1.1
	ended || return 1
	cat "$SL_WORK/text"
	grep -q "^replayed: *a copy of the packet" "$SL_WORK/text" && grep -q "sent by eth1" "$SL_WORK/text"
}

site_lans two || exit 1
sl_daemon node || exit 1
sl_ok "a router" sl_ctl node apply "$SL_WORK/node.yaml"
sl_ok "packets pass" sl_wait 20 sl_in a ping -n -q -c 1 -W 1 10.0.1.1
sl_ok "and back" sl_wait 20 sl_in b ping -n -q -c 1 -W 1 10.0.0.1
sl_ok "packets are followed with the tables there are" forwarded
sl_ok "one whose time is over" expired
sl_ok "whatever device they enter by" both_devices
sl_ok "as text" as_text
sl_ok "only root and the owner may" strangers_refused
sl_ok "an interrupt ends it" interrupted
sl_ok "nothing is looked at any more" sl_wait 5 not_looked_at
sl_ok "a new graph is noticed" new_graph
sl_ok "words that were written count" written
sl_done
