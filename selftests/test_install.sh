#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# `make install` on a /usr/local of this test's own: what is installed compiles and loads a graph with
# the headers beside it, pages and completion are where they are looked for, `make uninstall` takes all
# of it away again. TAP.
# shellcheck disable=SC2317 # sl_ok calls functions by name
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=selftests/lib.sh
. selftests/lib.sh
sl_private "$@"

ctl=/usr/local/sbin/sluicectl

files() {
	find /usr/local ! -type d | sort
}

service_program() {
	test -x "$(sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' /usr/local/lib/systemd/system/sluiced.service)"
}

complete_graph() {
	# shellcheck disable=SC1091
	bash -c '. /usr/local/share/bash-completion/completions/sluicectl
		complete -p sluicectl'
}

echo 'FromDevice(eth0) -> Strip(14) -> CheckIPHeader -> Unstrip(14) -> ToDevice(eth1);' >"$SL_WORK/my.click"
mount -t tmpfs tmpfs /usr/local || exit 1
sl_ok "install" make -s install
sl_ok "it knows its version" "$ctl" version
sl_ok "the daemon, too" /usr/local/sbin/sluiced --version
cd / || exit 1
mount -t tmpfs tmpfs "$SL_ROOT/bpf" || exit 1
sl_ok "a graph is compiled and loaded with what was installed" "$ctl" preflight "$SL_WORK/my.click"
umount "$SL_ROOT/bpf"
for page in sluicectl.8 sluiced.8 sluice.yaml.5; do
	sl_ok "the page $page" test -s "/usr/local/share/man/man${page##*.}/$page"
done
sl_ok "completion for bash" complete_graph
sl_ok "the service starts what was installed" service_program
cd "$SL_ROOT" || exit 1
sl_ok "uninstall" make -s uninstall
sl_ok "nothing is left" test -z "$(files)"
sl_done
