// Strip takes one number.
FromDevice(eth0)
	-> s :: Strip(14, 20)
	-> ToDevice(eth0);
