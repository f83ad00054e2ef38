class BlankSquare(caffe.Layer):
    """BlankSquare, from test.layer."""

    def setup(self, bottom, top):
        if len(bottom) != 1 or len(top) != 1:
            raise ValueError('BlankSquare (test.layer:32): takes 1 bottom (x) and 1 top (y), not %d and %d' % (len(bottom), len(top)))
        self._in_place0 = top[0] in bottom
        self._random = np.random.RandomState(np.random.randint(2 ** 31 - 1))
        self._shapes = None
        _stop_at_nan(self, 'BlankSquare (test.layer:32)')

    def _measure(self, bottom):
        """The sizes of the axes, read off the bottoms and held against each other."""
        sizes = {}
        _match('BlankSquare (test.layer:32)', 'bottom[0] `x`', bottom[0].shape, ('N', 'C', 'H', 'W'), sizes)
        return dict([(axis, size) for axis, (size, _) in sizes.items()])

    def reshape(self, bottom, top):
        shapes = [tuple(bottom[0].shape)]
        if shapes == self._shapes:
            return
        sizes = self._measure(bottom)
        N = sizes['N']
        C = sizes['C']
        H = sizes['H']
        W = sizes['W']
        top[0].reshape(N, C, H, W)
        self._sizes = (N, C, H, W)
        dtype = bottom[0].data.dtype  # float32 in Caffe
        bits = np.dtype('i%d' % dtype.itemsize)  # integers as wide, for masks
        self._index_H = np.arange(H, dtype=dtype)
        self._index_W = np.arange(W, dtype=dtype)
        self._and1 = np.empty((H,), np.bool_)
        self._and2 = np.empty((W,), np.bool_)
        self._t1 = np.empty((), dtype)
        self._t2 = np.empty((H,), np.bool_)
        self._t3 = np.empty((H,), np.bool_)
        self._t4 = np.empty((W,), np.bool_)
        self._t5 = np.empty((W,), np.bool_)
        t1 = np.empty(min(524288, H * W), np.bool_)
        t2 = np.empty(min(524288, H * W), bits)
        self._forward_parts1 = [
            (h, w, _cut(t1, h, w), _cut(t2, h, w))
            for h, w in _parts((H, W), C * N)
        ]
        t2_2 = np.empty(min(524288, H * W), np.bool_)
        self._backward_parts1 = [
            (h, w, _cut(t1, h, w), _cut(t2_2, h, w), _cut(t2, h, w))
            for h, w in _parts((H, W), C * N)
        ]
        if self._in_place0:
            self._x_own = np.empty((N, C, H, W), dtype)
            self._x_own_diff = np.empty((N, C, H, W), dtype)
        self._shapes = shapes

    def forward(self, bottom, top):
        N, C, H, W = self._sizes
        x = bottom[0].data.reshape(N, C, H, W)
        if self._in_place0:
            np.copyto(self._x_own, x)  # its memory is that of `y`
            x = self._x_own
        y = top[0].data.reshape(N, C, H, W)
        with _settings():
            # test.layer:33  top = randint(0, H // 2)
            np.copyto(self._t1, np.floor(self._random.random_sample(()) * (H // 2)), casting='same_kind')
            # test.layer:35  hole = top <= index(H) < top + H // 2 and left <= index(W) < left + W // 2
            np.less_equal(self._t1, self._index_H, out=self._t2)
            np.add(self._t1, H // 2, out=self._t1)
            np.less(self._index_H, self._t1, out=self._t3)
            np.logical_and(self._t2, self._t3, out=self._and1)
            # test.layer:34  left = randint(0, W // 2)
            np.copyto(self._t1, np.floor(self._random.random_sample(()) * (W // 2)), casting='same_kind')
            # test.layer:35  hole = top <= index(H) < top + H // 2 and left <= index(W) < left + W // 2
            np.less_equal(self._t1, self._index_W, out=self._t4)
            np.add(self._t1, W // 2, out=self._t1)
            np.less(self._index_W, self._t1, out=self._t5)
            np.logical_and(self._t4, self._t5, out=self._and2)
            # H and W in parts that fit the cache
            for h, w, t1, t2 in self._forward_parts1:
                # test.layer:35  hole = top <= index(H) < top + H // 2 and left <= index(W) < left + W // 2
                np.logical_and(self._and1[h, None], self._and2[w], out=t1)
                # test.layer:36  y = where(hole, 0, x)
                _where(_bits(t1, t2), 0, x[:, :, h, w], y[:, :, h, w])

    def backward(self, top, propagate_down, bottom):
        if not propagate_down[0]:
            return
        N, C, H, W = self._sizes
        y_diff = top[0].diff.reshape(N, C, H, W)
        if self._in_place0:
            np.copyto(self._x_own_diff, y_diff)  # its memory is that of the diff of `x`
            y_diff = self._x_own_diff
        x_diff = bottom[0].diff.reshape(N, C, H, W)
        with _settings():
            # H and W in parts that fit the cache
            for h, w, t1, t2, t3 in self._backward_parts1:
                # line 35 again
                np.logical_and(self._and1[h, None], self._and2[w], out=t1)
                # d/d x of line 36
                np.logical_not(t1, out=t2)
                _mask(_bits(t2, t3), y_diff[:, :, h, w], x_diff[:, :, h, w])
