// The name of a class cannot name an element.
Counter :: Counter;
FromDevice(eth0) -> Counter -> ToDevice(eth0);
