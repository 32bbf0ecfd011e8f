// The number is a word.
FromDevice(eth0)
	-> s :: Strip(fourteen)
	-> ToDevice(eth0);
