// A package that is not built in; standard and a class by its name are.
require(package standard, Counter,
	package tulips);
FromDevice(eth0) -> ToDevice(eth0);
