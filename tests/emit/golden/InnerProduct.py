class InnerProduct(caffe.Layer):
    """InnerProduct, from test.layer."""

    def setup(self, bottom, top):
        if len(bottom) != 1 or len(top) != 1:
            raise ValueError('InnerProduct (test.layer:20): takes 1 bottom (x) and 1 top (y), not %d and %d' % (len(bottom), len(top)))
        hyper = _read_param_str('InnerProduct (test.layer:20)', _param_str(self), (
            ('M', _to_int, _REQUIRED),
        ))
        self.M = hyper['M']
        if top[0] in bottom:
            raise ValueError("InnerProduct (test.layer:20): top[0] `y` has a shape of its own and can't take the place of bottom[0] `x`, give it another name in the net")
        if len(self.blobs) == 0:
            sizes = self._measure(bottom)
            K = _product(sizes['*K'])
            _add_blob(self.blobs, 'InnerProduct (test.layer:20)', 'blob `weight` [M, K]', self.M, K)
            _fill_xavier(self.blobs[0].data)
            _add_blob(self.blobs, 'InnerProduct (test.layer:20)', 'blob `bias` [M]', self.M)
            self.blobs[1].data[...] = 0
        elif len(self.blobs) != 2:
            raise ValueError('InnerProduct (test.layer:20): has 2 blobs (weight, bias), not %d' % len(self.blobs))
        self._shapes = None
        _stop_at_nan(self, 'InnerProduct (test.layer:20)')

    def _measure(self, bottom):
        """The sizes of the axes, read off the bottoms and held against each other."""
        sizes = {}
        _match('InnerProduct (test.layer:20)', 'bottom[0] `x`', bottom[0].shape, ('N', '*K'), sizes)
        return dict([(axis, size) for axis, (size, _) in sizes.items()])

    def reshape(self, bottom, top):
        shapes = [tuple(bottom[0].shape)]
        if shapes == self._shapes:
            return
        sizes = self._measure(bottom)
        N = sizes['N']
        K = _product(sizes['*K'])
        if tuple(self.blobs[0].data.shape) != (self.M, K):
            raise ValueError('InnerProduct (test.layer:20): blobs[0] `weight` [M, K] has shape %s, these bottoms need %s' % (tuple(self.blobs[0].data.shape), (self.M, K)))
        if tuple(self.blobs[1].data.shape) != (self.M,):
            raise ValueError('InnerProduct (test.layer:20): blobs[1] `bias` [M] has shape %s, these bottoms need %s' % (tuple(self.blobs[1].data.shape), (self.M,)))
        top[0].reshape(N, self.M)
        self._sizes = (N, K)
        dtype = bottom[0].data.dtype  # float32 in Caffe
        self._t1 = np.empty((min(64, N) * self.M,), dtype)
        self._t3 = np.empty((self.M,), dtype)
        self._t2 = np.empty((min(max(2097152, K), K * self.M),), dtype)
        self._sumb1 = np.empty((self.M,), np.float64)
        t1 = np.empty(min(262144, self.M), dtype)
        self._backward_parts1 = [
            (n, m, _cut(t1, m))
            for n, m in _parts((N, self.M), 1, (0,))
        ]
        self._shapes = shapes

    def forward(self, bottom, top):
        N, K = self._sizes
        x = bottom[0].data.reshape(N, K)
        weight = self.blobs[0].data
        y = top[0].data.reshape(N, self.M)
        bias = self.blobs[1].data
        with _settings():
            # test.layer:24  y = dot(x, weight, over=K) + bias
            _rows_times_rows(x, weight, self._t1, y)
            np.add(y, bias, out=y)

    def backward(self, top, propagate_down, bottom):
        N, K = self._sizes
        y_diff = top[0].diff.reshape(N, self.M)
        weight = self.blobs[0].data
        if propagate_down[0]:
            x_diff = bottom[0].diff.reshape(N, K)
        x = bottom[0].data.reshape(N, K)
        weight_diff = self.blobs[0].diff
        bias_diff = self.blobs[1].diff
        with _settings():
            if propagate_down[0]:
                # d/d x of line 24
                np.dot(y_diff, weight, out=x_diff)
            # d/d weight of line 24
            _add_product(y_diff.T, x, self._t2, weight_diff)
            self._sumb1.fill(0)
            # N and M in parts that fit the cache
            for n, m, t1 in self._backward_parts1:
                # d/d bias of line 24
                np.add.reduce(y_diff[n, m], axis=0, out=t1)
                np.add(self._sumb1[m], t1, out=self._sumb1[m])
            np.copyto(self._t3, self._sumb1)
            # d/d bias of line 24
            np.add(bias_diff, self._t3, out=bias_diff)
