"""What is Caffe's: prototxt, its messages, and the stand-in that runs one layer without it."""
