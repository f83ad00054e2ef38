"""Recurrent layers, which go on from pass to pass."""

from twins.case import Case, constant, normal, picked, uniform

SIZE = "recurrent_param { num_output: 4 weight_filler { type: 'gaussian' } }"


def marks(*shape):
    """Where a sequence goes on: mostly, but not everywhere."""
    return constant(picked(*shape, among=[0, 1, 1]))


EXPOSED = "recurrent_param { num_output: 4 expose_hidden: true weight_filler { type: 'gaussian' } }"

#: How many values each hands from step to step.
STATES = {"rnn": 1, "lstm": 2}


def recurrent(twin, name, bottoms, **more):
    return Case(twin, name, bottoms, SIZE, {"num_output": 4}, **more)


def exposed(twin, name, bottoms, streams, **more):
    """The first and last values of what is handed from step to step are bottoms and tops."""
    number = STATES[twin]
    firsts = [constant(normal(1, streams, 4)) for _ in range(number)]
    hyper = {"num_output": 4, "expose_hidden": True}
    return Case(twin, name, [*bottoms, *firsts], EXPOSED, hyper, tops=1 + number, **more)


CASES = [
    Case(
        "lstm_unit",
        "plain",
        [normal(1, 3, 5), normal(1, 3, 20), marks(1, 3)],
        tops=2,
        then=[[(1, 2, 5), (1, 2, 20), (1, 2)]],
    ),
    Case("lstm_unit", "one cell", [normal(1, 2, 1), normal(1, 2, 4), marks(1, 2)], tops=2),
    *(
        case
        for twin in ("rnn", "lstm")
        for case in (
            recurrent(twin, "plain", [normal(3, 2, 5), marks(3, 2)]),
            recurrent(twin, "goes on for ever", [normal(4, 2, 3), constant(uniform(4, 2, low=1, high=1))]),
            recurrent(twin, "one step", [normal(1, 2, 5), marks(1, 2)]),
            recurrent(twin, "several axes", [normal(3, 2, 2, 3), marks(3, 2)]),
            recurrent(twin, "static input", [normal(3, 2, 5), marks(3, 2), normal(2, 3)]),
            recurrent(twin, "long", [normal(20, 8, 16), marks(20, 8)]),
            exposed(twin, "exposed", [normal(3, 2, 5), marks(3, 2)], 2),
            exposed(twin, "exposed, one step", [normal(1, 3, 5), constant(uniform(1, 3, low=1, high=1))], 3),
            exposed(twin, "exposed, static input", [normal(4, 2, 3, 2), marks(4, 2), normal(2, 3)], 2),
            exposed(
                twin,
                "exposed, other streams",
                [normal(3, 2, 5), marks(3, 2)],
                2,
                then=[[(3, 4, 5), (3, 4), *[(1, 4, 4)] * STATES[twin]]],
            ),
        )
    ),
]
