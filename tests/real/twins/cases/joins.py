"""Scale, Bias, Eltwise, InnerProduct, Reduction, Softmax."""

from twins.case import Case, normal, picked

IMAGE = (2, 3, 4, 5)
LARGE = (5, 8, 7, 6)


def fields(message, hyper):
    """Our hyper-parameters as the fields of Caffe's message; words without quotes are its enumerations."""

    def text(value):
        return str(value).lower() if isinstance(value, bool) else str(value)

    pairs = [(name, one) for name, value in hyper.items() for one in (value if isinstance(value, list) else [value])]
    return "%s { %s }" % (message, " ".join("%s: %s" % (name, text(value)) for name, value in pairs)) if hyper else ""


def case(twin, words, bottoms, message, options=None, **hyper):
    return Case(twin, words, bottoms, fields(message, hyper), hyper, **(options or {}))


def scale(words, bottoms, options=None, **hyper):
    return case("scale", words, bottoms, "scale_param", options, **hyper)


def bias(words, bottoms, options=None, **hyper):
    return case("bias", words, bottoms, "bias_param", options, **hyper)


FORGETS = {
    "adds": False,
    "why": "where no axis stands before `axis`, Caffe's Scale writes its diff and does not add to it",
}


def affine(make, forgets):
    """What Scale and Bias have in common."""
    return [
        make("learned", [normal(*IMAGE)], {"then": [3]}),
        make("learned, in place", [normal(*IMAGE)], {"in_place": True}),
        make("learned, two axes", [normal(*IMAGE)], axis=1, num_axes=2),
        make("learned, all axes", [normal(*IMAGE)], forgets, axis=0, num_axes=-1),
        make("learned, to the end", [normal(*IMAGE)], axis=2, num_axes=-1),
        make("learned, last axis", [normal(*IMAGE)], axis=-1),
        make("learned, last two", [normal(*IMAGE)], axis=-2, num_axes=2),
        make("learned, one number", [normal(*IMAGE)], num_axes=0),
        make("learned, first axis", [normal(*IMAGE)], forgets, axis=0),
        make("second bottom", [normal(*IMAGE), normal(3)], {"then": [[(4, 5, 2, 2), (5,)]]}),
        make("second bottom, axis 0", [normal(*IMAGE), normal(2)], axis=0),
        make("second bottom, in place", [normal(*IMAGE), normal(3)], {"in_place": True}),
        make("second bottom, last", [normal(*IMAGE), normal(5)], axis=-1),
        make("second bottom, two axes", [normal(*IMAGE), normal(3, 4)], axis=1),
        make("second bottom, all axes", [normal(*IMAGE), normal(*IMAGE)], axis=0),
        make("second bottom, one number", [normal(*IMAGE), normal()], axis=0),
        make("second bottom, one number, later axis", [normal(*IMAGE), normal()], axis=2),
    ]


CASES = [*affine(scale, FORGETS), *affine(bias, {})]
CASES += [
    scale("bias", [normal(*IMAGE)], {"then": [3]}, bias_term=True),
    scale("bias, in place", [normal(*IMAGE)], {"in_place": True}, bias_term=True),
    scale("bias, two axes", [normal(*IMAGE)], bias_term=True, axis=1, num_axes=2),
    scale("bias, one number", [normal(*IMAGE)], bias_term=True, num_axes=0),
    scale("bias, all axes", [normal(*IMAGE)], FORGETS, bias_term=True, axis=0, num_axes=-1),
    scale("bias, second bottom", [normal(*IMAGE), normal(3)], bias_term=True),
    scale("bias, second bottom, two axes", [normal(*IMAGE), normal(3, 4)], bias_term=True),
    scale("bias, second bottom, in place", [normal(*IMAGE), normal(3)], {"in_place": True}, bias_term=True),
]


def eltwise(words, bottoms, options=None, **hyper):
    return case("eltwise", words, bottoms, "eltwise_param", options, **hyper)


