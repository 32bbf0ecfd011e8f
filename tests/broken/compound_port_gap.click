// The compound uses its inputs 0 and 2.
elementclass Join {
	input[0] -> c :: Counter -> output;
	input[2] -> c;
}
FromDevice(eth0) -> j :: Join -> ToDevice(eth0);
