// A library is for the whole file.
elementclass Gate {
	require(library "gate.click");
	input -> Counter -> output;
}
FromDevice(eth0) -> Gate -> ToDevice(eth0);
