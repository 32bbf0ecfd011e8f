// What is an exception elsewhere is the rule here: most packets are for the router itself and get no
// further than an ICMP error.
FromDevice(eth0) -> Strip(14) -> CheckIPHeader -> rt :: RadixIPLookup(10.0.1.9/32 0, 10.0.0.0/24 1, 0/0 1);
rt[0] -> ICMPError(10.0.0.1, unreachable, port) -> rt2 :: RadixIPLookup(10.0.0.0/24 0, 0/0 1);
rt2[0] -> Unstrip(14) -> Queue -> ToDevice(eth0);
rt2[1] -> Discard;
rt[1] -> Unstrip(14) -> Queue -> ToDevice(eth1);
