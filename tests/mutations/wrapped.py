"""Faults as code around the methods of an emitted class, which is called `Right` in them.

Each is the body of a class derived from it; `{i}` is the number of a bottom, `{k}` that of a blob.
"""

FORWARD = """
    def forward(self, bottom, top):
        Right.forward(self, bottom, top)
        {0}
"""
BACKWARD = """
    def backward(self, top, propagate_down, bottom):
        Right.backward(self, top, propagate_down, bottom)
        {0}
"""
IF_ASKED = "if propagate_down[{{i}}]:\n            {0}"


def _asked(line):
    return BACKWARD.format(IF_ASKED.format(line))


# For each bottom that has a gradient.
PER_BOTTOM = {
    "derivative wrong": {
        "twice as large": _asked("bottom[{i}].diff[...] *= 2"),
        "a tenth of a percent": _asked("bottom[{i}].diff[...] *= 1.001"),
        "one entry": _asked("bottom[{i}].diff.reshape(-1)[-1] += 0.01"),
        "the first row": _asked("bottom[{i}].diff[0] *= 1.5"),
        "clipped": _asked("np.clip(bottom[{i}].diff, -0.05, 0.05, out=bottom[{i}].diff)"),
        "turned round": _asked("bottom[{i}].diff.reshape(-1)[...] = bottom[{i}].diff.reshape(-1)[::-1].copy()"),
        "squared": _asked("bottom[{i}].diff[...] *= np.abs(bottom[{i}].diff)"),
    },
    "wrong in one element in a thousand": {
        "the 1,000th": _asked("bottom[{i}].diff.reshape(-1)[999::1000] *= 1.1"),
        "the last of many": _asked("bottom[{i}].diff.reshape(-1)[-1] *= 1.05 if bottom[{i}].count > 60 else 1"),
    },
    "wrong only for a batch of one": {
        "not divided": _asked("bottom[{i}].diff[...] *= 2 if bottom[{i}].shape[0] == 1 else 1"),
        "nothing": _asked("bottom[{i}].diff[...] *= bottom[{i}].shape[0] > 1"),
    },
    "wrong only in one phase": {
        "in TRAIN": _asked("bottom[{i}].diff[...] *= 1 + (self.phase == 0)"),
        "in TEST": _asked("bottom[{i}].diff[...] *= 1 + (self.phase == 1)"),
    },
    "no backward although there is a derivative": {
        "nothing is done": "\n    def backward(self, top, propagate_down, bottom):\n        pass\n",
        "zero": "\n    def backward(self, top, propagate_down, bottom):\n        bottom[{i}].diff[...] = 0\n",
    },
    "backward of something else on purpose": {
        "straight through": "\n    def backward(self, top, propagate_down, bottom):\n        if propagate_down[{i}]:\n"
        "            bottom[{i}].diff[...] = top[0].diff.reshape(-1)[0]\n",
        "the sign alone": _asked("np.sign(bottom[{i}].diff, out=bottom[{i}].diff)"),
    },
    "bottom data or top diff overwritten": {
        "data in forward": FORWARD.format("bottom[{i}].data[...] *= 0.5"),
        "data in backward": BACKWARD.format("bottom[{i}].data[...] = 0"),
        "one entry of the data": BACKWARD.format("bottom[{i}].data.reshape(-1)[0] += 1e-3"),
    },
    "part of a bottom diff never written": {
        "an entry": """
    def backward(self, top, propagate_down, bottom):
        before = bottom[{i}].diff.reshape(-1)[0].copy()
        Right.backward(self, top, propagate_down, bottom)
        bottom[{i}].diff.reshape(-1)[0] = before
""",
        "what is zero": """
    def backward(self, top, propagate_down, bottom):
        before = bottom[{i}].diff.copy()
        Right.backward(self, top, propagate_down, bottom)
        near = np.abs(bottom[{i}].data) < 0.3
        bottom[{i}].diff[near] = before[near]
""",
        "the last of the batch": """
    def backward(self, top, propagate_down, bottom):
        before = bottom[{i}].diff[-1].copy()
        Right.backward(self, top, propagate_down, bottom)
        bottom[{i}].diff[-1] = before
""",
    },
    "bottom diff accumulated": {
        "added": """
    def backward(self, top, propagate_down, bottom):
        before = bottom[{i}].diff.copy()
        Right.backward(self, top, propagate_down, bottom)
        if propagate_down[{i}]:
            bottom[{i}].diff[...] += before
""",
        "a hundredth of it": """
    def backward(self, top, propagate_down, bottom):
        before = bottom[{i}].diff.copy()
        Right.backward(self, top, propagate_down, bottom)
        if propagate_down[{i}]:
            bottom[{i}].diff[...] += 0.01 * before
""",
    },
    "`propagate_down` not looked at": {
        "always": """
    def backward(self, top, propagate_down, bottom):
        Right.backward(self, top, [True] * len(propagate_down), bottom)
""",
        "only the first": """
    def backward(self, top, propagate_down, bottom):
        Right.backward(self, top, [propagate_down[0]] * len(propagate_down), bottom)
        bottom[{i}].diff[...] *= 1
        if not propagate_down[{i}]:
            bottom[{i}].diff[...] = 0
""",
    },
    "sign": {"turned": _asked("bottom[{i}].diff[...] *= -1")},
    "stale values": {
        "of the forward before": """
    def forward(self, bottom, top):
        self._old = getattr(self, "_kept", bottom[{i}].data.copy())
        self._kept = bottom[{i}].data.copy()
        Right.forward(self, bottom, top)

    def backward(self, top, propagate_down, bottom):
        Right.backward(self, top, propagate_down, bottom)
        if propagate_down[{i}] and self._old.shape == bottom[{i}].data.shape:
            bottom[{i}].diff[...] *= 1 + np.abs(self._old - bottom[{i}].data)
""",
        "the diff of the pass before": """
    def backward(self, top, propagate_down, bottom):
        Right.backward(self, top, propagate_down, bottom)
        if propagate_down[{i}]:
            now = bottom[{i}].diff.copy()
            old = getattr(self, "_last", now)
            bottom[{i}].diff[...] = old if old.shape == now.shape else now
            self._last = now
""",
        "what all instances share": """
    def forward(self, bottom, top):
        Right.forward(self, bottom, top)
        type(self).shared = bottom[{i}].data.copy()

    def backward(self, top, propagate_down, bottom):
        Right.backward(self, top, propagate_down, bottom)
        if propagate_down[{i}]:
            same = np.array_equal(type(self).shared, bottom[{i}].data)
            bottom[{i}].diff[...] *= 1 if same else 0.5
""",
    },
}

