// SPDX-License-Identifier: GPL-2.0-only
//
// What is between two sites whose tunnels carry Ethernet: a wire that counts.

FromDevice(eth0) -> forth :: Counter -> Queue -> ToDevice(eth1);
FromDevice(eth1) -> back :: Counter -> Queue -> ToDevice(eth0);
