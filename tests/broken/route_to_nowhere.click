// A route names an output that is not connected.
rt :: StaticIPLookup(10.0.0.0/8 0,
		     0.0.0.0/0 2);
FromDevice(eth0) -> Strip(14) -> CheckIPHeader -> rt;
rt[0] -> Discard;
rt[1] -> Discard;