# Once for each layer.
PER_LAYER = {
    "top diff ignored": {
        "ones in its place": """
    def backward(self, top, propagate_down, bottom):
        before = [top[j].diff.copy() for j in range(len(top))]
        for j in range(len(top)):
            top[j].diff[...] = 1
        Right.backward(self, top, propagate_down, bottom)
        for j in range(len(top)):
            top[j].diff[...] = before[j]
""",
        "its sign alone": """
    def backward(self, top, propagate_down, bottom):
        before = [top[j].diff.copy() for j in range(len(top))]
        for j in range(len(top)):
            top[j].diff[...] = np.sign(before[j])
        Right.backward(self, top, propagate_down, bottom)
        for j in range(len(top)):
            top[j].diff[...] = before[j]
""",
        "only the first entry": """
    def backward(self, top, propagate_down, bottom):
        before = top[0].diff.copy()
        top[0].diff[...] = before.reshape(-1)[0] * (1 if before.size > 1 else 2)
        Right.backward(self, top, propagate_down, bottom)
        top[0].diff[...] = before
""",
    },
    "bottom data or top diff overwritten": {
        "top diff": BACKWARD.format("top[0].diff[...] *= 2"),
        "top diff made zero": BACKWARD.format("top[0].diff[...] = 0"),
        "top data in backward": BACKWARD.format("top[0].data[...] = 0"),
    },
    "shape fixed in setup or in code": {
        "reshape only once": """
    def reshape(self, bottom, top):
        if not hasattr(self, "_once"):
            Right.reshape(self, bottom, top)
            self._once = True
""",
        "the batch of set-up": """
    def setup(self, bottom, top):
        Right.setup(self, bottom, top)
        self._batch = bottom[0].shape[0]

    def backward(self, top, propagate_down, bottom):
        Right.backward(self, top, propagate_down, bottom)
        if propagate_down[0]:
            bottom[0].diff[...] *= float(bottom[0].shape[0]) / self._batch
""",
        "a size in the code": """
    def reshape(self, bottom, top):
        Right.reshape(self, bottom, top)
        self._mask = np.ones(2)

    def forward(self, bottom, top):
        self._mask[: bottom[0].shape[0]] *= np.ones(bottom[0].shape[0])
        Right.forward(self, bottom, top)
""",
        "a large batch cut off": FORWARD.format("top[0].data.reshape(-1)[2:] *= bottom[0].shape[0] <= 2"),
    },
    "broken by a newer Python, NumPy or Caffe": {
        "param_str_": "\n    def setup(self, bottom, top):\n        self.param_str_.strip()\n"
        "        Right.setup(self, bottom, top)\n",
        "xrange": FORWARD.format("for n in xrange(2):\n            pass"),
        "np.float": FORWARD.format("np.zeros(2, np.float)"),
        "a float as index": FORWARD.format("top[0].data.reshape(-1)[len(bottom) / 2]"),
        "iteritems": FORWARD.format("dict(a=1).iteritems()"),
        "zip over bottom": FORWARD.format("list(zip(bottom, top))"),
        "integer division": BACKWARD.format(
            "if propagate_down[0]:\n            bottom[0].diff[...] *= 3 // 2 * 2 // 3"
        ),
    },
    "hyper-parameters fixed, ignored or misread": {
        "param_str not read": "\n    def setup(self, bottom, top):\n        self.param_str = ''\n"
        "        Right.setup(self, bottom, top)\n        top[0].reshape(1)\n        self._gain = 1.1\n"
        + FORWARD.format("top[0].data[...] *= self._gain"),
    },
    "log(0), 0/0, overflow": {
        "0 / 0": FORWARD.format("top[0].data[...] *= np.sum(bottom[0].data**2) / np.sum(bottom[0].data**2)"),
        "log(0)": FORWARD.format("top[0].data[...] += 0 * np.log(np.exp(-np.abs(bottom[0].data)).min())"),
        "overflow": FORWARD.format("top[0].data[...] *= np.exp(bottom[0].data).sum() / np.exp(bottom[0].data).sum()"),
    },
    "crashes in ordinary use": {
        "for a batch of one": FORWARD.format("bottom[0].data[1]"),
        "in TEST": FORWARD.format("top[0].data[...] *= {{0: 1}}[self.phase]"),
        "without a gradient": BACKWARD.format("{{True: 1}}[bool(propagate_down[0])]"),
        "sys.exit": "\n    def backward(self, top, propagate_down, bottom):\n        raise SystemExit(3)\n",
        "in the second forward": FORWARD.format("self._there = [] if not hasattr(self, '_there') else self._there[0]"),
    },
    "wrong value forward": {
        "a little": FORWARD.format("top[0].data[...] *= 1.0001"),
        "one entry": FORWARD.format("top[0].data.reshape(-1)[-1] += 1e-3"),
        "shifted": FORWARD.format("top[0].data[...] += 1"),
        "in TEST": FORWARD.format("top[0].data[...] *= 1 + 0.5 * (self.phase == 1)"),
        "for a batch of one": FORWARD.format("top[0].data[...] *= 2 if bottom[0].shape[0] == 1 else 1"),
        "half precision": FORWARD.format("top[0].data[...] = top[0].data.astype(np.float16)"),
    },
    "1/N missing or differing": {
        "in backward": BACKWARD.format("if propagate_down[0]:\n            bottom[0].diff[...] *= bottom[0].shape[0]"),
        "N - 1": BACKWARD.format(
            "if propagate_down[0]:\n"
            "            bottom[0].diff[...] *= float(bottom[0].shape[0]) / max(bottom[0].shape[0] - 1, 1)"
        ),
        "in forward": FORWARD.format("top[0].data[...] *= bottom[0].shape[0]"),
    },
    "not the same again": {
        "a counter": """
    def forward(self, bottom, top):
        Right.forward(self, bottom, top)
        self._count = getattr(self, "_count", 0) + 1
        top[0].data[...] *= 1 + 0.1 * self._count
""",
        "backward once alone": """
    def backward(self, top, propagate_down, bottom):
        Right.backward(self, top, propagate_down, bottom)
        self._passes = getattr(self, "_passes", 0) + 1
        if propagate_down[0] and self._passes > 1:
            bottom[0].diff[...] *= 0.5
""",
        "noise in backward": BACKWARD.format(
            "if propagate_down[0]:\n            bottom[0].diff[...] *= np.random.uniform(0.9, 1.1)"
        ),
    },
}

