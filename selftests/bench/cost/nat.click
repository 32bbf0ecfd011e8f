// Filter, check and rewrite: few elements that do much.
FromDevice(eth0) -> HostEtherFilter(02:00:00:00:00:01) -> Strip(14) -> CheckIPHeader
	-> IPFilter(deny src 10.1.0.1 and dst port 1, deny src 10.1.0.2 and dst port 2,
		deny src 10.1.0.3 and dst port 3, deny src 10.1.0.4 and dst port 4,
		deny src 10.1.0.5 and dst port 5, deny src 10.1.0.6 and dst port 6, allow all)
	-> CheckUDPHeader
	-> IPRewriter(pattern 10.9.9.9 1024-65535 - - 0 0)
	-> DecIPTTL -> EtherEncap(0x0800, 02:00:00:00:00:03, 02:00:00:00:00:04)
	-> Queue -> ToDevice(eth1);
