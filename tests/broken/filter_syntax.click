// A filter expression with a mistake in its second clause.
FromDevice(eth0)
	-> Strip(14)
	-> CheckIPHeader
	-> f :: IPFilter(allow udp,
		         allow scr host 10.0.0.1)
	-> Unstrip(14)
	-> ToDevice(eth0);
