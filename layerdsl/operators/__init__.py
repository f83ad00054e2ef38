"""The operators: one table per concern, and the families of those that work on whole arrays."""

from layerdsl.operators import families as families
