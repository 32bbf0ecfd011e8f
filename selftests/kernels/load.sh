#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The running kernel accepts every program of the node. TAP; needs root and a bpffs.
set -u
cd "$(dirname "$0")/../.." || exit 1
dir=/sys/fs/bpf/sl-load-$$
tests=0 failed=0
objects=(build/bpf/*.bpf.o)
mkdir -p "$dir" || exit 1
trap 'rm -rf "$dir"' EXIT

echo "1..${#objects[@]}"
for object in "${objects[@]}"; do
	tests=$((tests + 1))
	name=${object##*/}
	if log=$(bpftool prog loadall "$object" "$dir/${name%%.*}" 2>&1); then
		echo "ok $tests - $name loads on $(uname -r)"
	else
		failed=1
		echo "not ok $tests - $name loads on $(uname -r)"
		grep -v '^ *[0-9]*: (' <<<"$log" | tail -n 40 | sed 's/^/# /'
	fi
done
exit $failed
