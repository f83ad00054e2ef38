"""Every twin of `stdlib/caffe` beside Caffe's own C++ layer: `make twins`."""
