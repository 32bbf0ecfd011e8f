#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Two sites and a router between them, by tunnels whose outer packets travel behind one VLAN tag, and
# behind two. Pings and a hashed transfer both ways; frames are counted at four places. TAP.
#   selftests/test_vlans.sh [PATTERN]       e.g. 'ether ip6'
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
for tags in 1 2; do
	variants+=("ip ip4 plain $tags" "ip ip6 all $tags" "ether ip4 all $tags" "ether ip6 key $tags")
done
tunnels_test "${1:-}"
sl_done
