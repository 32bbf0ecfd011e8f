#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Broken graphs as a user sees them: `sluicectl graph check` exits with 1, nothing on standard output,
# and says on standard error where the mistake is, what it is, and what to do. TAP.
set -u
cd "$(dirname "$0")/../.." || exit 1
command=build/sluicectl
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
n=0 failed=0

field() { # key, file: the rest of its line
	sed -n "s/^$1 //p" "$2"
}

result() { # status, name
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $n - $2"
	else
		failed=1
		echo "not ok $n - $2"
		sed 's/^/# /' "$out/stderr"
	fi
}

check() { # graph, expectation
	local graph=$1 expect=$2 status
	$command graph check "$graph" >"$out/stdout" 2>"$out/stderr"
	status=$?
	if [ $status -ne 1 ]; then
		echo "# exit status $status"
		return 1
	fi
	[ ! -s "$out/stdout" ] || return 1
	head -n 1 "$out/stderr" | grep -qF "$graph:$(field at "$expect"): error: " || return 1
	grep -qF "$(field fix "$expect")" "$out/stderr"
}

graphs=()
for expect in tests/broken/*.expect; do
	# Without a node a graph has the devices it names.
	grep -q '^devices ' "$expect" || graphs+=("${expect%.expect}.click")
done
echo "1..$((${#graphs[@]} + 1))"
for graph in "${graphs[@]}"; do
	check "$graph" "${graph%.click}.expect"
	result $? "${graph##*/}"
done

# And the other way: one that is right.
echo 'FromDevice(eth0) -> Counter -> ToDevice(eth0);' >"$out/good.click"
$command graph check "$out/good.click" >"$out/stdout" 2>"$out/stderr" && [ ! -s "$out/stderr" ]
result $? "a good graph is good"
exit $failed