# For each parameter.
PER_PARAMETER = {
    "parameter diff assigned": {
        "assigned": """
    def backward(self, top, propagate_down, bottom):
        self.blobs[{k}].diff[...] = 0
        Right.backward(self, top, propagate_down, bottom)
""",
        "cleared in forward": FORWARD.format("self.blobs[{k}].diff[...] = 0"),
        "half of what was there": """
    def backward(self, top, propagate_down, bottom):
        self.blobs[{k}].diff[...] *= 0.5
        Right.backward(self, top, propagate_down, bottom)
""",
        "never": """
    def backward(self, top, propagate_down, bottom):
        before = self.blobs[{k}].diff.copy()
        Right.backward(self, top, propagate_down, bottom)
        self.blobs[{k}].diff[...] = before
""",
    },
    "derivative wrong": {
        "of a parameter": """
    def backward(self, top, propagate_down, bottom):
        before = self.blobs[{k}].diff.copy()
        Right.backward(self, top, propagate_down, bottom)
        self.blobs[{k}].diff[...] = 2 * self.blobs[{k}].diff - before
""",
    },
    "blobs filled again": {
        "in reshape": "\n    def reshape(self, bottom, top):\n        Right.reshape(self, bottom, top)\n"
        "        self.blobs[{k}].data[...] = 0.3\n",
        "in forward": "\n    def forward(self, bottom, top):\n        self.blobs[{k}].data[...] = 0.3\n"
        "        Right.forward(self, bottom, top)\n",
    },
}

