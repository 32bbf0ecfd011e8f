#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What elements cost on this host: measured, kept, shown by plan; not believed of another host. TAP.
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

not_yet() {
	plan && grep -q 'this host was not measured' "$SL_WORK/messages" && ! grep -q USUAL "$SL_WORK/plan"
}

measures() {
	timeout 300 "$SL_BIN/sluicectl" calibrate --rounds 3 >"$SL_WORK/out" 2>"$SL_WORK/err" &&
		grep -q '^measuring .*CheckIPHeader' "$SL_WORK/err" &&
		! grep -q 'could not be measured' "$SL_WORK/err" && [ "$(stat -c %a "$FILE")" = 644 ]
}

# Nothing is loaded when it is over, and no file is left beside.
clean() {
	[ "$(ls /var/lib/sluice)" = calibration.json ] && [ ! -e /sys/fs/bpf/sluice ]
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
	sed -i 's/"kernel": *"[^"]*"/"kernel": "5.4.0 of another host"/' "$FILE"
	plan && grep -q 'measured .* ago on kernel 5.4.0 of another host: not used' "$SL_WORK/messages" &&
		! grep -q USUAL "$SL_WORK/plan"
}

unreadable() {
	echo garbage >"$FILE"
	plan && grep -q 'cannot be used' "$SL_WORK/messages"
}

sl_ok "without a calibration plan says so" not_yet
sl_ok "measuring, with what is measured said" measures
sl_ok "nothing else is left behind" clean
sl_ok "its figures are there" complete
sl_ok "plan shows them, with their age" shown
sl_ok "those of another kernel are told and not used" stale
sl_ok "a file that is none is told" unreadable
sl_done
