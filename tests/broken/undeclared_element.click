// A name that was never declared.
counter :: Counter;
FromDevice(eth0) -> counter -> ToDevice(eth0);
to_discard :: Discard;
ounter -> to_discard;
