#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# An adversary at the control sockets: red's owner installs graphs again and again, swaps by Click's
# protocol, keeps connections open, sends what is no request. Blue's packets go on: what arrives beside
# that is held against what arrives alone, before and after. And the node answers its root. TAP.
# shellcheck disable=SC2317 # sl_ok calls functions by name
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=selftests/lib.sh
. selftests/lib.sh
# shellcheck source=selftests/sites.sh
. selftests/sites.sh
# shellcheck source=selftests/duel.sh
. selftests/duel.sh
sl_private "$@"

OWNER=12345
GRAPH='FromDevice(eth0) -> Strip(14) -> CheckIPHeader -> c :: Counter -> s :: Switch(0) -> Unstrip(14) -> ToDevice(eth1); FromDevice(eth1) -> Discard;'

# Begins an adversary of so many processes; what each has done is counted in a file of its own.
storm_of() { # processes, function
	local i
	STORM=()
	for ((i = 0; i < $1; i++)); do
		: >"$SL_WORK/did.$i"
		"$2" "$i" &
		STORM+=($!)
		SL_PIDS+=($!)
	done
}

storm_over() {
	local pid
	rm -f "$SL_WORK/storm"
	for pid in "${STORM[@]}"; do
		wait "$pid"
	done 2>/dev/null
	cat "$SL_WORK"/did.* | wc -l >"$SL_WORK/did"
	rm -f "$SL_WORK"/did.*
}

# All that an owner may do goes through the daemon's socket as that user.
as_owner() {
	setpriv --reuid="$OWNER" --regid="$OWNER" --clear-groups "$@"
}

installs() { # number
	while [ -e "$SL_WORK/storm" ]; do
		as_owner "$SL_BIN/sluicectl" tenant install red "$SL_WORK/g$((RANDOM % 3)).click" && echo 1 >>"$SL_WORK/did.$1"
		as_owner "$SL_BIN/sluicectl" tenant rollback red && echo 1 >>"$SL_WORK/did.$1"
	done >"$SL_WORK/said.$1" 2>&1
}

# Click's protocol, by hand: configurations, handlers, and a graph by hotconfig.
clicks() { # number
	while [ -e "$SL_WORK/storm" ]; do
		python3 - "$OWNER" <<-'PY' && echo 1 >>"$SL_WORK/did.$1"
			import os, socket, sys
			os.setresuid(*3 * [int(sys.argv[1])])
			s = socket.socket(socket.AF_UNIX)
			s.settimeout(60)
			s.connect("/run/sluice/red.control")
			text = b"".join(b"READ flatconfig\nWRITE s.switch %d\nREAD c.count\nWRITE c.config\n" % (i % 2) for i in range(20))
			s.sendall(text + b"WRITE s.config 0\nQUIT\n")
			got = b""
			while True:
			    part = s.recv(65536)
			    if not part:
			        break
			    got += part
			assert b"200" in got, got
		PY
	done >"$SL_WORK/said.$1" 2>&1
}

# Connections that say nothing, or what is no request, on both sockets; as many as are taken.
garbage() { # number
	while [ -e "$SL_WORK/storm" ]; do
		python3 - "$OWNER" <<-'PY' && echo 1 >>"$SL_WORK/did.$1"
			import os, socket, struct, sys, time
			os.setresuid(*3 * [int(sys.argv[1])])
			open_ = []
			for path in ("/run/sluice/control", "/run/sluice/red.control"):
			    for i in range(100):
			        s = socket.socket(socket.AF_UNIX)
			        s.setblocking(False)
			        try:
			            s.connect(path)
			            s.send((b"", struct.pack("!I", 8 << 20) + b"{", b"\xff" * 4096, b"\0\0\0\2{}", b"\0\0\0\x40" + b"[" * 64,
			                    b"WRITEDATA s.config 4000000\n", os.urandom(2000), b"READ " * 800)[i % 8])
			        except OSError:
			            pass
			        open_.append(s)
			time.sleep(0.3)
		PY
	done >"$SL_WORK/said.$1" 2>&1
}

part() { # file: blue's packets, for two seconds
	duel_run plain flood=off phase-ms=1000 rounds=2 && cp "$SL_WORK/duel" "$SL_WORK/duel.$1"
}

beside() { # name, processes, function, what of it must have happened at least
	sl_ok "$1: the victim alone" part 0 || return
	: >"$SL_WORK/storm"
	storm_of "$2" "$3"
	sl_wait 20 grep -q 1 "$SL_WORK/did.0"
	sl_ok "$1: the victim beside it" part 1
	sl_ok "$1: the node answers root" answers
	storm_over
	echo "# $(cat "$SL_WORK/did") times"
	sl_ok "$1: that was a storm" test "$(cat "$SL_WORK/did")" -ge "$4" || tail -n 5 -q "$SL_WORK"/said.*
	sl_ok "$1: the victim alone again" part 2
	python3 selftests/duel.py join "$SL_WORK"/duel.[012] >"$SL_WORK/duel"
	duel_kept "$1: the victim keeps 98 %"
	sl_ok "$1: the daemon is the same" kill -0 "$SL_DAEMON"
	sl_ok "$1: red can be replaced" sl_ctl tenant install red "$SL_WORK/g0.click"
}

answers() {
	local i
	for i in 1 2 3; do
		timeout 20 "$SL_BIN/sluicectl" -j stats blue && timeout 20 "$SL_BIN/sluicectl" read blue/cnt.count || return 1
	done
	timeout 60 "$SL_BIN/sluicectl" budget set blue weight=$((100 + RANDOM % 10))
}

duel_hosts || exit 1
sl_daemon node || exit 1
for i in 0 1 2; do
	echo "$GRAPH // $i" | sed "s/Counter/Counter -> Paint($i)/" >"$SL_WORK/g$i.click"
done
chmod 755 "$SL_WORK" && chmod 644 "$SL_WORK"/*.click
sl_ok "a victim and an adversary" duel_apply "reserve: 20%, max_delay_us: 1000" "$GRAPH" "cpu: 10%" \
	"FromDevice(eth0) -> Strip(14) -> CheckIPHeader -> DecIPTTL -> Unstrip(14) -> cnt :: Counter -> ToDevice(eth1); FromDevice(eth1) -> Discard;" \
	"cpu: 50%" "" "$OWNER"
sl_ok "links are up" sl_wait 10 links_up
beside "installing again and again" 3 installs 4
# What that took is known, and is red's.
compiled() { # tenant
	sl_ctl -j stats "$1" | python3 -c 'import json, sys; print(json.load(sys.stdin)["tenant"]["compile_ns"])'
}
sl_ok "what compiling took is counted, and red's alone" test "$(compiled red)" -gt 100000000 -a "$(compiled blue)" -eq 0
beside "Click's protocol" 4 clicks 4
beside "what is no request" 2 garbage 4
sl_done
