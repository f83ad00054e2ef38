class SoftmaxLoss(caffe.Layer):
    """SoftmaxLoss, from test.layer."""

    def setup(self, bottom, top):
        if len(bottom) != 2 or len(top) != 1:
            raise ValueError('SoftmaxLoss (test.layer:26): takes 2 bottoms (score, label) and 1 top (loss), not %d and %d' % (len(bottom), len(top)))
        hyper = _read_param_str('SoftmaxLoss (test.layer:26)', _param_str(self), (
            ('ignore_label', _optional(_to_int), None),
        ))
        self.ignore_label = hyper['ignore_label']
        if top[0] in bottom:
            raise ValueError("SoftmaxLoss (test.layer:26): top[0] `loss` has a shape of its own and can't take the place of bottom[0] `score`, give it another name in the net")
        self._shapes = None
        _stop_at_nan(self, 'SoftmaxLoss (test.layer:26)')

    def _measure(self, bottom):
        """The sizes of the axes, read off the bottoms and held against each other."""
        sizes = {}
        _match('SoftmaxLoss (test.layer:26)', 'bottom[0] `score`', bottom[0].shape, ('N', 'C', '*S'), sizes)
        _match('SoftmaxLoss (test.layer:26)', 'bottom[1] `label`', bottom[1].shape, ('N', 1, '*S'), sizes)
        return dict([(axis, size) for axis, (size, _) in sizes.items()])

    def reshape(self, bottom, top):
        shapes = [tuple(bottom[i].shape) for i in range(2)]
        if shapes == self._shapes:
            return
        sizes = self._measure(bottom)
        N = sizes['N']
        C = sizes['C']
        S = _product(sizes['*S'])
        top[0].reshape()
        self._sizes = (N, C, S)
        dtype = bottom[0].data.dtype  # float32 in Caffe
        bits = np.dtype('i%d' % dtype.itemsize)  # integers as wide, for masks
        if self.ignore_label is None:
            self._base1 = np.arange(N).reshape(-1, 1) * (C * S) + np.arange(S)
            self._places1 = np.empty((N, S), np.intp)
            self._exp2 = np.empty((N, C, S), dtype)
            self._maximum3 = np.empty((N, S), dtype)
            self._t1 = np.empty((N, S), dtype)
            self._t2 = np.empty((), dtype)
            self._t3 = np.empty((), dtype)
            t2 = np.empty(min(524288, N * S), dtype)
            t1 = np.empty(min(524288, N * S), dtype)
            limit = np.full(min(524288, N * S), -3.4028234663852886e+38, dtype)
            t3 = np.empty(min(max(524288, 8192 * C), C * N * S), dtype)
            limit_ = np.full(min(524288, N * S), 1.1754943508222875e-38, dtype)
            self._forward_parts1 = [
                (n, s, _cut(t2, n, s), _cut(t1, n, s), _cut(limit, n, s), _cut(t3, n, C, s), _cut(limit_, n, s))
                for n, s in _parts((N, S), C)
            ]
            self._backward_parts1 = [
                (n, s, _cut(t2, n, s))
                for n, s in _parts((N, S), C)
            ]
        else:
            self._base1 = np.arange(N).reshape(-1, 1) * (C * S) + np.arange(S)
            self._places1 = np.empty((N, S), np.intp)
            self._exp2 = np.empty((N, C, S), dtype)
            self._maximum3 = np.empty((N, S), dtype)
            self._maximum4 = np.empty((), dtype)
            self._t1 = np.empty((N, S), np.bool_)
            self._t2 = np.empty((N, S), dtype)
            self._t3 = np.empty((N, S), dtype)
            self._t4 = np.empty((), dtype)
            self._t5 = np.empty((N, S), dtype)
            t2 = np.empty(min(524288, N * S), dtype)
            t1 = np.empty(min(524288, N * S), dtype)
            limit = np.full(min(524288, N * S), -3.4028234663852886e+38, dtype)
            t3 = np.empty(min(max(524288, 8192 * C), C * N * S), dtype)
            limit_ = np.full(min(524288, N * S), 1.1754943508222875e-38, dtype)
            self._forward_parts1 = [
                (n, s, _cut(t2, n, s), _cut(t1, n, s), _cut(limit, n, s), _cut(t3, n, C, s), _cut(limit_, n, s))
                for n, s in _parts((N, S), C)
            ]
            t1_ = np.empty(min(262144, N * S), np.bool_)
            t2_2 = np.empty(min(262144, N * S), dtype)
            t4 = np.empty(min(262144, N * S), dtype)
            t3_ = np.empty(min(262144, N * S), bits)
            self._forward_parts2 = [
                (n, s, _cut(t1_, n, s), _cut(t2_2, n, s), _cut(t4, n, s), _cut(t3_, n, s))
                for n, s in _parts((N, S), 1)
            ]
            t2_3 = np.empty(min(524288, N * S), bits)
            t1_2 = np.empty(min(524288, N * S), np.bool_)
            self._backward_parts1 = [
                (n, s, _cut(t2_3, n, s), _cut(t1_2, n, s), _cut(t2, n, s), _cut(t3, n, C, s))
                for n, s in _parts((N, S), C)
            ]
        self._shapes = shapes

    def forward(self, bottom, top):
        if self.ignore_label is None:
            N, C, S = self._sizes
            label = bottom[1].data.reshape(N, S)
            score = bottom[0].data.reshape(N, C, S)
            loss = top[0].data.reshape(())
            with _settings():
                # test.layer:29  nll = -log(softmax(score, over=C))[C=label]
                _positions('SoftmaxLoss (test.layer:29): `label` along axis C', label, C, S, self._base1, self._places1)
                np.take(score.reshape(-1), self._places1, out=self._t1, mode='clip')
                total = 0.0
                # N and S in parts that fit the cache
                for n, s, t2, t1, limit, t3, limit_ in self._forward_parts1:
                    # test.layer:29  nll = -log(softmax(score, over=C))[C=label]
                    _extreme(np.maximum, score[n, :, s], 1, t2, t1)
                    np.maximum(t2, limit, out=t1)
                    np.subtract(self._t1[n, s], t1, out=t2)
                    np.subtract(score[n, :, s], t1[:, None], out=t3)
                    np.exp(t3, out=self._exp2[n, :, s])
                    np.add.reduce(self._exp2[n, :, s], axis=1, out=t1)
                    np.maximum(t1, limit_, out=self._maximum3[n, s])
                    np.log(self._maximum3[n, s], out=t1)
                    np.subtract(t2, t1, out=t2)
                    # test.layer:30  loss = sum(where(valid, nll, 0)) / max(count(valid), 1)
                    total += float(np.add.reduce(t2, axis=None))
                np.copyto(self._t2, total)
                # test.layer:30  loss = sum(where(valid, nll, 0)) / max(count(valid), 1)
                np.multiply(self._t2, -1.0 / max(float((N * S)), 1), out=loss)
        else:
            N, C, S = self._sizes
            label = bottom[1].data.reshape(N, S)
            score = bottom[0].data.reshape(N, C, S)
            loss = top[0].data.reshape(())
            with _settings():
                total = 0.0
                # N and S in parts that fit the cache
                for n, s, t2, t1, limit, t3, limit_ in self._forward_parts1:
                    # test.layer:28  valid = label != ignore_label
                    np.not_equal(label[n, s], self.ignore_label, out=self._t1[n, s])
                    # test.layer:29  nll = -log(softmax(score, over=C))[C=label]
                    _extreme(np.maximum, score[n, :, s], 1, t2, t1)
                    np.maximum(t2, limit, out=self._t2[n, s])
                    np.subtract(score[n, :, s], self._t2[n, None, s], out=t3)
                    np.exp(t3, out=self._exp2[n, :, s])
                    np.add.reduce(self._exp2[n, :, s], axis=1, out=t2)
                    np.maximum(t2, limit_, out=self._maximum3[n, s])
                    np.log(self._maximum3[n, s], out=self._t3[n, s])
                    # test.layer:30  loss = sum(where(valid, nll, 0)) / max(count(valid), 1)
                    np.copyto(t2, self._t1[n, s])
                    total += float(np.add.reduce(t2, axis=None))
                np.copyto(self._t4, total)
                # test.layer:29  nll = -log(softmax(score, over=C))[C=label]
                _positions('SoftmaxLoss (test.layer:29): `label` along axis C', label, C, S, self._base1, self._places1, self._t1)
                np.take(score.reshape(-1), self._places1, out=self._t5, mode='clip')
                # test.layer:30  loss = sum(where(valid, nll, 0)) / max(count(valid), 1)
                np.maximum(self._t4, 1, out=self._maximum4)
                total_ = 0.0
                # N and S in parts that fit the cache
                for n, s, t1_, t2, t4, t3_ in self._forward_parts2:
                    # test.layer:28  valid = label != ignore_label
                    np.not_equal(label[n, s], self.ignore_label, out=t1_)
                    # test.layer:29  nll = -log(softmax(score, over=C))[C=label]
                    np.subtract(self._t5[n, s], self._t2[n, s], out=t2)
                    np.subtract(t2, self._t3[n, s], out=t2)
                    np.negative(t2, out=t2)
                    # test.layer:30  loss = sum(where(valid, nll, 0)) / max(count(valid), 1)
                    _mask(_bits(t1_, t3_), t2, t4)
                    total_ += float(np.add.reduce(t4, axis=None))
                np.copyto(self._t4, total_)
                # test.layer:30  loss = sum(where(valid, nll, 0)) / max(count(valid), 1)
                np.divide(self._t4, self._maximum4, out=loss)

    def backward(self, top, propagate_down, bottom):
        if propagate_down[1]:
            bottom[1].diff[...] = 0  # `label` has no gradient
        if self.ignore_label is None:
            if not propagate_down[0]:
                return
            N, C, S = self._sizes
            loss_diff = top[0].diff.reshape(())
            score_diff = bottom[0].diff.reshape(N, C, S)
            with _settings():
                # d/d score of line 30
                np.multiply(loss_diff, 1.0 / max(float((N * S)), 1), out=self._t2)
                # d/d score of line 29
                np.multiply(loss_diff, -1.0 / max(float((N * S)), 1), out=self._t3)
                # N and S in parts that fit the cache
                for n, s, t1 in self._backward_parts1:
                    # d/d score of line 29
                    np.divide(self._t2, self._maximum3[n, s], out=t1)
                    np.multiply(self._exp2[n, :, s], t1[:, None], out=score_diff[n, :, s])
                # d/d score of line 29
                np.take(score_diff.reshape(-1), self._places1, out=self._t1, mode='clip')
                np.add(self._t1, self._t3, out=self._t1)
                score_diff.reshape(-1)[self._places1] = self._t1
        else:
            if not propagate_down[0]:
                return
            N, C, S = self._sizes
            loss_diff = top[0].diff.reshape(())
            label = bottom[1].data.reshape(N, S)
            score_diff = bottom[0].diff.reshape(N, C, S)
            with _settings():
                # d/d score of line 30
                np.divide(loss_diff, self._maximum4, out=self._t4)
                # N and S in parts that fit the cache
                for n, s, t2, t1, t3, t4 in self._backward_parts1:
                    # line 28 again
                    np.not_equal(label[n, s], self.ignore_label, out=t1)
                    np.copyto(t2, t1)
                    # d/d score of line 29
                    np.divide(self._t4, self._maximum3[n, s], out=t3)
                    np.multiply(self._exp2[n, :, s], t3[:, None], out=t4)
                    _mask(t2[:, None], t4, score_diff[n, :, s])
                    # d/d score of line 30
                    _mask(t2, self._t4, t3)
                    # d/d score of line 29
                    np.negative(t3, out=self._t5[n, s])
                # d/d score of line 29
                np.take(score_diff.reshape(-1), self._places1, out=self._t3, mode='clip')
                np.add(self._t3, self._t5, out=self._t3)
                score_diff.reshape(-1)[self._places1] = self._t3
