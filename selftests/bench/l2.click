// SPDX-License-Identifier: GPL-2.0-only
//
// Forwarding by Ethernet addresses between two devices: frames for the router go out of the other
// device, from its address to the neighbour there; others, and broadcasts, go nowhere.
// selftests/bench/l2_hand.bpf.c and l2_hand2.bpf.c are the same by hand.

FromDevice(eth0) -> HostEtherFilter(02:00:00:00:00:A0) -> DropBroadcasts
	-> EtherRewrite(02:00:00:00:00:A1, 06:00:00:00:00:A1) -> Queue -> ToDevice(eth1);
FromDevice(eth1) -> HostEtherFilter(02:00:00:00:00:A1) -> DropBroadcasts
	-> EtherRewrite(02:00:00:00:00:A0, 06:00:00:00:00:A0) -> Queue -> ToDevice(eth0);
