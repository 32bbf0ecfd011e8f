// Strip has one output.
s :: Strip(14);
FromDevice(eth0) -> s -> ToDevice(eth0);
s[2] -> Discard;
