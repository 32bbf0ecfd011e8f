// SPDX-License-Identifier: GPL-2.0-only
//
// What the benchmarks route with: Click's standard IP router between two networks (RFC 1812), with
// ten routes. selftests/bench/router_hand.bpf.c is the same by hand.
//
//	eth0	10.0.0.254/24	02:00:00:00:00:A0
//	eth1	10.0.1.254/24	02:00:00:00:00:A1, and behind 10.0.1.1 the rest of the world

// ---- Input and routes ----------------------------------------------------------------------------

// Output 0 is the router itself: its addresses, and the broadcasts of its networks. The others are
// its devices. A route without a gateway is to a network the device is on.
rt :: RadixIPLookup(10.0.0.254/32 0,
		    10.0.0.255/32 0,
		    10.0.0.0/32 0,
		    10.0.1.254/32 0,
		    10.0.1.255/32 0,
		    10.0.1.0/32 0,
		    10.0.0.0/24 1,
		    10.0.1.0/24 2,
		    255.255.255.255/32 0.0.0.0 0,
		    0.0.0.0/0 10.0.1.1 2);

ip :: Strip(14)
	-> chk :: CheckIPHeader(INTERFACES 10.0.0.254/24 10.0.1.254/24)
	-> [0]rt;

// ---- Devices, classification, ARP ----------------------------------------------------------------

// Packets are: 0 ARP requests, 1 ARP replies, 2 IP, 3 anything else. Paint remembers where an IP
// packet came in.
c0 :: Classifier(12/0806 20/0001, 12/0806 20/0002, 12/0800, -);
c1 :: Classifier(12/0806 20/0001, 12/0806 20/0002, 12/0800, -);

FromDevice(eth0) -> c0;
FromDevice(eth1) -> c1;
out0 :: Queue(200) -> ToDevice(eth0);
out1 :: Queue(200) -> ToDevice(eth1);

c0[0] -> ar0 :: ARPResponder(10.0.0.254 02:00:00:00:00:A0) -> out0;
c1[0] -> ar1 :: ARPResponder(10.0.1.254 02:00:00:00:00:A1) -> out1;

arpq0 :: ARPQuerier(10.0.0.254, 02:00:00:00:00:A0) -> out0;
arpq1 :: ARPQuerier(10.0.1.254, 02:00:00:00:00:A1) -> out1;
c0[1] -> [1]arpq0;
c1[1] -> [1]arpq1;

c0[2] -> Paint(1) -> ip;
c1[2] -> Paint(2) -> ip;

c0[3] -> other0 :: Discard;
c1[3] -> other1 :: Discard;

// ---- The router itself ---------------------------------------------------------------------------

// It answers echo requests. A tenant has no host behind its router: all else ends here.
rt[0] -> me :: IPClassifier(icmp type echo, -);
me[0] -> ping :: ICMPPingResponder -> [0]rt;
me[1] -> mine :: Discard;

// ---- Output --------------------------------------------------------------------------------------

// Nothing that came as a link broadcast is forwarded. A packet that leaves by the device it came in by
// could have gone there straight: its sender is told (PaintTee). Record Route and Timestamp get this
// device's address, and so do ICMP errors that leave here (FixIPSrc). Then the time to live, and the
// MTU.
rt[1] -> db0 :: DropBroadcasts
	-> cp0 :: PaintTee(1)
	-> gio0 :: IPGWOptions(10.0.0.254, 10.0.1.254)
	-> FixIPSrc(10.0.0.254)
	-> dt0 :: DecIPTTL
	-> fr0 :: IPFragmenter(1500)
	-> [0]arpq0;

rt[2] -> db1 :: DropBroadcasts
	-> cp1 :: PaintTee(2)
	-> gio1 :: IPGWOptions(10.0.1.254, 10.0.0.254)
	-> FixIPSrc(10.0.1.254)
	-> dt1 :: DecIPTTL
	-> fr1 :: IPFragmenter(1500)
	-> [0]arpq1;

// ---- What goes wrong -----------------------------------------------------------------------------

// No message is about a packet to or from a network's broadcast address (BADADDRS).
dt0[1] -> te0 :: ICMPError(10.0.0.254, timeexceeded, transit, 10.0.0.255 10.0.1.255) -> [0]rt;
dt1[1] -> te1 :: ICMPError(10.0.1.254, timeexceeded, transit, 10.0.0.255 10.0.1.255) -> [0]rt;

fr0[1] -> nf0 :: ICMPError(10.0.0.254, unreachable, needfrag, 10.0.0.255 10.0.1.255, PMTU 1500) -> [0]rt;
fr1[1] -> nf1 :: ICMPError(10.0.1.254, unreachable, needfrag, 10.0.0.255 10.0.1.255, PMTU 1500) -> [0]rt;

gio0[1] -> pp0 :: ICMPError(10.0.0.254, parameterproblem, erroratptr, 10.0.0.255 10.0.1.255) -> [0]rt;
gio1[1] -> pp1 :: ICMPError(10.0.1.254, parameterproblem, erroratptr, 10.0.0.255 10.0.1.255) -> [0]rt;

cp0[1] -> rd0 :: ICMPError(10.0.0.254, redirect, host, 10.0.0.255 10.0.1.255) -> [0]rt;
cp1[1] -> rd1 :: ICMPError(10.0.1.254, redirect, host, 10.0.0.255 10.0.1.255) -> [0]rt;
