"""A layer for every function and operator of the language, each in a formula of its own."""

UNARY = (
    "abs sign sqrt square exp expm1 log log1p log2 log10 exp2 sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh "
    "arccosh arctanh floor ceil round trunc reciprocal cbrt erf erfc relu sigmoid softplus log_sigmoid"
).split()

BINARY = ["a + b", "a - b", "a * b", "a / b", "a ** b", "a // b", "a % b", "max(a, b)", "min(a, b)"]
BINARY += ["atan2(a, b)", "hypot(a, b)", "pow(a, b)"]
BINARY += ["where(a < b, a, b)", "where(a >= b, a * b, a)", "where(a > 0 and b <= 0.5 or not a != b, sin(a), b)"]
BINARY += ["clip(a, -0.5, b)", "clip(a, b, b + 1)", "max(a, b, 0.25, a * b)", "-a + b"]

POWERS = ["x**2", "x**3", "x**-1", "x**0.5", "x**1", "x**0", "x**4", "x**-2", "x**2.5", "2**x", "1 / x", "x * x"]

REDUCTIONS = ["sum", "mean", "max", "min", "prod", "var", "std", "norm", "logsumexp"]
ALONG = ["softmax", "log_softmax", "softmin"]
SETS = ["over=C", "over=N", "over=S", "over=[N, S]", "over=[C, S]", "over=[N, C]"]

STABLE = [
    "log(softmax(x, over=C))",
    "log(sigmoid(x))",
    "log(1 + exp(x))",
    "log(1 - sigmoid(x))",
    "log(sum(exp(x), over=C))",
    "exp(x) / sum(exp(x), over=C)",
    "1 - sigmoid(x)",
    "exp(x) - 1",
    "x / (1 + exp(-x))",
    "1 / (1 + exp(-x))",
    "sqrt(sum(x**2, over=C))",
    "sqrt(mean(x**2, over=C))",
    "sqrt(x**2)",
    "log(exp(x))",
    "log1p(exp(x))",
    "x / norm(x, over=C)",
    "(x - mean(x, over=N)) / std(x + index(N), over=N)",
]

