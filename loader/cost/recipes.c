// SPDX-License-Identifier: GPL-2.0-only
/*
 * How each class is measured: arguments, the packet, what stands in front. Packets take the usual
 * way: they pass checks, their neighbours are known, their flows have mappings. Classes that are
 * not here are those that cannot be measured so: they need a listener (Print), a partner
 * (EtherSwitch's other ports), packets that come seldom; their weight speaks for them.
 */
#include "loader/cost/cost.h"

#define MANY_PATTERNS                                                                              \
	"12/8001, 12/8002, 12/8003, 12/8004, 12/8005, 12/8006, 12/8007, 12/8008, 12/8009, "        \
	"12/800a, 12/800b, 12/800c, 12/800d, 12/800e, 12/0806, 12/0800"
#define MANY_RULES                                                                                 \
	"deny src 10.1.0.1 and dst port 1, deny src 10.1.0.2 and dst port 2, "                     \
	"deny src 10.1.0.3 and dst port 3, deny src 10.1.0.4 and dst port 4, "                     \
	"deny src 10.1.0.5 and dst port 5, deny src 10.1.0.6 and dst port 6, "                     \
	"deny src 10.1.0.7 and dst port 7, deny src 10.1.0.8 and dst port 8, "                     \
	"deny src 10.1.0.9 and dst port 9, deny src 10.1.0.10 and dst port 10, "                   \
	"deny src 10.1.0.11 and dst port 11, deny src 10.1.0.12 and dst port 12, allow all"
#define ROUTES "10.0.0.1/32 0, 10.0.0.0/24 0, 10.0.1.0/24 1, 0.0.0.0/0 10.0.1.1 1"

#define R(class, arguments, packet, front, ...)                                                    \
	{                                                                                          \
		.class_name = class, .config = arguments, .probe = packet, .before = front,        \
		##__VA_ARGS__                                                                      \
	}

