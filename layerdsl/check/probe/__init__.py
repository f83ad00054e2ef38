"""What Caffe asks of any layer, tried on one: the ten properties, for every `caffe.Layer` class.

Nothing here knows of formulas: a class is only run. It does so on the stand-in or on real Caffe, in a process of its
own (`child.py`) or in ours, and so everything in this folder runs on Python 2.7 with NumPy 1.11 as well.
"""
