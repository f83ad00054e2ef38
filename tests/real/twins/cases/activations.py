"""Functions of single elements."""

from twins.case import Case, normal

CASES = [
    Case("relu", "plain", [normal(2, 3, 4, 5)], then=[3]),
    Case("relu", "leaky", [normal(2, 3, 4, 5)], "relu_param { negative_slope: 0.1 }", {"negative_slope": 0.1}),
    Case("relu", "in place", [normal(2, 3, 4, 5)], in_place=True),
]
