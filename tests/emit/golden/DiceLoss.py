class DiceLoss(caffe.Layer):
    """Soft Dice loss, one minus the mean overlap of the batch (Milletari et al., 2016)."""

    def setup(self, bottom, top):
        if len(bottom) != 2 or len(top) != 1:
            raise ValueError('DiceLoss (test.layer:9): takes 2 bottoms (pred, label) and 1 top (loss), not %d and %d' % (len(bottom), len(top)))
        hyper = _read_param_str('DiceLoss (test.layer:9)', _param_str(self), (
            ('smooth', _to_float, 1.0),
        ))
        self.smooth = hyper['smooth']
        if not self.smooth >= 0:
            raise ValueError('DiceLoss (test.layer:12): requires smooth >= 0, smooth is %r' % (self.smooth,))
        if top[0] in bottom:
            raise ValueError("DiceLoss (test.layer:9): top[0] `loss` has a shape of its own and can't take the place of bottom[0] `pred`, give it another name in the net")
        self._shapes = None
        _stop_at_nan(self, 'DiceLoss (test.layer:9)')

    def _measure(self, bottom):
        """The sizes of the axes, read off the bottoms and held against each other."""
        sizes = {}
        _match('DiceLoss (test.layer:9)', 'bottom[0] `pred`', bottom[0].shape, ('N', '*S'), sizes)
        _match('DiceLoss (test.layer:9)', 'bottom[1] `label`', bottom[1].shape, ('N', '*S'), sizes)
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
        self._add1 = np.empty((N,), dtype)
        self._div2 = np.empty((N,), dtype)
        self._t1 = np.empty((N,), dtype)
        self._t2 = np.empty((N,), dtype)
        self._t3 = np.empty((N,), dtype)
        self._t4 = np.empty((), dtype)
        self._sumf1 = np.empty((N,), np.float64)
        self._sumf2 = np.empty((N,), np.float64)
        self._sumf3 = np.empty((N,), np.float64)
        t1 = np.empty(min(262144, N), np.float64)
        self._forward_parts1 = [
            (n, s, _cut(t1, n))
            for n, s in _parts((N, S), 1)
        ]
        t1_2 = np.empty(min(262144, N * S), dtype)
        t2 = np.empty(min(262144, N * S), dtype)
        self._backward_parts1 = [
            (n, s, _cut(t1_2, n, s), _cut(t2, n, s))
            for n, s in _parts((N, S), 1)
        ]
        self._shapes = shapes

    def forward(self, bottom, top):
        N, S = self._sizes
        pred = bottom[0].data.reshape(N, S)
        label = bottom[1].data.reshape(N, S)
        loss = top[0].data.reshape(())
        with _settings():
            self._sumf1.fill(0)
            self._sumf2.fill(0)
            self._sumf3.fill(0)
            # N and S in parts that fit the cache
            for n, s, t1 in self._forward_parts1:
                # test.layer:13  overlap = sum(pred * label, over=S)
                np.matmul(pred[n, s][..., None, :], label[n, s][..., None], out=t1[..., None, None])
                np.add(self._sumf1[n], t1, out=self._sumf1[n])
                # test.layer:14  loss = 1 - mean((2 * overlap + smooth) / (sum(pred**2 + label**2, over=S) + smooth), over=N)
                np.matmul(pred[n, s][..., None, :], pred[n, s][..., None], out=t1[..., None, None])
                np.add(self._sumf2[n], t1, out=self._sumf2[n])
                np.matmul(label[n, s][..., None, :], label[n, s][..., None], out=t1[..., None, None])
                np.add(self._sumf3[n], t1, out=self._sumf3[n])
            np.copyto(self._t1, self._sumf1)
            np.copyto(self._t2, self._sumf2)
            np.copyto(self._t3, self._sumf3)
            # test.layer:14  loss = 1 - mean((2 * overlap + smooth) / (sum(pred**2 + label**2, over=S) + smooth), over=N)
            np.multiply(self._t1, 2, out=self._t1)
            np.add(self._t1, self.smooth, out=self._t1)
            np.add(self._t2, self._t3, out=self._t2)
            np.add(self._t2, self.smooth, out=self._add1)
            np.divide(self._t1, self._add1, out=self._div2)
            np.add.reduce(self._div2, axis=None, out=self._t4)
            np.multiply(self._t4, _over(1.0, N), out=self._t4)
            np.subtract(1, self._t4, out=loss)

    def backward(self, top, propagate_down, bottom):
        if propagate_down[1]:
            bottom[1].diff[...] = 0  # `label` has no gradient
        if not propagate_down[0]:
            return
        N, S = self._sizes
        loss_diff = top[0].diff.reshape(())
        pred = bottom[0].data.reshape(N, S)
        label = bottom[1].data.reshape(N, S)
        pred_diff = bottom[0].diff.reshape(N, S)
        with _settings():
            # d/d pred of line 14
            np.multiply(loss_diff, _over(1.0, N), out=self._t4)
            np.multiply(self._div2, self._t4, out=self._t1)
            np.divide(self._t1, self._add1, out=self._t1)
            np.multiply(self._t1, 2.0, out=self._t1)
            np.multiply(loss_diff, _over(2, N), out=self._t4)
            np.divide(self._t4, self._add1, out=self._t2)
            # N and S in parts that fit the cache
            for n, s, t1, t2 in self._backward_parts1:
                # d/d pred of line 14
                np.multiply(pred[n, s], self._t1[n, None], out=t1)
                # d/d pred of line 13
                np.multiply(label[n, s], self._t2[n, None], out=t2)
                np.subtract(t1, t2, out=pred_diff[n, s])
