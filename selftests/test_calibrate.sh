#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What elements and the platform cost on this host: measured, kept, shown by plan, charged by the
# daemon; not believed of another host. TAP.
# shellcheck disable=SC2317 # sl_ok calls functions by name
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=selftests/lib.sh
. selftests/lib.sh
sl_private "$@"

FILE=/var/lib/sluice/calibration.json
GRAPH=$SL_ROOT/selftests/bench/cost/nat.click

plan() {
	"$SL_BIN/sluicectl" plan "$GRAPH" >"$SL_WORK/plan" 2>"$SL_WORK/messages"
}

# The platform's part alone takes some seconds, in a network of its own.
platform() {
	local before after status
	before=$(ip -o link | sort)
	# Beside other tests: whether rounds agree closely is not what is tested here.
	timeout 100 "$SL_BIN/sluicectl" calibrate --platform --rounds 3 --within 100 >"$SL_WORK/out" 2>"$SL_WORK/err"
	status=$?
	cat "$SL_WORK/err"
	[ "$status" -eq 0 ] && ! grep -q 'could not be measured' "$SL_WORK/err" && after=$(ip -o link | sort) && [ "$before" = "$after" ]
}

# Of a sound order: sending costs more than nothing, handing a packet to the host more than dropping it,
# and none takes as long as a context switch would.
platform_sound() {
	python3 - "$FILE" <<-'PY'
		import json, sys
		c = json.load(open(sys.argv[1]))["platform"]
		print(c)
		assert set(c) == {"clock_ns", "sample_ns", "refuse_ns", "drop_ns", "pass_ns", "send_ns", "hand_ns",
		                  "thread_send_ns", "thread_drop_ns"}
		assert 1 < c["clock_ns"] < 1000, c
		assert c["clock_ns"] < c["sample_ns"] < 2000, c
		assert 10 < c["send_ns"] < 2000 and 10 < c["drop_ns"] < 2000 and 10 < c["refuse_ns"] < 2000, c
		assert c["drop_ns"] < c["pass_ns"] < 20000, c
		assert all(10 < c[k] < 5000 for k in ("hand_ns", "thread_send_ns", "thread_drop_ns")), c
	PY
}

# Elements stay as they are when the platform alone is measured again.
platform_again() {
	changed 'o["platform"]["send_ns"] = 5000.25' && platform &&
		changed 'assert len(o["classes"]) > 60 and o["platform"]["send_ns"] < 2000'
}

costs() { # what sluiced says it uses
	sl_ctl -j node show | python3 -c '
import json, sys
o = json.load(sys.stdin)["costs"]
print(o["calibrated"], o["send_ns"])'
}

daemon_again() {
	kill "$SL_DAEMON" && sl_wait 10 sl_gone "$SL_DAEMON" || return 1
	: >"$SL_WORK/sluiced.log"
	sl_daemon node
}

sl_gone() { # pid
	! kill -0 "$1" 2>/dev/null
}

daemon_has_usual() { # what it says of that
	sl_wait 5 grep -q "$1" "$SL_WORK/sluiced.log" && grep -q 'the usual figures' "$SL_WORK/sluiced.log" &&
		[[ $(costs) == "False "* ]]
}

daemon_has_those() {
	local want
	daemon_again || return 1
	want=$(python3 -c "import json; print(json.load(open('$FILE'))['platform']['send_ns'])")
	[ "$(costs)" = "True $want" ] && ! grep -q 'usual figures' "$SL_WORK/sluiced.log"
}

# Tenants are charged what stands there: all that is not measured of a packet that is sent.
changed() { # python
	python3 - "$FILE" "$1" <<-'PY'
		import json, sys
		o = json.load(open(sys.argv[1]))
		exec(sys.argv[2])
		json.dump(o, open(sys.argv[1], "w"))
	PY
}

daemon_refuses() { # what is changed in the file, what it says
	changed "$1" && daemon_again && daemon_has_usual "$2"
}

