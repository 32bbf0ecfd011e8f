// Counting, metering and checksums: clocks, tables, loops.
FromDevice(eth0) -> Counter -> AverageCounter -> Strip(14) -> CheckIPHeader
	-> AggregateIP(ip dst) -> AggregateCounter -> m :: Meter(1000000000)
	-> SetIPDSCP(10) -> SetUDPChecksum -> RandomSample(1)
	-> Unstrip(14) -> VLANEncap(VLAN_TCI 5) -> Queue -> ToDevice(eth1);
m[1] -> Discard;
