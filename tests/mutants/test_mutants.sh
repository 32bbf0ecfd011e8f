#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The mutation tool itself: what it finds where cases are good, and where they are missing.
set -u
cd "$(dirname "$0")/../.." || exit 1
n=0

ok() { # status, name
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; fi
}

dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
run() { tests/mutants/run --out "$dir/out" "$@"; }

python3 -B tests/mutants/test_operators.py >"$dir/operators" 2>&1
ok $? "operators do what they say, and leave strings, comments and what is not compiled alone"
sed 's/^/# /' "$dir/operators"

run -v --most 30 dec_ip_ttl >"$dir/good" 2>&1
ok $? "most mutants of DecIPTTL are killed"
sed 's/^/# /' "$dir/good"

# The same mutants, the same verdicts.
cp "$dir/out/each.csv" "$dir/first"
run -v --most 30 dec_ip_ttl >/dev/null 2>&1
cmp -s "$dir/first" "$dir/out/each.csv"
ok $? "the same seed chooses the same mutants"

# A single case that sees next to nothing.
mkdir "$dir/cases"
printf 'graph\n\tFromDevice(eth0) -> DecIPTTL -> Discard;\n\ncase nothing\nin eth0 eth\ndrop - ttl\n' |
	sed 's/^drop.*/drop DecIPTTL@2 short/' >"$dir/cases/dec_ip_ttl.case"
run --most 30 --cases "$dir/cases" dec_ip_ttl >"$dir/bad" 2>&1
[ $? -eq 1 ] && grep -q '^total' "$dir/bad"
ok $? "where cases are missing, mutants survive and the run fails"
sed 's/^/# /' "$dir/bad"

[ "$(grep -c 'killed,.*dec_ip_ttl: ' "$dir/first")" -gt 20 ] && ! grep -q ',,$' "$dir/first"
ok $? "each mutant has a verdict, and the case that killed it"

tests/mutants/coverage --out "$dir/coverage" --least 0 tests/conformance/dec_ip_ttl.case >"$dir/covered" 2>&1
ok $? "branches are counted"
grep -Eq '^dec_ip_ttl.h +10 +10 +100.0 %$' "$dir/covered"
ok $? "all branches of DecIPTTL are taken by its cases"
sed 's/^/# /' "$dir/covered"
echo "1..$n"
