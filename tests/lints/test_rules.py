"""Each rule that looks at names, gradients, phases and batches, and what it leaves in peace."""

import re

import pytest
from findings import codes, found

PROGRAMS = """\
# an unused value: LD115
layer A(x: [N, C]) -> y: [N, C]:
    t = x + 1
    y = x

# an unused value of a branch: LD115
layer A(x: [N, C]) -> y: [N, C]:
    if train:
        t = x
        y = x
    else:
        y = 2 * x

# an unused value of a function: LD115
def f(a):
    b = a
    return 2 * a

layer A(x: [N, C]) -> y: [N, C]:
    y = f(x)

# one of two results: nothing
def f(a):
    return a, 2 * a

layer A(x: [N, C]) -> y: [N, C]:
    y, t = f(x)

# a value as a size: nothing
layer A(x: [N, C]) -> y: [N, C]:
    n = C - 1
    y = x * n

# an import: LD116
from losses import huber

layer A(x: [N, C]) -> y: [N, C]:
    y = x

# an import of a library: nothing
from losses import huber

def f(x):
    return 2 * huber(x)

layer A(x: [N, C]) -> y: [N, C]:
    y = f(x)

# a bottom that a function does not want: LD605
def first(a, b):
    return 2 * a

layer A(x: [N], w: const [N]) -> y: [N]:
    y = first(x, w)

# a bottom of which only the size is wanted: nothing
layer A(x: [N, C], w: const [M]) -> y: [N, C, M]:
    y = x

# an axis that a sum took away: LD212
layer A(x: [N, T, D]) -> y: [N, T, D]:
    y = mean(x, over=T)

# an axis that a sum took away in one branch: LD212
layer A(x: [N, T]) -> y: [N, T]:
    if train:
        y = mean(x, over=T)
    else:
        y = x

# weights without the axis of their top: LD212
layer A(x: [N, K]) -> y: [N, M]:
    hyper M: int
    param w: [K] = xavier()
    y = dot(x, w, over=K)

# an axis by its place, past the one of that name: LD213
def running(x: [*A, T, D]):
    return cumsum(x, over=T)
layer A(x: [N, T, H, D]) -> y: [N, T, H, D]:
    y = running(x)

# an axis by its place of a value that has none of that name: nothing
def running(x: [*A, T, D]):
    return cumsum(x, over=T)
layer A(x: [N, K, D]) -> y: [N, K, D]:
    y = running(x)

# an axis that an earlier argument has named: nothing
def scores(q: [*A, T, D], k: [*A, U, D]):
    return dot(q, k, over=D)
layer A(x: [N, T, D], z: [N, U, D]) -> y: [N, T, U]:
    y = scores(x, z)

# a repeated value: nothing
layer A(x: [N, C]) -> y: [N, C, M]:
    hyper M: int
    y = x

# a repeated value with a learned scale: nothing
layer A(x: [N, C]) -> y: [N, C, M]:
    hyper M: int
    param w: [C] = 1
    y = w * x

# one value for all that nothing has: nothing
layer A(x: [N, C]) -> (y: [N, C], ones: const [N, C]):
    y = x
    ones = 1

# an axis that the formula has again: nothing
layer A(x: [N, T, D]) -> y: [N, T, D]:
    y = x - mean(x, over=T)

# an axis under another name: nothing
layer A(x: [N, C]) -> y: [N, K=C]:
    y = rename(x, C=K)

# a draw: LD310
layer A(x: [N, C]) -> y: [N, C]:
    y = x + normal(0, 1, each=[N, C])

# a draw in training: nothing
layer A(x: [N, C]) -> y: [N, C]:
    y = x + normal(0, 1, each=[N, C]) if train else x

# a draw not in test: nothing
layer A(x: [N, C]) -> y: [N, C]:
    y = x if test else x + normal(0, 1, each=[N, C])

# a draw in training where wanted: nothing
layer A(x: [N, C]) -> y: [N, C]:
    hyper p: float = 0.5
    if train and p > 0:
        y = where(bernoulli(p, each=N), x, 0)
    else:
        y = x

# a draw where wanted: LD310
layer A(x: [N, C]) -> y: [N, C]:
    hyper p: float = 0.5
    if p > 0:
        y = where(bernoulli(p, each=N), x, 0)
    else:
        y = x

# a draw in training in a scan: nothing
layer A(x: [T, N]) -> y: [T, N]:
    scan T:
        carry h: [N] = 0
        if train:
            next h = where(bernoulli(0.1, each=N), h, x)
        else:
            next h = h + x
    y = h

# a draw in training beside another value in a scan: nothing
layer A(x: [T, N]) -> y: [T, N]:
    scan T:
        carry h: [N] = 0
        next h = h + x if test else where(bernoulli(0.1, each=N), h, x)
    y = h

# a draw in a scan: LD310
layer A(x: [T, N]) -> y: [T, N]:
    scan T:
        carry h: [N] = 0
        next h = where(bernoulli(0.1, each=N), h, x)
    y = h

# a draw before a scan that asks for it in training: nothing
layer A(x: [T, N]) -> y: [T, N]:
    noise = normal(0, 1, each=[T, N])
    scan T:
        carry h: [N] = 0
        next h = h + x + noise if train else h + x
    y = h

# a draw with which a scan begins: LD310
layer A(x: [T, N]) -> y: [T, N]:
    scan T:
        carry h: [N] = normal(0, 1, each=N)
        next h = h + x if train else h * x
    y = h

# a layer of one phase: nothing
layer A(x: [N, C]) -> y: [N, C]:
    include train
    y = x + normal(0, 1, each=[N, C])

# a rounded bottom: LD406
layer A(x: [N], w: [N]) -> y: [N]:
    y = x * round(w)

# a compared bottom: LD406
layer A(x: [N], w: [N]) -> y: [N]:
    y = where(w > 0, x, 0)

# a top of conditions: LD406
layer A(x: [N]) -> y: [N]:
    y = x > 0.5

# a top of picked numbers: LD406
layer A(x: [N, C]) -> y: [N]:
    y = argmax(x, over=C)

# a top of conditions over what expects none: nothing
layer A(x: const [N]) -> y: [N]:
    y = x > 0.5

# a top of conditions that is a metric: nothing
layer A(x: [N]) -> (y: [N], over: const [N]):
    y = 2 * x
    over = x > 0.5

# a compared constant: nothing
layer A(x: [N], w: const [N]) -> y: [N]:
    y = where(w > 0, x, 0)

# a rounded parameter: LD406
layer A(x: [N, C]) -> y: [N, C]:
    param w: [C] = 1
    y = x * round(w)

# a rounded parameter that does not learn: nothing
layer A(x: [N, C]) -> y: [N, C]:
    param w: [C] = 1, lr_mult=0
    y = x * round(w)

# a gradient by hand: nothing
layer A(x: [N], w: [N]) -> y: [N]:
    y = x * round(w)
    gradient w = d(y)

# a bottom that is held: nothing
layer A(x: [N], w: [N]) -> y: [N]:
    y = x * stop_gradient(w)

# a metric beside a loss: nothing
layer A(x: [N, C], label: index(C) [N]) -> (loss: [], hits: const []):
    loss = -mean(log_softmax(x, over=C)[C=label])
    hits = count(argmax(x, over=C) == label) / N

# a sum: LD407
layer A(x: [N, *S]) -> loss: []:
    loss = sum(x**2)

# a sum of a group: LD407
layer A(x: [*S]) -> loss: []:
    loss = sum(x**2)

# a dot: LD407
layer A(x: [N, C], y: [N, C]) -> loss: []:
    loss = dot(x, y)

# a sum of means: LD407
layer A(x: [N, C]) -> loss: []:
    loss = sum(mean(x**2, over=C))

# a mean: nothing
layer A(x: [N, *S]) -> loss: []:
    loss = mean(x**2)

# a sum by its size: nothing
layer A(x: [N, *S]) -> loss: []:
    loss = sum(x**2) / (2 * N)

# a sum by what counts: nothing
layer A(x: [N], ok: const [N]) -> loss: []:
    loss = sum(where(ok > 0, x**2, 0)) / max(count(ok > 0), 1)

# a mean of sums: nothing
layer A(x: [N, C]) -> loss: []:
    loss = mean(sum(x**2, over=C), over=N)

# a sum as a choice: nothing
layer A(x: [N, C]) -> loss: []:
    hyper by: "sum" | "mean" = "sum"
    loss = sum(x**2) / (N if by == "mean" else 1)

# a norm: nothing
layer A(x: [N, C]) -> loss: []:
    loss = norm(x) / N

# an entropy of shares over all: nothing
layer A(x: [N, C]) -> loss: []:
    loss = -sum(softmax(x, over=[N, C]) * log_softmax(x, over=[N, C]))

# a mean by shares: nothing
layer A(x: [N, C], score: [N]) -> loss: []:
    loss = sum(dot(softmax(score, over=N), x, over=N)**2)

# a sum of the shares of each sample: LD407
layer A(x: [N, C], w: const [C]) -> loss: []:
    loss = sum(softmax(x, over=C) * w)

# a sum of logarithms of shares over all: LD407
layer A(x: [N, C]) -> loss: []:
    loss = -sum(log_softmax(x, over=[N, C]))

# a sum of logarithms beside one of sizes: LD407
layer A(x: [N, C]) -> loss: []:
    loss = sum(log_softmax(x, over=[N, C]) + log(C / N))

# a top for each: nothing
layer A(x: [N, C]) -> y: [N]:
    y = sum(x, over=C)

# a value less itself: LD804
layer A(x: [N, C]) -> loss: []:
    loss = mean((x - x)**2)

# a formula less itself: LD804
layer A(x: [N, C]) -> loss: []:
    loss = mean((log_softmax(x, over=C) - log_softmax(x, over=C) + x)**2)

# two draws: nothing
layer A(x: [N, C]) -> y: [N, C]:
    include train
    y = x + normal(0, 1, each=N) - normal(0, 1, each=N) + x * (uniform(0, 1, each=N) - uniform(0, 1, each=N))

# what is drawn once less itself: LD804
layer A(x: [M, P]) -> y: [M, P]:
    include train
    h = x * normal(0, 1, each=M)
    y = x + (h - h)**2

# a function that is given one value twice: nothing
def far(a, b):
    return a - b

layer A(x: [N, C]) -> y: [N, C]:
    y = x + far(x, x)

# two values in turn: nothing
layer A(x: [N, C], z: [N, C]) -> y: [N, C]:
    y = x - z - x - z

# sizes and steps: nothing
layer A(x: [N, C]) -> y: [N, C]:
    y = x * (1 + index(C) - index(C) + C - C) + sum(abs(x - k) * (k - 1) for k in [x, 2])

# a name for axes of two bottoms: LD202
layer A(x: [N, D], y: [M, D]) -> loss: []:
    far = mean(norm(x - rename(x, N=P) + 1, over=D), over=[N, P])
    loss = mean(norm(y - rename(y, M=P) + 1, over=D)) + far

# a name for axes of two bottoms that agree: nothing
layer A(x: [N, D], y: [M, D]) -> loss: []:
    require M == N
    loss = mean(abs(x - rename(x, N=P) + 1)) + mean(abs(y - rename(y, M=P) + 1))

# a name for an axis that only one sample makes as long as another: LD202
layer A(x: [N, D], queue: const [Q, D]) -> y: [N, D]:
    score = rename(concat(dot(x, x, over=D), dot(x, queue, over=D), over=Q), Q=F)
    new = concat(x, queue, F=[N, Q])
    y = x + mean(score, over=F) + sum(new, over=F)

# a bottom's name for an axis: nothing
layer A(x: [N, D], y: [N, E]) -> loss: []:
    loss = mean((x - rename(y, E=D))**2)

# names of one size: nothing
layer A(x: [N, D]) -> loss: []:
    loss = mean(abs(x - rename(x, N=P) + 1)) + mean(x * rename(x, N=P))

# a name for a list: nothing
layer A(x: [N, C]) -> loss: []:
    hyper w: list[float] = [1, 2]
    loss = mean(split(x, C=[G, K], K=2) * values(w, G))

# an axis at a place that is stated: nothing
from caffe.slice import Slice

layer A(x: [N, C]) -> (y: [N // 2, C], z: [N // 2, C]):
    y, z = Slice(x, axis=0)

# a state that stays: LD510
layer A(x: [N, C]) -> y: [N, C]:
    state s: [C] = 1
    y = s * x
    update s = s

# a state: LD510
layer A(x: [N, C]) -> y: [N, C]:
    state s: [C] = 1
    y = s * x

# a state that is updated: nothing
layer A(x: [N, C]) -> y: [N, C]:
    state s: [C] = 1
    y = s * x
    if train:
        update s = s + 1
"""

CASES = {
    name: (text, [] if expected == "nothing" else expected.split())
    for name, expected, text in re.findall(r"^# (.*): (.*)\n((?:(?!# ).*\n)*)", PROGRAMS, re.MULTILINE)
}


@pytest.mark.parametrize("name", CASES)
def test_rule(name):
    text, expected = CASES[name]
    assert codes(text) == expected


def test_all_programs_are_read():
    assert len(CASES) == PROGRAMS.count("# ")


def test_what_is_said_of_a_name_that_only_one_size_allows():
    text, _ = CASES["a name for an axis that only one sample makes as long as another"]
    (each,) = found(text)
    assert each.message == "the name `F` makes one axis of two: the layer demands `Q + 1 == N + Q`"
    assert each.notes == ("that is so for `N = 1` alone",)
    assert each.span.text == "F=[N, Q]"
