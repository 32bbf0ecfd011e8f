// The compound's closing brace is missing.
elementclass Gate {
	input -> Counter -> output;

FromDevice(eth0) -> Gate -> ToDevice(eth0);
