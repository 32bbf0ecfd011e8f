// The tenant has eth0 and eth1.
FromDevice(eth0)
	-> Counter
	-> out :: ToDevice(eth7);
