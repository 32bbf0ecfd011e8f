// A queue's pull output at another queue's push input.
FromDevice(eth0)
	-> first :: Queue
	-> second :: Queue
	-> ToDevice(eth0);
