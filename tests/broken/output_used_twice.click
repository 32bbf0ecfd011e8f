// A push output has one place to go; copies are Tee's work.
c :: Counter;
FromDevice(eth0) -> c;
c -> ToDevice(eth0);
c -> Discard;
