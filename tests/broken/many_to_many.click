// Two outputs to two inputs: which to which?
cl :: Classifier(12/0800, -);
FromDevice(eth0) -> cl;
cl[0, 1] -> Discard, Discard;