TWO, THREE = [normal(*IMAGE)] * 2, [normal(*IMAGE)] * 3
TIES = [picked(*IMAGE, among=[-1, 0, 1])]
CASES += [
    eltwise("sum", TWO, {"then": [3, [(7,), (7,)]]}),
    eltwise("sum of three", THREE),
    eltwise("sum of five", [normal(*IMAGE)] * 5),
    eltwise("weighted sum", THREE, operation="SUM", coeff=[1, -0.5, 2]),
    eltwise("product", TWO, operation="PROD"),
    eltwise("product of three", THREE, operation="PROD"),
    eltwise("product with zeros", TIES * 3, operation="PROD"),
    eltwise("product, divided", TWO, operation="PROD", stable_prod_grad=False),
    eltwise("product of three, divided", THREE, operation="PROD", stable_prod_grad=False),
    eltwise("maximum", TWO, operation="MAX"),
    eltwise("maximum of three", THREE, operation="MAX"),
    eltwise("maximum, ties", TIES * 2, operation="MAX"),
    eltwise("maximum of four, ties", TIES * 4, operation="MAX"),
]


def product(words, bottom, options=None, **hyper):
    return case("inner_product", words, [bottom], "inner_product_param", options, num_output=10, **hyper)


CASES += [
    product("plain", normal(*IMAGE), {"then": [3, 1]}),
    product("without bias", normal(*IMAGE), bias_term=False),
    product("transposed", normal(*IMAGE), {"then": [3]}, transpose=True),
    product("transposed, without bias", normal(*IMAGE), transpose=True, bias_term=False),
    product("from axis 2", normal(*IMAGE), axis=2),
    product("last axis", normal(*IMAGE), axis=-1),
    product("all axes", normal(*IMAGE), axis=0),
    product("transposed, from axis 2", normal(*IMAGE), axis=2, transpose=True),
    product("rows", normal(6, 7)),
    product("large", normal(*LARGE)),
    product("no gradient of the bottom", normal(*IMAGE), {"propagate_down": [False]}),
]


def reduction(words, options=None, bottom=None, **hyper):
    return case("reduction", words, [bottom or normal(*IMAGE)], "reduction_param", options, **hyper)


CASES += [
    reduction("%s%s%s" % (operation.lower(), words, ", scaled" if coeff else ""), operation=operation, **axis, **coeff)
    for operation in ("SUM", "ASUM", "SUMSQ", "MEAN")
    for words, axis in (("", {}), (" from axis 1", {"axis": 1}), (" from axis -2", {"axis": -2}))
    for coeff in ({}, {"coeff": 2.3})
]
CASES += [
    reduction("default", {"then": [3, [(4,)]]}),
    reduction("absolute values at 0", bottom=picked(*IMAGE, among=[-1, 0, 1]), operation="ASUM"),
    reduction("last axis", axis=3),
    reduction("weight of the loss", {"loss_weight": (2.5,)}, normal(*IMAGE, mean=1), axis=0),
]


def softmax(words, bottom, options=None, **hyper):
    return case("softmax", words, [bottom], "softmax_param", options, **hyper)


CASES += [
    softmax("plain", normal(2, 10, 2, 3), {"then": [3, [(4, 5)]]}),
    softmax("in place", normal(2, 10, 2, 3), {"in_place": True}),
    softmax("first axis", normal(*IMAGE), axis=0),
    softmax("last axis", normal(*IMAGE), axis=-1),
    softmax("axis 2", normal(*IMAGE), axis=2),
    softmax("rows", normal(4, 5)),
    softmax("far from 0", normal(2, 10, 2, 3, mean=500, std=30)),
    softmax("ties", picked(2, 10, 2, 3, among=[0, 1])),
    softmax("one place", normal(3, 1, 2, 2), {"unit": 1.0, "why": "the gradient is 0 but for rounding"}),
]
