// SPDX-License-Identifier: GPL-2.0-only
//
// Source NAT: hosts of 10.0.0.0/24 on eth0 reach the world beyond eth1 as 198.51.100.1, TCP and UDP,
// and get its answers; nothing else passes. Ports are given in sequence, so that all who are
// compared give the same. selftests/bench/nat_hand.bpf.c and nat_hand2.bpf.c are the same by hand.

rw :: IPRewriter(pattern 198.51.100.1 1024-65535# - - 0 1, drop);

FromDevice(eth0) -> in :: Classifier(12/0800, -)
	-> Strip(14) -> CheckIPHeader(INTERFACES 10.0.0.254/24) -> DecIPTTL -> [0]rw;
FromDevice(eth1) -> back :: Classifier(12/0800, -)
	-> Strip(14) -> CheckIPHeader -> DecIPTTL -> [1]rw;
in[1], back[1] -> Discard;

rw[0] -> EtherEncap(0x0800, 02:00:00:00:00:A1, 06:00:00:00:00:A1) -> Queue -> ToDevice(eth1);
rw[1] -> EtherEncap(0x0800, 02:00:00:00:00:A0, 06:00:00:00:00:A0) -> Queue -> ToDevice(eth0);