AXES = {
    "contraction": "layer L(a: [N, K], b: [M, K]) -> y: [N, M]:\n    y = dot(a, b, over=K)\n",
    "transposed": "layer L(a: [N, K], b: [K, M]) -> y: [M, N]:\n    y = dot(a, b, over=K)\n",
    "batched": "layer L(a: [B, N, K], b: [B, M, K]) -> y: [B, N, M]:\n    y = dot(a, b, over=K)\n",
    "several summed": "layer L(a: [N, K, J], b: [M, J, K]) -> y: [N, M]:\n    y = dot(a, b, over=[K, J])\n",
    "all summed": "layer L(a: [N, K], b: [N, K]) -> y: []:\n    y = dot(a, b)\n",
    "outer": "layer L(a: [N], b: [M]) -> y: [N, M]:\n    y = a * b\n",
    "broken by a sum": "layer L(a: [N, C], b: [C, M]) -> y: [N]:\n    y = sum(a * b, over=[C, M])\n",
    "transpose": "layer L(x: [N, C, H]) -> y: [H, N, C]:\n    y = exp(x)\n",
    "expanded": "layer L(x: [N], s: [M]) -> y: [N, M]:\n    y = x + 0 * sum(s)\n",
    "pairs": "layer L(x: [N, D]) -> y: [N, M=N]:\n    y = sum((x - 2 * rename(x, N=M))**2, over=D)\n",
    "pick": "layer L(x: [N, C], i: index(C) [N]) -> y: [N]:\n    y = x[C=i] ** 2\n",
    "pick along groups": "layer L(x: [N, C, *S], i: index(C) [N, 1, *S]) -> y: [N, *S]:\n    y = sin(x)[C=i]\n",
    "pick shared": "layer L(x: [C, D], i: index(C) [N]) -> y: [N, D]:\n    y = x[C=i] * 3\n",
    "embedding": "layer L(i: index(V) [N]) -> y: [N, D]:\n    hyper V: int = 4\n    hyper D: int = 3\n"
    "    param w: [V, D] = xavier()\n    y = w[V=i]\n",
    "at": "layer L(x: [N, C]) -> y: [N]:\n    y = x[C=0] * x[C=-1]\n",
    "slice": "layer L(x: [N, C]) -> y: [N, C - 1]:\n    y = x[C=1:] - x[C=:-1]\n",
    "stride": "layer L(x: [N, H, W]) -> y: [N, H // 2, W]:\n    y = x[H=:H // 2 * 2:2] ** 2 + x[H=1::2]\n",
    "coordinates": "layer L(x: [N, H, W]) -> y: [N]:\n    y = sum(x * index(H) + x ** 2 * index(W), over=[H, W])\n",
    "list": "layer L(x: [N, C]) -> y: [N, C]:\n    hyper weight: list[float] = [1, 2.5, -1]\n"
    "    y = x ** 2 * values(weight, C)\n",
    "counts": "layer L(x: [N, C]) -> y: [N]:\n    y = sum(x, over=C) * count(x > 0, over=C) / C\n",
    "any and all": "layer L(x: [N, C]) -> y: [N]:\n"
    "    y = where(any(x > 1, over=C), sum(x, over=C), where(all(x < 0.5, over=C), x[C=0], 0))\n",
    "argmax": "layer L(x: [N, C]) -> y: [N], i: [N]:\n    i = argmax(x, over=C)\n    y = x[C=argmin(x, over=C)]\n",
    "stopped": "layer L(x: [N, C]) -> y: [N, C]:\n    y = x * stop_gradient(exp(x))\n",
    "drawn": "layer L(x: [N, C]) -> y: [N, C]:\n"
    "    y = where(bernoulli(0.5, each=[N, C]), x / 0.5, 0) + x * normal(0, 0.1, each=C) + uniform(0, 1)\n",
    "phases": "layer L(x: [N, C]) -> y: [N, C]:\n    if train:\n        y = x ** 2\n    else:\n        y = x ** 3\n",
    "words": 'layer L(x: [N, C]) -> y: []:\n    hyper mode: "sum" | "mean" = "sum"\n    if mode == "sum":\n'
    "        y = sum(x**2)\n    else:\n        y = mean(x**2)\n",
    "optional": "layer L(x: [N]) -> y: [N]:\n    hyper cap: float? = none\n    if cap != none:\n"
    "        y = min(x, cap)\n    else:\n        y = x * 2\n",
    "state": "layer L(x: [N, C]) -> y: [N, C]:\n    state m: [C] = 0\n    y = x * m\n"
    "    update m = 0.9 * m + 0.1 * mean(x, over=N)\n",
    "two tops": "layer L(x: [N, C], w: [C]) -> a: [N], b: []:\n    s = x * w\n"
    "    a = sum(s, over=C)\n    b = sum(s**2)\n",
    "bool": "layer L(x: [N]) -> y: [N]:\n    hyper on: bool = true\n    y = x * 2 if on else x * 3\n",
    "xent": "layer L(x: [N, C], t: const [N, C]) -> loss: []:\n    loss = -sum(t * log(softmax(x, over=C))) / N\n",
    "function": "def f(a, b):\n    return a * b + exp(a)\n\n"
    "layer L(x: [N], z: [N]) -> y: [N]:\n    y = f(x, f(z, x))\n",
    "derivative": "layer L(x: [N, D], w: [D]) -> loss: []:\n    s = sum(tanh(dot(x, w, over=D)))\n"
    "    loss = mean((sqrt(sum(grad(s, x)**2, over=D)) - 1)**2)\n",
}


def sources() -> dict[str, str]:
    """The text of a layer by what it tries."""
    found = {f"{name}(x)": _one(f"{name}(x)") for name in UNARY}
    found |= {text: _one(text) for text in (*POWERS, *STABLE)}
    found |= {text: _two(text) for text in BINARY}
    found |= {f"{text}, broadcast": _two(text, "[C]") for text in BINARY}
    found |= {f"{name}({over})": _reduced(f"{name}(x, {over})", over) for name in REDUCTIONS for over in SETS}
    found |= {f"{name}()": f"layer L(x: [N, C]) -> y: []:\n    y = {name}(x)\n" for name in REDUCTIONS}
    found |= {f"{name}({over})": _one(f"{name}(x, {over})") for name in ALONG for over in SETS}
    return found | AXES


def _one(text: str) -> str:
    return f"layer L(x: [N, C, *S]) -> y: [N, C, *S]:\n    y = {text}\n"


def _two(text: str, axes: str = "[N, C, *S]") -> str:
    return f"layer L(a: [N, C, *S], b: {axes}) -> y: [N, C, *S]:\n    y = {text}\n"


def _reduced(text: str, over: str) -> str:
    kept = [axis for axis in ("N", "C", "*S") if axis.lstrip("*") not in over]
    return f"layer L(x: [N, C, *S]) -> y: [{', '.join(kept)}]:\n    y = {text}\n"
