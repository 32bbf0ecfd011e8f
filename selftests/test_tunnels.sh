#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Two sites and a router between them, by every kind of tunnel: outer IPv4 and IPv6, payload IP and
# Ethernet, without options and with key, checksum, sequence number and all of them. Pings and a hashed
# transfer both ways; frames are counted at four places. TAP.
#   selftests/test_tunnels.sh [PATTERN]       e.g. 'ether ip6'
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=selftests/lib.sh
. selftests/lib.sh
# shellcheck source=selftests/sites.sh
. selftests/sites.sh
# shellcheck source=selftests/tunnels.sh
. selftests/tunnels.sh
sl_private "$@"

variants=()
for payload in ip ether; do
	for version in ip4 ip6; do
		for options in plain key csum seq all; do
			variants+=("$payload $version $options 0")
		done
	done
done
tunnels_test "${1:-}"
sl_done