# Of layers that draw.
OF_DRAWS = {
    "another random mask in backward": {
        "drawn again": """
    def backward(self, top, propagate_down, bottom):
        if hasattr(self, "_draw1"):
            self._draw1[...] = self._random.random_sample(self._draw1.shape) < 0.5
        Right.backward(self, top, propagate_down, bottom)
""",
        "drawn by NumPy's own": """
    def backward(self, top, propagate_down, bottom):
        if hasattr(self, "_draw1"):
            self._draw1[...] = np.random.random_sample(self._draw1.shape) < 0.5
        Right.backward(self, top, propagate_down, bottom)
""",
        "drawn once for ever": """
    def forward(self, bottom, top):
        if not hasattr(self, "_first"):
            self._first = self._random.get_state()
        self._random.set_state(self._first)
        Right.forward(self, bottom, top)
""",
    },
}

# Of layers with a state.
OF_STATES = {
    "state kept outside of blobs": {
        "in an attribute": """
    def forward(self, bottom, top):
        if hasattr(self, "_centre"):
            self.blobs[0].data[...] = self._centre
        Right.forward(self, bottom, top)
        self._centre = self.blobs[0].data.copy()
""",
        "never updated": """
    def forward(self, bottom, top):
        before = self.blobs[0].data.copy()
        Right.forward(self, bottom, top)
        self.blobs[0].data[...] = before
""",
        "updated twice": """
    def forward(self, bottom, top):
        before = self.blobs[0].data.copy()
        Right.forward(self, bottom, top)
        self.blobs[0].data[...] = 0.9 * self.blobs[0].data + 0.1 * before
""",
        "in TEST too": FORWARD.format("self.blobs[0].data[...] *= 0.99"),
    },
}
