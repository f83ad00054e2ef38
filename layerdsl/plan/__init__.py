"""From graphs to an order of steps, loops over parts that fit the cache, and a buffer for every value."""
