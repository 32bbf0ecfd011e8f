// A class name with a letter missing.
FromDevice(eth0)
	-> c :: Countr
	-> ToDevice(eth0);
