"""Operators that work on whole arrays, by what they are for; a family registers its own when it is imported."""

from layerdsl.operators.families import running as running