# No two halves of a few rounds are the same: it gives up after the time it was given, says what differed
# and what to do, and leaves the file alone.
refuses() { # option...
	local status before after
	before=$(cat "$FILE" 2>/dev/null)
	timeout 100 "$SL_BIN/sluicectl" calibrate --within 0 --seconds 4 "$@" >"$SL_WORK/out" 2>"$SL_WORK/err"
	status=$?
	after=$(cat "$FILE" 2>/dev/null)
	[ "$status" -eq 3 ] && [ "$before" = "$after" ] && grep -qE 'rounds do not agree|no more than [1-7] rounds' "$SL_WORK/err" &&
		grep -q 'others use the machine' "$SL_WORK/err"
}

not_yet() {
	plan && grep -q 'this host was not measured' "$SL_WORK/messages" && ! grep -q USUAL "$SL_WORK/plan"
}

measures() {
	timeout 300 "$SL_BIN/sluicectl" calibrate --rounds 3 --within 100 >"$SL_WORK/out" 2>"$SL_WORK/err" &&
		grep -q '^measuring .*CheckIPHeader' "$SL_WORK/err" &&
		! grep -q 'could not be measured' "$SL_WORK/err" && [ "$(stat -c %a "$FILE")" = 644 ]
}

# No file is left beside.
clean() {
	[ -z "$(find /var/lib/sluice -name 'calibration*' ! -name calibration.json)" ]
}

# Every class that can be measured has its figures; how good they are `make bench` shows (cost), not a
# test beside which other things run.
complete() {
	python3 - "$FILE" <<-'PY'
		import json, math, platform, sys
		o = json.load(open(sys.argv[1]))
		assert o["kernel"].startswith(platform.release()), o["kernel"]
		names = {p["class"] for p in o["classes"]}
		assert len(names) > 60 and {"check_udp_header", "dec_ip_ttl", "ip_rewriter"} <= names
		figures = [p[k] for p in o["classes"] for k in ("short_ns", "long_ns")]
		figures += [o[k] for k in ("instruction_ns", "enter_ns", "cut_ns", "hash_ns", "lru_ns")]
		bad = [f for f in figures if not (math.isfinite(f) and -1000 <= f < 1e6)]
		assert not bad, bad
		assert sum(f > 0 for f in figures) > 60
	PY
}

shown() {
	plan && grep -Eq '^calibrated: *[0-9]+ (s|minutes) ago' "$SL_WORK/plan" &&
		grep -Eq 'CheckUDPHeader .*[0-9.]+ ns' "$SL_WORK/plan" && grep -Eq '^ +eth0 +[0-9.]+ [nu]s +[0-9.]+ [nu]s' "$SL_WORK/plan"
}

stale() {
	plan && grep -q 'measured .* ago on kernel 5.4.0 of another host: not used' "$SL_WORK/messages" &&
		! grep -q USUAL "$SL_WORK/plan"
}

daemon_unreadable() {
	daemon_again && daemon_has_usual 'cannot be used'
}

unreadable() {
	echo garbage >"$FILE"
	plan && grep -q 'cannot be used' "$SL_WORK/messages"
}

sl_host node
sl_daemon node
sl_ok "without a calibration plan says so" not_yet
sl_ok "and so does the daemon, which charges the usual" daemon_has_usual 'was not measured'
sl_ok "rounds that do not agree are no calibration, and no file is made" refuses --platform
sl_ok "nor is one begun" clean
sl_ok "the platform's part is measured, and no device is left" platform
sl_ok "its figures can be" platform_sound
sl_ok "one that is there stays where rounds do not agree" refuses --platform
sl_ok "with or without elements" refuses
sl_ok "and is as it was" platform_sound
sl_ok "it is nothing for plan" not_yet
sl_ok "the daemon takes the figures when it starts" daemon_has_those
sl_ok "measuring, with what is measured said" measures
sl_ok "nothing else is left behind" clean
sl_ok "its figures are there" complete
sl_ok "plan shows them, with their age" shown
sl_ok "the platform alone is measured again, elements stay" platform_again
sl_ok "figures that cannot be are told and not charged" \
	daemon_refuses 'o["platform"]["send_ns"] = -1' 'cannot be used'
sl_ok "nor are those of another kernel" daemon_refuses \
	'o["platform"]["send_ns"] = 90; o["kernel"] = "5.4.0 of another host"' 'on kernel 5.4.0 of another host'
sl_ok "which plan tells, too, and does not use" stale
sl_ok "a file that is none is told" unreadable
sl_ok "by the daemon, too" daemon_unreadable
sl_done
