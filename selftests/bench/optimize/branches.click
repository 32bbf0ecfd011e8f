// Branches by kind of packet, too heavy for one segment together. As it stands, UDP is not in the
// first one to its end.
FromDevice(eth0) -> c :: Classifier(12/0800 23/01, 12/0800 23/11, 12/0800 23/06, 12/86dd, -);
c[0] -> Strip(14) -> CheckIPHeader -> CheckICMPHeader -> SetIPDSCP(1) -> Unstrip(14)
	-> join :: Counter -> Queue -> ToDevice(eth1);
c[1] -> Strip(14) -> CheckIPHeader -> SetIPDSCP(3) -> IPGWOptions(10.0.0.1) -> DecIPTTL -> Unstrip(14) -> join;
c[2] -> Strip(14) -> CheckIPHeader -> CheckTCPHeader -> SetTCPChecksum -> Unstrip(14) -> join;
c[3] -> Strip(14) -> CheckIP6Header -> DecIP6HLIM -> Unstrip(14) -> join;
c[4] -> Discard;
