"""What the numbers of a layer can be: an interval for every node of a graph."""
