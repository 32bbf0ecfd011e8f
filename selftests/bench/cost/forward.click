// A router's usual way, its neighbour known: many elements that do little.
FromDevice(eth0) -> c :: Classifier(12/0806, 12/0800, -);
c[0] -> Discard;
c[2] -> Discard;
c[1] -> Paint(1) -> Strip(14) -> CheckIPHeader
	-> rt :: RadixIPLookup(10.0.0.1/32 0, 10.0.0.0/24 0, 10.0.1.0/24 1, 10.0.2.0/24 1, 0/0 10.0.1.1 1);
rt[0] -> Discard;
rt[1] -> DropBroadcasts -> cp :: PaintTee(2) -> gio :: IPGWOptions(10.0.1.1) -> FixIPSrc(10.0.1.1)
	-> dt :: DecIPTTL -> EtherEncap(0x0800, 02:00:00:00:00:03, 02:00:00:00:00:04)
	-> Queue -> ToDevice(eth1);
cp[1] -> Discard;
gio[1] -> ICMPError(10.0.1.1, parameterproblem) -> Discard;
dt[1] -> ICMPError(10.0.1.1, timeexceeded) -> Discard;
