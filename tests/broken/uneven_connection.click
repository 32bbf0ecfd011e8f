// Two outputs and three inputs.
cl :: Classifier(12/0800, -);
FromDevice(eth0) -> cl;
cl[0, 1] => Discard, Discard, Discard;
