// The address is defined under another name.
AddressInfo(gateway 10.0.0.1);
FromDevice(eth0)
	-> Strip(14)
	-> CheckIPHeader
	-> s :: SetIPAddress(gatway)
	-> Unstrip(14)
	-> ToDevice(eth0);
