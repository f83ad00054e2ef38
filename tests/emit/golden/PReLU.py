class PReLU(caffe.Layer):
    """PReLU, from test.layer."""

    def setup(self, bottom, top):
        if len(bottom) != 1 or len(top) != 1:
            raise ValueError('PReLU (test.layer:16): takes 1 bottom (x) and 1 top (y), not %d and %d' % (len(bottom), len(top)))
        self._in_place0 = top[0] in bottom
        if len(self.blobs) == 0:
            sizes = self._measure(bottom)
            C = sizes['C']
            self.blobs.add_blob(C)  # slope [C]
            self.blobs[0].data[...] = 0.25
        elif len(self.blobs) != 1:
            raise ValueError('PReLU (test.layer:16): has 1 blob (slope), not %d' % len(self.blobs))
        self._shapes = None
        _stop_at_nan(self, 'PReLU (test.layer:16)')

    def _measure(self, bottom):
        """The sizes of the axes, read off the bottoms and held against each other."""
        sizes = {}
        _match('PReLU (test.layer:16)', 'bottom[0] `x`', bottom[0].shape, ('N', 'C', '*S'), sizes)
        return dict([(axis, size) for axis, (size, _) in sizes.items()])

    def reshape(self, bottom, top):
        shapes = [tuple(bottom[0].shape)]
        if shapes == self._shapes:
            return
        sizes = self._measure(bottom)
        N = sizes['N']
        C = sizes['C']
        S = _product(sizes['*S'])
        if tuple(self.blobs[0].data.shape) != (C,):
            raise ValueError('PReLU (test.layer:16): blobs[0] `slope` [C] has shape %s, these bottoms need %s' % (tuple(self.blobs[0].data.shape), (C,)))
        top[0].reshape(N, C, *sizes['*S'])
        self._sizes = (N, C, S)
        dtype = bottom[0].data.dtype  # float32 in Caffe
        bits = np.dtype('i%d' % dtype.itemsize)  # integers as wide, for masks
        self._t1 = np.empty((C,), dtype)
        self._sumb1 = np.empty((C,), np.float64)
        t1 = np.empty(min(262144, C * N * S), dtype)
        zero = np.full(min(262144, C * N * S), 0, dtype)
        t2 = np.empty(min(262144, C * N * S), dtype)
        self._forward_parts1 = [
            (n, c, s, _cut(t1, n, c, s), _cut(zero, n, c, s), _cut(t2, n, c, s))
            for n, c, s in _parts((N, C, S), 1)
        ]
        t2_2 = np.empty(min(262144, C * N * S), bits)
        t1_2 = np.empty(min(262144, C * N * S), np.bool_)
        t5 = np.empty(min(262144, C), np.float64)
        t4 = np.empty(min(262144, C * N), dtype)
        self._backward_parts1 = [
            (n, c, s, _cut(t2_2, n, c, s), _cut(t1_2, n, c, s), _cut(t1, n, c, s), _cut(zero, n, c, s), _cut(t5, c), _cut(t4, n, c))
            for n, c, s in _parts((N, C, S), 1)
        ]
        if self._in_place0:
            self._x_own = np.empty((N, C, S), dtype)
            self._x_own_diff = np.empty((N, C, S), dtype)
        self._shapes = shapes

    def forward(self, bottom, top):
        N, C, S = self._sizes
        x = bottom[0].data.reshape(N, C, S)
        if self._in_place0:
            np.copyto(self._x_own, x)  # its memory is that of `y`
            x = self._x_own
        slope = self.blobs[0].data
        y = top[0].data.reshape(N, C, S)
        with _settings():
            # N and C and S in parts that fit the cache
            for n, c, s, t1, zero, t2 in self._forward_parts1:
                # test.layer:18  y = max(x, 0) + slope * min(x, 0)
                np.maximum(x[n, c, s], zero, out=t1)
                np.minimum(x[n, c, s], zero, out=t2)
                np.multiply(t2, slope[c, None], out=t2)
                np.add(t1, t2, out=y[n, c, s])

    def backward(self, top, propagate_down, bottom):
        N, C, S = self._sizes
        x = bottom[0].data.reshape(N, C, S)
        if self._in_place0:
            x = self._x_own
        slope = self.blobs[0].data
        y_diff = top[0].diff.reshape(N, C, S)
        if self._in_place0:
            np.copyto(self._x_own_diff, y_diff)  # its memory is that of the diff of `x`
            y_diff = self._x_own_diff
        if propagate_down[0]:
            x_diff = bottom[0].diff.reshape(N, C, S)
        slope_diff = self.blobs[0].diff
        with _settings():
            self._sumb1.fill(0)
            # N and C and S in parts that fit the cache
            for n, c, s, t2, t1, t3, zero, t5, t4 in self._backward_parts1:
                if propagate_down[0]:
                    # d/d x of line 18
                    np.less_equal(x[n, c, s], 0, out=t1)
                    np.copyto(t2, t1)
                    _where(t2, slope[c, None], 1.0, t3)
                    np.multiply(t3, y_diff[n, c, s], out=x_diff[n, c, s])
                # line 18 again
                np.minimum(x[n, c, s], zero, out=t3)
                # d/d slope of line 18
                np.matmul(y_diff[n, c, s][..., None, :], t3[..., None], out=t4[..., None, None])
                np.add.reduce(t4, axis=0, out=t5)
                np.add(self._sumb1[c], t5, out=self._sumb1[c])
            np.copyto(self._t1, self._sumb1)
            # d/d slope of line 18
            np.add(slope_diff, self._t1, out=slope_diff)
