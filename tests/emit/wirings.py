"""Facts of layers, as the compiler would find them, for the tests of what is emitted for nets."""

from layerdsl.emit.wiring import BlobFact, EndFact, HyperFact, Wiring

DICE = Wiring(
    "losses",
    "DiceLoss",
    "Soft Dice loss, one minus the mean overlap of the batch.\n\nAfter Milletari et al., 2016.",
    (EndFact("pred", "[N, *S]", True), EndFact("label", "const [N, *S]", False)),
    (EndFact("loss", "[]", True, loss=True),),
    (HyperFact("smooth", "float", False, False, 1.0, requires=("smooth >= 0",), doc="keeps empty masks apart"),),
    (),
)
INNER_PRODUCT = Wiring(
    "nets.layers",
    "InnerProduct",
    "",
    (EndFact("x", "[N, *K]", True),),
    (EndFact("y", "[N, M]", True),),
    (HyperFact("M", "int", False, True, None),),
    (
        BlobFact("weight", "[M, *K]", "xavier()", 1.0, 1.0, False),
        BlobFact("bias", "[M]", "constant(0)", 2.0, 0.0, False, "one for each output"),
    ),
)
MOVING = Wiring(
    "moving",
    "MovingAverage",
    'Keeps "the mean" of é and \\ in a blob.',
    (EndFact("x", "[N, C]", True),),
    (EndFact("y", "[N, C]", True),),
    (HyperFact("momentum", "float", False, False, 0.999),),
    (BlobFact("mean", "[C]", "0", 0.0, 0.0, True),),
    "TRAIN",
)
EVERYTHING = Wiring(
    "many",
    "Everything",
    "Two losses and a map\x07.",
    (EndFact("a", "[N]", True), EndFact("b", "index [N]", False), EndFact("c", "[N]", True)),
    (EndFact("map", "[N]", True), EndFact("one", "[]", True, loss=True), EndFact("two", "[]", True, loss=True)),
    (
        HyperFact("rate", "float", False, False, 1e-5),
        HyperFact("count", "int", True, False, None),
        HyperFact("on", "bool", False, False, True),
        HyperFact("mode", "word", False, False, "mean", ("sum", "mean")),
        HyperFact("sizes", "list", False, False, (1, 2), element="int"),
        HyperFact("limit", "float", False, False, float("inf")),
    ),
    (BlobFact("w", "[N]", "gaussian(std=0.01)", 0.1, 0.5, False),),
    "TEST",
)
SUM = Wiring(
    "many",
    "SumAll",
    "The sum of any number of blobs, and of one more.",
    (EndFact("first", "[*S]", True, variadic=True), EndFact("mask", "const [*S]", False, optional=True)),
    (EndFact("y", "[*S]", True),),
    (),
    (),
)
ALL = (DICE, INNER_PRODUCT, MOVING, EVERYTHING, SUM)
