// The compound takes one argument.
elementclass Gate {
	$colour |
	input -> Paint($colour) -> output;
}
FromDevice(eth0)
	-> g :: Gate(1, 2)
	-> ToDevice(eth0);
