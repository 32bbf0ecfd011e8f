// One name for two elements.
c :: Counter;
FromDevice(eth0) -> c -> ToDevice(eth0);
c :: Counter;
