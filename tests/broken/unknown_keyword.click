// Paint has no such argument.
FromDevice(eth0)
	-> p :: Paint(3, ANO 20)
	-> ToDevice(eth0);
