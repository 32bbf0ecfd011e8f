// A library that was not handed in.
require(library "routes.click");
FromDevice(eth0) -> ToDevice(eth0);
