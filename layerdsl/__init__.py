"""layerdsl compiles forward formulas with named axes to `caffe.Layer` classes in plain NumPy."""

__version__ = "0.1.0"
