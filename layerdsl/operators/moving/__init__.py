"""Values that move: what operators give on complex numbers whose imaginary part is how fast a value moves."""
