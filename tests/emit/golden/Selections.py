class Selections(caffe.Layer):
    """Selections, from test.layer."""

    def setup(self, bottom, top):
        if len(bottom) != 2 or len(top) != 3:
            raise ValueError('Selections (test.layer:70): takes 2 bottoms (x, pos) and 3 tops (a, b, c), not %d and %d' % (len(bottom), len(top)))
        if top[0] in bottom:
            raise ValueError("Selections (test.layer:70): top[0] `a` has a shape of its own and can't take the place of bottom[0] `x`, give it another name in the net")
        if top[1] in bottom:
            raise ValueError("Selections (test.layer:70): top[1] `b` has a shape of its own and can't take the place of bottom[1] `pos`, give it another name in the net")
        self._shapes = None
        _stop_at_nan(self, 'Selections (test.layer:70)')

    def _measure(self, bottom):
        """The sizes of the axes, read off the bottoms and held against each other."""
        sizes = {}
        _match('Selections (test.layer:70)', 'bottom[0] `x`', bottom[0].shape, ('N', 'C', 'H'), sizes)
        _match('Selections (test.layer:70)', 'bottom[1] `pos`', bottom[1].shape, ('N',), sizes)
        return dict([(axis, size) for axis, (size, _) in sizes.items()])

    def reshape(self, bottom, top):
        shapes = [tuple(bottom[i].shape) for i in range(2)]
        if shapes == self._shapes:
            return
        sizes = self._measure(bottom)
        N = sizes['N']
        C = sizes['C']
        H = sizes['H']
        if H <= 1:
            raise ValueError('Selections (test.layer:71): requires 1 < H for `[H=1:]`, H is %r' % (H,))
        if H - 1 <= 0:
            raise ValueError('Selections (test.layer:71): requires 0 < H - 1 for `[H=:H - 1]`, H is %r' % (H,))
        top[0].reshape(N, H)
        top[1].reshape(N, C)
        top[2].reshape()
        self._sizes = (N, C, H)
        dtype = bottom[0].data.dtype  # float32 in Caffe
        self._base1 = np.arange(N).reshape(-1, 1) * (C * H) + np.arange(C) * H
        self._places1 = np.empty((N, C), np.intp)
        self._t1 = np.empty((N,), dtype)
        self._t2 = np.empty((), dtype)
        self._t3 = np.empty((), dtype)
        self._sumf1 = np.empty((N,), np.float64)
        self._t5 = np.empty((N, H), dtype)
        self._t4 = np.empty((N, C), dtype)
        self._sumb1 = np.empty((N,), np.float64)
        t1 = np.empty(min(262144, N), dtype)
        self._forward_parts1 = [
            (n, h, _cut(t1, n))
            for n, h in _parts((N, H), 1)
        ]
        t1_ = np.empty(min(max(524288, 8192 * (H - 1)), H * N - N), dtype)
        self._forward_parts2 = [
            (n, _cut(t1_, n, H - 1))
            for n, in _parts((N,), H - 1)
        ]
        self._forward_parts3 = _parts((N, C), (H + 1) // 2)
        self._backward_parts1 = [
            (n, h, _cut(t1, n))
            for n, h in _parts((N, H), 1)
        ]
        self._shapes = shapes

    def forward(self, bottom, top):
        N, C, H = self._sizes
        pos = bottom[1].data.reshape(N)
        x = bottom[0].data.reshape(N, C, H)
        b = top[1].data.reshape(N, C)
        a = top[0].data.reshape(N, H)
        c_ = top[2].data.reshape(())
        with _settings():
            # test.layer:73  b = x[H=pos]
            _positions('Selections (test.layer:73): `pos` along axis H', pos[:, None], H, 1, self._base1, self._places1)
            np.take(x.reshape(-1), self._places1, out=b, mode='clip')
            self._sumf1.fill(0)
            # N and H in parts that fit the cache
            for n, h, t1 in self._forward_parts1:
                # test.layer:77  return x - mean(x, over=H)
                np.add.reduce(x[n, 0, h], axis=1, out=t1)
                np.add(self._sumf1[n], t1, out=self._sumf1[n])
            np.copyto(self._t1, self._sumf1)
            # test.layer:77  return x - mean(x, over=H)
            np.multiply(self._t1, _over(1.0, H), out=self._t1)
            # test.layer:72  a = pad_by_one(x[C=0])
            np.subtract(x[:, 0], self._t1[:, None], out=a)
            total = 0.0
            # N in parts that fit the cache
            for n, t1_ in self._forward_parts2:
                # test.layer:71  cut = x[C=0][H=1:] - x[C=-1][H=:H - 1]
                np.subtract(x[n, 0, 1:], x[n, C - 1, :H - 1], out=t1_)
                # test.layer:74  c = sum(cut) + sum(x[H=::2])
                total += float(np.add.reduce(t1_, axis=None))
            np.copyto(self._t2, total)
            total_ = 0.0
            # N and C in parts that fit the cache
            for n, c in self._forward_parts3:
                # test.layer:74  c = sum(cut) + sum(x[H=::2])
                total_ += float(np.add.reduce(x[n, c, :2 * ((H + 1) // 2):2], axis=None))
            np.copyto(self._t3, total_)
            # test.layer:74  c = sum(cut) + sum(x[H=::2])
            np.add(self._t2, self._t3, out=c_)

    def backward(self, top, propagate_down, bottom):
        if propagate_down[1]:
            bottom[1].diff[...] = 0  # `pos` has no gradient
        if not propagate_down[0]:
            return
        N, C, H = self._sizes
        x_diff = bottom[0].diff.reshape(N, C, H)
        c_diff = top[2].diff.reshape(())
        b_diff = top[1].diff.reshape(N, C)
        a_diff = top[0].diff.reshape(N, H)
        with _settings():
            # d/d x of line 74
            np.copyto(x_diff, 0)
            np.copyto(x_diff[:, :, :2 * ((H + 1) // 2):2], c_diff)
            # d/d x of line 71
            np.negative(c_diff, out=self._t3)
            np.add(x_diff[:, C - 1:, :H - 1], self._t3, out=x_diff[:, C - 1:, :H - 1])
            np.take(x_diff.reshape(-1), self._places1, out=self._t4, mode='clip')
            np.add(self._t4, b_diff, out=self._t4)
            x_diff.reshape(-1)[self._places1] = self._t4
            np.copyto(self._t5, a_diff)
            np.add(self._t5[:, 1:], c_diff, out=self._t5[:, 1:])
            self._sumb1.fill(0)
            # N and H in parts that fit the cache
            for n, h, t1 in self._backward_parts1:
                # d/d x of line 72
                np.add.reduce(a_diff[n, h], axis=1, out=t1)
                np.add(self._sumb1[n], t1, out=self._sumb1[n])
            np.copyto(self._t1, self._sumb1)
            # d/d x of line 77
            np.multiply(self._t1, _over(1.0, H), out=self._t1)
            np.subtract(self._t5, self._t1[:, None], out=self._t5)
            np.add(x_diff[:, :1], self._t5[:, None], out=x_diff[:, :1])
