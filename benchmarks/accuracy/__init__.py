"""How exact the emitted functions are, in units in the last place: `python -m benchmarks.accuracy`."""
