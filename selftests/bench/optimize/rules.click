// One element with many answers, of which one is usual.
FromDevice(eth0) -> Strip(14) -> CheckIPHeader -> f :: IPClassifier(
	src host 10.9.0.1, src host 10.9.0.2, src host 10.9.0.3, src host 10.9.0.4, src host 10.9.0.5,
	src host 10.9.0.6, src host 10.9.0.7, src net 10.8.0.0/16, src net 10.7.0.0/16, ip proto 1, ip proto 6,
	ip proto 17, ip proto 47, ip proto 50, -);
d :: Discard;
f[0] -> d; f[1] -> d; f[2] -> d; f[3] -> d; f[4] -> d; f[5] -> d; f[6] -> d; f[7] -> d; f[8] -> d;
f[9] -> d; f[10] -> d; f[12] -> d; f[13] -> d; f[14] -> d;
f[11] -> Unstrip(14) -> Queue -> ToDevice(eth1);
