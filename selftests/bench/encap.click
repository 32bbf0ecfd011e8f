// SPDX-License-Identifier: GPL-2.0-only
//
// Packets from eth0 are routed into tunnels of the tenant's own, beyond eth1: ten routes, whose
// gateways are the tunnels' far ends; some tunnels are GRE, some IP in IP. Nothing comes back this
// way. selftests/bench/encap_hand.bpf.c and encap_hand2.bpf.c are the same by hand.

FromDevice(eth0) -> c :: Classifier(12/0800, -)
	-> Strip(14)
	-> CheckIPHeader(INTERFACES 10.0.0.254/24)
	-> DecIPTTL
	-> rt :: StaticIPLookup(10.0.0.0/16 192.0.2.10 0,
				10.1.0.0/16 192.0.2.11 0,
				10.2.0.0/16 192.0.2.12 0,
				10.3.0.0/16 192.0.2.13 0,
				10.3.64.0/18 192.0.2.14 1,
				10.4.0.0/14 192.0.2.15 1,
				10.8.0.0/15 192.0.2.16 1,
				10.8.128.0/18 192.0.2.17 0,
				10.10.0.0/16 192.0.2.18 1,
				224.0.0.0/4 2);
c[1] -> Discard;
FromDevice(eth1) -> Discard;

rt[0] -> GREEncap -> IPEncap(gre, 192.0.2.1, DST_ANNO, TTL 64) -> out :: EtherEncap(0x0800,
	02:00:00:00:00:A1, 06:00:00:00:00:A1) -> Queue -> ToDevice(eth1);
rt[1] -> IPEncap(ipip, 192.0.2.1, DST_ANNO, TTL 64) -> out;
rt[2] -> Discard;
