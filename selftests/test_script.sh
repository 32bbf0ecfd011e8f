#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Scripts on a node with traffic: one counts packets and turns a switch, what scripts print is heard,
# and endless scripts of many tenants, which call handlers in the sandbox, do not keep others from
# being answered. TAP.
# shellcheck disable=SC2317 # sl_ok calls functions by name
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=selftests/lib.sh
. selftests/lib.sh
# shellcheck source=selftests/sites.sh
. selftests/sites.sh
sl_private "$@"

TENANTS=12

cat >"$SL_WORK/red.click" <<'CLICK'
FromDevice(eth0) -> c :: Counter -> sw :: Switch(0) -> ToDevice(eth1);
sw [1] -> blocked :: Discard;
FromDevice(eth1) -> ToDevice(eth0);
s :: Script(label again, wait 50ms, goto again $(lt $(c.count) 20),
	write sw.switch 1, print "blocked after $(c.count) packets");
total :: Script(TYPE PASSIVE, return $(add $(c.count) $(blocked.count) $args));
CLICK
# Whatever a stranger may try.
cat >"$SL_WORK/hostile.click" <<'CLICK'
FromDevice(eth0) -> c :: Counter -> Discard;
Idle -> r :: StaticIPLookup(0.0.0.0/0 0) -> Discard;
Script(label again, set x $(r.table), wait 0, goto again);
Script(label again, set x $(r.table)$(r.table)$(r.table), goto again);
Script(set x $(sprintf '%4000d' 1), label again, set y $x$x$x, print $y, wait 0, goto again);
Script(label again, set x $(p.run), wait 0, goto again);
p :: Script(TYPE PASSIVE, set i 0, label l, set i $(add $i 1), goto l $(lt $i 900), return $i);
CLICK
{
	printf 'ports:\n  - {name: pa, interface: pa}\n  - {name: pb, interface: pb}\ntenants:\n'
	printf '  - name: red\n    graph: %s/red.click\n    links:\n' "$SL_WORK"
	printf '      - {device: eth0, kind: direct, port: pa}\n'
	printf '      - {device: eth1, kind: direct, port: pb}\n'
	for i in $(seq "$TENANTS"); do
		printf '  - name: t%d\n    links:\n' "$i"
		printf '      - {device: eth0, local: 192.0.2.1, remote: 192.0.2.2, key: %d}\n' "$i"
	done
} >"$SL_WORK/node.yaml"

switched() {
	[ "$(sl_ctl read red/sw.switch)" = 1 ]
}

heard() {
	sl_in "$SL_NODE" timeout 3 "$SL_BIN/sluicectl" events red >"$SL_WORK/events" 2>&1
	grep -q 'blocked after [0-9]* packets' "$SL_WORK/events"
}

total() {
	local n
	n=$(sl_ctl read red/total.run 1000) && [ "$n" -ge 1020 ]
}

install_hostile() {
	for i in $(seq "$TENANTS"); do
		sl_ctl tenant install "t$i" "$SL_WORK/hostile.click" >/dev/null || return 1
	done
}

# The longest of 200 answers, in milliseconds, of a client that stays.
longest() {
	python3 - <<'PY'
import socket, time
s = socket.socket(socket.AF_UNIX)
s.connect("/run/sluice/red.control")
f = s.makefile("rwb")
f.readline()
worst = total = 0
for i in range(200):
    t = time.monotonic()
    f.write(b"READ c.count\n")
    f.flush()
    f.readline()
    n = int(f.readline().split()[1])
    f.read(n)
    t = (time.monotonic() - t) * 1000
    worst = max(worst, t)
    total += t
    time.sleep(0.02)
print("%.0f %.2f" % (worst, total / 200))
PY
}

cpu() {
	awk '{print $14 + $15 + $16 + $17}' "/proc/$SL_DAEMON/stat"
}

answers() {
	local before after worst mean
	before=$(cpu)
	read -r worst mean < <(longest)
	after=$(cpu)
	echo "$TENANTS tenants with endless scripts: the longest of 200 answers took $worst ms," \
		"the mean $mean ms; the daemon and its sandbox used $((after - before)) ticks in about 4 s" >"$SL_WORK/figures"
	[ "${worst:-9999}" -lt 1000 ]
}

site_lans one || exit 1
sl_daemon node || exit 1
sl_ok "a node with a script" sl_ctl node apply "$SL_WORK/node.yaml"
sl_ok "packets pass" sl_wait 10 sl_in a ping -n -q -c 1 -W 1 10.0.0.2
sl_ok "a passive script answers" sl_ctl read red/total.run 1
sl_in a ping -n -q -c 30 -i 0.05 -W 1 10.0.0.2 >/dev/null
sl_ok "the script has written the switch" sl_wait 5 switched
sl_ok "and packets are blocked" eval '! sl_in a ping -n -q -c 2 -i 0.2 -W 1 10.0.0.2'
sl_ok "what it printed is heard" heard
sl_ok "handlers are summed up" total
sl_ok "twelve tenants with endless scripts" install_hostile
sl_ok "others are answered meanwhile" answers
sed 's/^/# /' "$SL_WORK/figures"
sl_done
