// SPDX-License-Identifier: GPL-2.0-only
//
// A packet filter between an inner network (eth0) and the rest of the world (eth1), both over links
// that carry IP. It keeps no state: what may come in is told by ports and TCP flags.
//
//	INSIDE	the inner network
//	WEB	its one server, which may be reached over HTTP and HTTPS
define($INSIDE 192.168.7.0/24, $WEB 192.168.7.80);

// Only what has a sound IP header is filtered; on an IP link the Ethernet header in front of it is
// made by the platform, and stays where it is.
FromDevice(eth0) -> Classifier(12/0800) -> CheckIPHeader(OFFSET 14) -> from_inside :: IPFilter(
	deny not src net $INSIDE,
	deny dst net $INSIDE,
	deny dst tcp port 25,
	allow all)
	-> out :: Counter
	-> Queue -> ToDevice(eth1);

FromDevice(eth1) -> Classifier(12/0800) -> CheckIPHeader(OFFSET 14) -> from_outside :: IPFilter(
	deny src net $INSIDE,
	deny not dst net $INSIDE,
	allow dst host $WEB and (dst tcp port 80 or 443),
	allow tcp opt ack,
	allow src udp port 53,
	allow icmp type echo-reply or unreachable or timeexceeded,
	deny all)
	-> in :: Counter
	-> Queue -> ToDevice(eth0);
