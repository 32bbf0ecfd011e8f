// A chain with nothing between two arrows.
FromDevice(eth0)
	-> Counter
	-> -> ToDevice(eth0);
