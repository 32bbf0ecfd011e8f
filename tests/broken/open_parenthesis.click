// The configuration string never ends.
in :: FromDevice(eth0);
in -> Print(hello -> ToDevice(eth0);
