class EuclideanLoss(caffe.Layer):
    """EuclideanLoss, from test.layer."""

    def setup(self, bottom, top):
        if len(bottom) != 2 or len(top) != 1:
            raise ValueError('EuclideanLoss (test.layer:6): takes 2 bottoms (pred, target) and 1 top (loss), not %d and %d' % (len(bottom), len(top)))
        if top[0] in bottom:
            raise ValueError("EuclideanLoss (test.layer:6): top[0] `loss` has a shape of its own and can't take the place of bottom[0] `pred`, give it another name in the net")
        self._shapes = None
        _stop_at_nan(self, 'EuclideanLoss (test.layer:6)')

    def _measure(self, bottom):
        """The sizes of the axes, read off the bottoms and held against each other."""
        sizes = {}
        _match('EuclideanLoss (test.layer:6)', 'bottom[0] `pred`', bottom[0].shape, ('N', '*S'), sizes)
        _match('EuclideanLoss (test.layer:6)', 'bottom[1] `target`', bottom[1].shape, ('N', '*S'), sizes)
        return dict([(axis, size) for axis, (size, _) in sizes.items()])

    def reshape(self, bottom, top):
        shapes = [tuple(bottom[i].shape) for i in range(2)]
        if shapes == self._shapes:
            return
        sizes = self._measure(bottom)
        N = sizes['N']
        S = _product(sizes['*S'])
        top[0].reshape()
        self._sizes = (N, S)
        dtype = bottom[0].data.dtype  # float32 in Caffe
        self._t1 = np.empty((), dtype)
        self._t2 = np.empty((), dtype)
        t1 = np.empty(min(262144, N * S), dtype)
        self._forward_parts1 = [
            (n, s, _cut(t1, n, s))
            for n, s in _parts((N, S), 1)
        ]
        self._backward_parts1 = [
            (n, s, _cut(t1, n, s))
            for n, s in _parts((N, S), 1)
        ]
        self._shapes = shapes

    def forward(self, bottom, top):
        N, S = self._sizes
        pred = bottom[0].data.reshape(N, S)
        target = bottom[1].data.reshape(N, S)
        loss = top[0].data.reshape(())
        with _settings():
            total = 0.0
            # N and S in parts that fit the cache
            for n, s, t1 in self._forward_parts1:
                # test.layer:7  loss = sum((pred - target)**2) / (2 * N)
                np.subtract(pred[n, s], target[n, s], out=t1)
                total += float(np.dot(t1.reshape(-1), t1.reshape(-1)))
            np.copyto(loss, total)
            # test.layer:7  loss = sum((pred - target)**2) / (2 * N)
            np.multiply(loss, _over(1.0, 2 * N), out=loss)

    def backward(self, top, propagate_down, bottom):
        if not (propagate_down[0] or propagate_down[1]):
            return
        N, S = self._sizes
        loss_diff = top[0].diff.reshape(())
        pred = bottom[0].data.reshape(N, S)
        target = bottom[1].data.reshape(N, S)
        if propagate_down[0]:
            pred_diff = bottom[0].diff.reshape(N, S)
        if propagate_down[1]:
            target_diff = bottom[1].diff.reshape(N, S)
        with _settings():
            # d/d pred of line 7
            np.multiply(loss_diff, _over(2.0, 2 * N), out=self._t1)
            if propagate_down[1]:
                # d/d target of line 7
                np.negative(self._t1, out=self._t2)
            # N and S in parts that fit the cache
            for n, s, t1 in self._backward_parts1:
                # line 7 again
                np.subtract(pred[n, s], target[n, s], out=t1)
                if propagate_down[0]:
                    # d/d pred of line 7
                    np.multiply(t1, self._t1, out=pred_diff[n, s])
                if propagate_down[1]:
                    # d/d target of line 7
                    np.multiply(t1, self._t2, out=target_diff[n, s])
