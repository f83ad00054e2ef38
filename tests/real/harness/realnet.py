"""For scripts that run on real Caffe: nets and solvers from text, and one layer wrapped as the stand-in wraps it.

    from realnet import net, save
    n = net('layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 } } } ...')
    n.blobs["x"].data[...] = inputs()["x"]
    n.forward()
    save(y=n.blobs["y"].data)

Runs on Python 3.9 with NumPy 1.19. The working folder is the script's own: files may be written into it as they come.
"""

import itertools
import json

import caffe
import numpy as np

_numbers = itertools.count()


def inputs(path="in.npz"):
    """The arrays which the test handed to the script."""
    with np.load(path) as arrays:
        return {name: arrays[name] for name in arrays.files}


def save(**arrays):
    """Hands these arrays back to the test, as `result.arrays`; called again, it replaces them."""
    np.savez("out.npz", **{name: np.array(array) for name, array in arrays.items()})


def save_json(value):
    """Hands this value back to the test, as `result.json`."""
    with open("out.json", "w") as file:
        json.dump(value, file)


def write(text, stem="text"):
    """A new file in the working folder with this prototxt."""
    path = "%s_%d.prototxt" % (stem, next(_numbers))
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def net(text, phase=caffe.TRAIN, weights=None):
    """A net of this text; `weights` names a caffemodel."""
    path = write(text, "net")
    return caffe.Net(path, phase, weights=weights) if weights else caffe.Net(path, phase)


def solver(net_text, text='base_lr: 0.1 lr_policy: "fixed"'):
    """A solver of this net (TRAIN, and TEST where the text has `test_iter`), with the settings of `text`."""
    return caffe.get_solver(write('net: "%s"\n%s\n' % (write(net_text, "net"), text), "solver"))


class RealLayer:
    """One Python layer in a net of its own, with the interface of the stand-in's `SingleLayer`.

    The net has `force_backward: true`, unless `propagate_down` is given: it goes into the layer's own definition, and
    each bottom comes by way of a Scale layer of factor 1, so that there is somebody who would want its gradient.
    """

    def __init__(
        self,
        module,
        layer,
        bottoms=(),
        tops=1,
        param_str="",
        phase=caffe.TRAIN,
        loss_weights=(),
        in_place=(),
        propagate_down=None,
    ):
        shared = dict(in_place)
        self._bottoms = ["x%d" % i for i in range(len(bottoms))]
        self._tops = ["x%d" % shared[i] if i in shared else "y%d" % i for i in range(tops)]
        python = layer_text(module, layer, self._bottoms, self._tops, param_str, loss_weights, propagate_down)
        source, force = (input_text, "force_backward: true\n") if propagate_down is None else (scaled_text, "")
        self.net = net(force + "".join(map(source, self._bottoms, bottoms)) + python, phase)
        self.bottom = [self.net.blobs[name] for name in self._bottoms]
        self.top = [self.net.blobs[name] for name in self._tops]
        self.layer = self.net.layers[list(self.net._layer_names).index("layer")]
        self.blobs = self.layer.blobs

    def forward(self, arrays):
        for name, array in zip(self._bottoms, arrays):
            source = self.net.blobs["in_" + name if "in_" + name in self.net.blobs else name]
            source.reshape(*np.shape(array))
            source.data[...] = array
        return self.net._forward(0, len(self.net.layers) - 1)

    def backward(self, top_diffs=None):
        for top, diff in zip(self.top, top_diffs or ()):
            if diff is not None:
                top.diff[...] = diff
        self.net.backward()


def input_text(name, array):
    dims = " ".join("dim: %d" % size for size in np.shape(array))
    return 'layer { name: "%s" type: "Input" top: "%s" input_param { shape { %s } } }\n' % (name, name, dims)


def scaled_text(name, array):
    scale = "scale_param { axis: 0 num_axes: 0 filler { value: 1 } }"
    layer = 'layer { name: "%s" type: "Scale" bottom: "in_%s" top: "%s" %s }\n' % (name, name, name, scale)
    return input_text("in_" + name, array) + layer


def layer_text(module, layer, bottoms, tops, param_str="", loss_weights=(), propagate_down=None):
    fields = ["bottom: " + json.dumps(name) for name in bottoms]
    fields += ["top: " + json.dumps(name) for name in tops]
    fields += ["loss_weight: %r" % weight for weight in loss_weights]
    fields += ["propagate_down: " + ("true" if asked else "false") for asked in propagate_down or ()]
    python = "python_param { module: %s layer: %s param_str: %s }" % tuple(map(json.dumps, (module, layer, param_str)))
    return 'layer { name: "layer" type: "Python"\n  %s\n  %s }\n' % ("\n  ".join(fields), python)
