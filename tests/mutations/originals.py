"""Right layers from which wrong ones are made: short, and between them of every kind that emitted code has."""

ORIGINALS = {
    "Squared": """layer Squared(pred: [N, C], label: const [N, C]) -> loss: []:
    hyper scale: float = 0.5
    loss = scale * sum((pred - label)**2) / N
""",
    "Distance": """layer Distance(a: [N, D], b: [N, D]) -> y: [N]:
    y = sqrt(sum((a - b)**2, over=D) + 0.01)
""",
    "Dice": """layer Dice(pred: [N, *S], label: const [N, *S]) -> loss: []:
    overlap = sum(pred * label, over=S)
    loss = 1 - mean((2 * overlap + 1) / (sum(pred**2 + label**2, over=S) + 1), over=N)
""",
    "Entropy": """layer Entropy(score: [N, C, *S], label: index(C) [N, *S]) -> loss: []:
    loss = -mean(log_softmax(score, over=C)[C=label])
""",
    "PReLU": """layer PReLU(x: [N, C, *S]) -> y: [N, C, *S]:
    param slope: [C] = constant(0.25)
    y = max(x, 0) + slope * min(x, 0)
""",
    "Affine": """layer Affine(x: [N, D]) -> y: [N, O=outputs]:
    hyper outputs: int = 3
    param weight: [O, D] = gaussian(0.1)
    param bias: [O] = constant(0)
    y = sum(x * weight, over=D) + bias
""",
    "Norm": """layer Norm(x: [N, C, *S]) -> y: [N, C, *S]:
    hyper eps: float = 1e-3
    y = x / sqrt(mean(x**2, over=C) + eps)
""",
    "Centre": """layer Centre(x: [N, C]) -> y: [N, C]:
    state centre: [C] = 0
    if train:
        update centre = 0.9 * centre + 0.1 * mean(x, over=N)
        y = x - mean(x, over=N)
    else:
        y = x - centre
""",
    "Dropout": """layer Dropout(x: [N, C, *S]) -> y: [N, C, *S]:
    hyper p: float = 0.5
    if train:
        y = where(bernoulli(1 - p, each=[N, C, S]), x / (1 - p), 0)
    else:
        y = x
""",
    "Gate": """layer Gate(x: [N, C, *S], g: [N, C]) -> y: [N, C, *S], used: []:
    gate = sigmoid(g)
    y = x * gate
    used = mean(gate**2)
""",
    "Variation": """layer Variation(x: [N, C, H, W]) -> loss: []:
    loss = sum((x[W=1:] - x[W=:-1])**2) / N + mean(abs(x))
""",
    "Soft": """layer Soft(x: [N, C, *S]) -> y: [N, C, *S]:
    hyper heat: float = 1.0
    y = softmax(x / heat, over=C)
""",
}
