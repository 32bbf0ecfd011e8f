// SPDX-License-Identifier: GPL-2.0-only
//
// An IPv6 router between two Ethernet networks (RFC 8200, RFC 4443, RFC 4861), in the shape of
// router2.click.
//
//	eth0	2001:db8:0:0::fe/64, fe80::a0	02:00:00:00:00:A0
//	eth1	2001:db8:0:1::fe/64, fe80::a1	02:00:00:00:00:A1, and behind fe80::1 the rest of the world
//
// A packet's way: its device's Classifier; the shared input path `ip`, which checks the header and
// keeps what is not to be forwarded; the routes `rt`, which choose the output path and the next hop;
// that path, which makes what a forwarded packet needs; IP6NDSolicitor, which puts it into a frame.
// What goes wrong on the way becomes an ICMPv6 error, which enters the routes like any other packet.

// ---- Input and routes ----------------------------------------------------------------------------

// Destinations go straight to their network, eth0's or eth1's; all others to the gateway.
rt :: LookupIP6Route(2001:db8::/64 0, 2001:db8:0:1::/64 1, ::/0 fe80::1 1);

// Not forwarded: 0, 1 what is for the router's own addresses; 2 for addresses of one link (RFC 4291
// 2.5.6); 3 for groups; 4 from addresses of one link.
local :: Classifier(24/20010db80000000000000000000000fe,
		    24/20010db80000000100000000000000fe,
		    24/fe80%ffc0,
		    24/ff,
		    8/fe80%ffc0,
		    -);

// No packet comes from nowhere, from this host's inside, or from the router itself.
ip :: Strip(14)
	-> chk :: CheckIP6Header(:: ::1 2001:db8::fe 2001:db8:0:1::fe)
	-> GetIP6Address(24)
	-> local;
local[5] -> rt;

// ---- Devices, classification, neighbours ---------------------------------------------------------

// Packets are: 0 neighbour solicitations, 1 advertisements, 2 other IPv6, 3 anything else. Paint
// remembers where a packet came in.
c0 :: Classifier(12/86dd 20/3aff 54/87, 12/86dd 20/3aff 54/88, 12/86dd, -);
c1 :: Classifier(12/86dd 20/3aff 54/87, 12/86dd 20/3aff 54/88, 12/86dd, -);

FromDevice(eth0) -> c0;
FromDevice(eth1) -> c1;
out0 :: Queue(200) -> ToDevice(eth0);
out1 :: Queue(200) -> ToDevice(eth1);

c0[0] -> nda0 :: IP6NDAdvertiser(2001:db8::fe fe80::a0 02:00:00:00:00:A0) -> out0;
c1[0] -> nda1 :: IP6NDAdvertiser(2001:db8:0:1::fe fe80::a1 02:00:00:00:00:A1) -> out1;

nds0 :: IP6NDSolicitor(fe80::a0, 02:00:00:00:00:A0) -> out0;
nds1 :: IP6NDSolicitor(fe80::a1, 02:00:00:00:00:A1) -> out1;
c0[1] -> [1]nds0;
c1[1] -> [1]nds1;

c0[2] -> Paint(1) -> ip;
c1[2] -> Paint(2) -> ip;

c0[3] -> other0 :: Discard;
c1[3] -> other1 :: Discard;

// ---- The router itself ---------------------------------------------------------------------------

// The host answers for it, and wants Ethernet frames.
host :: EtherEncap(0x86dd, 1:1:1:1:1:1, 2:2:2:2:2:2) -> ToHost;
local[0] -> host;
local[1] -> host;
local[2] -> host;
local[3] -> host;

// ---- Output --------------------------------------------------------------------------------------

// Nothing that came as a link broadcast is forwarded. A packet that leaves by the device it came in by
// could have gone there straight: its sender is told (PaintTee). Then the hop limit, and the MTU.
o0 :: DropBroadcasts
	-> cp0 :: PaintTee(1)
	-> dh0 :: DecIP6HLIM
	-> fr0 :: IP6Fragmenter(1500)
	-> [0]nds0;

o1 :: DropBroadcasts
	-> cp1 :: PaintTee(2)
	-> dh1 :: DecIP6HLIM
	-> fr1 :: IP6Fragmenter(1500)
	-> [0]nds1;

rt[0] -> o0;
rt[1] -> o1;

// ---- What goes wrong -----------------------------------------------------------------------------

dh0[1] -> te0 :: ICMP6Error(2001:db8::fe, timeexceeded, 0) -> rt;
dh1[1] -> te1 :: ICMP6Error(2001:db8:0:1::fe, timeexceeded, 0) -> rt;

fr0[1] -> tb0 :: ICMP6Error(2001:db8::fe, toobig, 0, PMTU 1500) -> rt;
fr1[1] -> tb1 :: ICMP6Error(2001:db8:0:1::fe, toobig, 0, PMTU 1500) -> rt;

// Redirects are for neighbours, and lose their worth when they are forwarded: hosts want a hop limit of
// 255 (RFC 4861 8.1, 8.2).
cp0[1] -> nb0 :: Classifier(8/20010db800000000) -> rd0 :: ICMP6Error(fe80::a0, redirect, 0) -> [0]nds0;
cp1[1] -> nb1 :: Classifier(8/20010db800000001) -> rd1 :: ICMP6Error(fe80::a1, redirect, 0) -> [0]nds1;

local[4] -> scope :: Discard;
