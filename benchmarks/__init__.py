"""How fast the emitted layers are beside others: by hand, autograd at run time, Caffe's own (docs/benchmarks.md)."""
