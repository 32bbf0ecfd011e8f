// A prefix longer than an address.
rt :: StaticIPLookup(10.0.0.0/8 0,
		     192.168.0.0/33 1);
FromDevice(eth0) -> Strip(14) -> CheckIPHeader -> rt;
rt[0] -> Discard;
rt[1] -> Discard;
