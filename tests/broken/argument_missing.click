// Paint wants to know the colour.
FromDevice(eth0)
	-> p :: Paint()
	-> ToDevice(eth0);