const struct cost_recipe cost_recipes[] = {
	/* Ends and passages */
	R("ToDevice", "eth0", COST_ETHER, "", .last = true),
	R("Strip", "14", COST_ETHER, ""),
	R("Unstrip", "14", COST_UDP, ""),
	R("Paint", "1", COST_ETHER, ""),
	R("CheckPaint", "1", COST_ETHER, "Paint(1) -> ", .outs = 2),
	R("PaintSwitch", "", COST_ETHER, "Paint(1) -> ", .outs = 2),
	R("PaintTee", "2", COST_ETHER, "Paint(1) -> ", .outs = 2),
	R("SetAnnoByte", "0, 1", COST_ETHER, ""),
	R("SetPacketType", "HOST", COST_ETHER, ""),
	R("StaticSwitch", "0", COST_ETHER, "", .outs = 2),
	R("Switch", "0", COST_ETHER, "", .outs = 2),
	R("RoundRobinSwitch", "", COST_ETHER, "", .outs = 2),
	R("RandomSwitch", "", COST_ETHER, "", .outs = 2),
	R("HashSwitch", "26, 4", COST_ETHER, "", .outs = 2),
	R("RandomSample", "0.5", COST_ETHER, ""),
	R("CheckLength", "1600", COST_ETHER, "", .outs = 2),
	R("Truncate", "1600", COST_ETHER, ""),
	/* Counting and metering */
	R("Counter", "", COST_ETHER, ""),
	R("AverageCounter", "", COST_ETHER, ""),
	R("Meter", "1000000000", COST_ETHER, "", .outs = 2),
	R("BandwidthMeter", "1Gbps", COST_ETHER, "", .outs = 2),
	R("RatedSplitter", "1000000000", COST_ETHER, "", .outs = 2),
	R("BandwidthRatedSplitter", "100Gbps", COST_ETHER, "", .outs = 2),
	R("AggregateIP", "ip dst", COST_UDP, ""),
	R("AggregateIPAddrPair", "", COST_UDP, ""),
	R("AggregateIPFlows", "", COST_UDP, ""),
	R("AggregateLength", "", COST_UDP, ""),
	R("AggregateCounter", "", COST_UDP, "AggregateIP(ip dst) -> "),
	/* Ethernet */
	R("Classifier", "12/0800, -", COST_ETHER, "", .outs = 2),
	R("Classifier", MANY_PATTERNS, COST_ETHER, "", .outs = 16),
	R("HostEtherFilter", "02:00:00:00:00:01", COST_ETHER, "", .outs = 2),
	R("DropBroadcasts", "", COST_ETHER, ""),
	R("EtherMirror", "", COST_ETHER, ""),
	R("EtherRewrite", "02:00:00:00:00:03, 02:00:00:00:00:04", COST_ETHER, ""),
	R("StoreEtherAddress", "02:00:00:00:00:03, dst", COST_ETHER, ""),
	R("EtherEncap", "0x0800, 02:00:00:00:00:03, 02:00:00:00:00:04", COST_UDP, ""),
	R("VLANEncap", "VLAN_TCI 5", COST_ETHER, ""),
	R("VLANDecap", "", COST_ETHER, "VLANEncap(VLAN_TCI 5) -> "),
	R("ARPResponder", "10.0.0.1 02:00:00:00:00:01", COST_ARP, "", .outs = 1),
	R("ARPQuerier", "10.0.1.1, 02:00:00:00:00:01", COST_UDP, "", .outs = 2, .inputs = 2,
	  .write = "insert 10.0.1.9 02:00:00:00:00:09"),
	/* IPv4 */
	R("CheckIPHeader", "", COST_ETHER, "Strip(14) -> ", .outs = 2),
	R("MarkIPHeader", "", COST_ETHER, "Strip(14) -> "),
	R("GetIPAddress", "16", COST_UDP, ""),
	R("SetIPAddress", "10.0.1.1", COST_UDP, ""),
	R("DecIPTTL", "", COST_UDP, "", .outs = 2),
	R("FixIPSrc", "10.0.0.1", COST_UDP, ""),
	R("IPGWOptions", "10.0.0.1", COST_UDP, "", .outs = 2),
	R("SetIPChecksum", "", COST_UDP, ""),
	R("SetIPDSCP", "1", COST_UDP, ""),
	R("SetIPECN", "1", COST_UDP, ""),
	R("MarkIPCE", "", COST_UDP, "SetIPECN(1) -> "),
	R("IPMirror", "", COST_UDP, ""),
	R("StripIPHeader", "", COST_UDP, ""),
	R("StoreIPAddress", "10.0.0.1, src", COST_UDP, ""),
	R("IPEncap", "17, 10.0.0.1, 10.0.1.1", COST_UDP, ""),
	R("UDPIPEncap", "10.0.0.1, 53, 10.0.1.1, 53", COST_UDP, ""),
	R("GREEncap", "", COST_UDP, ""),
	R("CheckUDPHeader", "", COST_UDP, "", .outs = 2),
	R("CheckTCPHeader", "", COST_TCP, "", .outs = 2),
	R("CheckICMPHeader", "", COST_PING, "", .outs = 2),
	R("SetUDPChecksum", "", COST_UDP, ""),
	R("SetTCPChecksum", "", COST_TCP, ""),
	R("ICMPPingResponder", "", COST_PING, "", .outs = 2),
	R("ICMPError", "10.0.0.1, timeexceeded", COST_UDP, ""),
	R("IPClassifier", "udp, -", COST_UDP, "", .outs = 2),
	R("IPFilter", "allow udp, deny all", COST_UDP, ""),
	R("IPFilter", MANY_RULES, COST_UDP, ""),
	R("RadixIPLookup", ROUTES, COST_UDP, "", .outs = 2),
	R("StaticIPLookup", ROUTES, COST_UDP, "", .outs = 2),
	R("LinearIPLookup", ROUTES, COST_UDP, "", .outs = 2),
	R("IPRewriter", "pattern 10.9.9.9 1024-65535 - - 0 0", COST_UDP, ""),
	R("UDPRewriter", "pattern 10.9.9.9 1024-65535 - - 0 0", COST_UDP, ""),
	R("TCPRewriter", "pattern 10.9.9.9 1024-65535 - - 0 0", COST_TCP, ""),
	R("IPAddrRewriter", "pattern 10.9.9.9 - 0 0", COST_UDP, ""),
	R("ICMPPingRewriter", "pattern 10.9.9.9 1024-65535 - - 0 0", COST_PING, ""),
	/* IPv6 */
	R("CheckIP6Header", "", COST_UDP6, "", .outs = 2),
	R("DecIP6HLIM", "", COST_UDP6, "", .outs = 2),
	R("GetIP6Address", "24", COST_UDP6, ""),
	R("SetIP6DSCP", "1", COST_UDP6, ""),
	R("LookupIP6Route", "fd00::/16 0, fd01::/16 1, ::/0 fd00::1 1", COST_UDP6, "", .outs = 2),
	{.class_name = NULL},
};
