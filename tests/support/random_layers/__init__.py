"""Random programs of the language: how they are made, and what has to hold for each of them."""
