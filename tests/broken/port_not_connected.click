// The classifier's second pattern leads nowhere.
cl :: Classifier(12/0800, -);
FromDevice(eth0) -> cl;
cl[1] -> ToDevice(eth0);
