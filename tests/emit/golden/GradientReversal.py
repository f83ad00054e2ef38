class GradientReversal(caffe.Layer):
    """GradientReversal, from test.layer."""

    def setup(self, bottom, top):
        if len(bottom) != 1 or len(top) != 1:
            raise ValueError('GradientReversal (test.layer:61): takes 1 bottom (x) and 1 top (y), not %d and %d' % (len(bottom), len(top)))
        hyper = _read_param_str('GradientReversal (test.layer:61)', _param_str(self), (
            ('strength', _to_float, 1.0),
        ))
        self.strength = hyper['strength']
        self._shapes = None
        _stop_at_nan(self, 'GradientReversal (test.layer:61)')

    def _measure(self, bottom):
        """The sizes of the axes, read off the bottoms and held against each other."""
        sizes = {}
        _match('GradientReversal (test.layer:61)', 'bottom[0] `x`', bottom[0].shape, ('*S',), sizes)
        return dict([(axis, size) for axis, (size, _) in sizes.items()])

    def reshape(self, bottom, top):
        shapes = [tuple(bottom[0].shape)]
        if shapes == self._shapes:
            return
        sizes = self._measure(bottom)
        S = _product(sizes['*S'])
        top[0].reshape(*sizes['*S'])
        self._sizes = (S,)
        self._shapes = shapes

    def forward(self, bottom, top):
        S, = self._sizes
        y = top[0].data.reshape(S)
        x = bottom[0].data.reshape(S)
        with _settings():
            # test.layer:61  layer GradientReversal(x: [*S]) -> y: [*S]:
            np.copyto(y, x)

    def backward(self, top, propagate_down, bottom):
        if not propagate_down[0]:
            return
        S, = self._sizes
        y_diff = top[0].diff.reshape(S)
        x_diff = bottom[0].diff.reshape(S)
        with _settings():
            # line 64 again
            np.multiply(y_diff, -self.strength, out=x_diff)
