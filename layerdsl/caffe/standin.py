"""Caffe for one layer: `Blob`, the vectors of blobs, `Layer`, and a `SingleLayer` that runs one as a net would.

    >>> class Twice(Layer):
    ...     def setup(self, bottom, top):
    ...         pass
    ...     def reshape(self, bottom, top):
    ...         top[0].reshape(*bottom[0].shape)
    ...     def forward(self, bottom, top):
    ...         top[0].data[...] = 2 * bottom[0].data
    ...     def backward(self, top, propagate_down, bottom):
    ...         bottom[0].diff[...] = 2 * top[0].diff
    >>> twice = SingleLayer(Twice, [[1, 2, 3]])
    >>> twice.forward()
    0.0
    >>> twice.top[0].data.tolist()
    [2.0, 4.0, 6.0]

It behaves as pycaffe of Caffe 1.0.0 does, also where that is unkind: sizes must be Python's own integers, `bottom` and
`top` cannot be iterated over, two looks at the same blob give two objects, a blob's memory is kept when it shrinks, and
an array taken before it grew is worthless afterwards (here it is filled with NaN, so that it shows). Where Caffe would
end the process, `AbortError` is raised. Caffe knows float32 alone; here a `dtype` of float64 serves gradient checks.

This one file runs on Python 2.7 as well, where emitted layers are tried without Caffe: its types are in standin.pyi.
"""
# ruff: noqa: UP001, UP031

import contextlib
import linecache
import os
import sys
import types

import numpy as np

# Python 2 has new-style classes only where it is asked for them.
__metaclass__ = type

TRAIN = 0
TEST = 1

INTEGERS = (int, type(sys.maxsize + 1))  # Python 2 has two types of them
INT_MAX = 2**31 - 1
MAX_AXES = 32

NO_CONVERTER = "No registered converter was able to produce a C++ rvalue of type int from this Python object of type "


class AbortError(RuntimeError):
    """Caffe would end the process here (`Check failed: ...`), and no handler would be asked."""


def _check(holds, what):
    if not holds:
        raise AbortError("Check failed: " + what)


def _size(value):
    """One size as pycaffe takes it: a Python integer (or bool), no NumPy integer and no float."""
    if not isinstance(value, INTEGERS):
        raise TypeError(NO_CONVERTER + type(value).__name__)
    if not -INT_MAX <= value <= INT_MAX:
        raise OverflowError("bad numeric conversion: positive overflow")
    return int(value)


class _Store:
    """What a blob is in C++: a shape, and memory for data and diff which only ever grows, zero when it is new."""

    def __init__(self, dtype, shape=None):
        self.dtype = np.dtype(dtype)
        self.shape = ()
        self.count = 0
        self.data = self.diff = None
        if shape is not None:
            self.reshape(shape)

    def reshape(self, shape):
        count = _count(shape)
        self.shape = tuple(shape)
        self.count = count
        if count > (0 if self.data is None else self.data.size):
            self.spoil()
            self.data = np.zeros(count, self.dtype)
            self.diff = np.zeros(count, self.dtype)

    def spoil(self):
        """Caffe frees this memory: whoever still has an array of it must not get away with it."""
        if self.data is not None:
            self.data.fill(np.nan)
            self.diff.fill(np.nan)

    def view(self, memory, name):
        _check(memory is not None, name)
        return memory[: self.count].reshape(self.shape)


def _count(shape):
    _check(len(shape) <= MAX_AXES, "shape.size() <= kMaxBlobAxes (%d vs. %d)" % (len(shape), MAX_AXES))
    count = 1
    for size in shape:
        _check(size >= 0, "shape[i] >= 0 (%d vs. 0)" % size)
        count *= size
        _check(count <= INT_MAX, "blob size exceeds INT_MAX")
    return count


class Blob:
    """A shape and two arrays of it, `data` and `diff`; a handle, as pycaffe's is: compare memory, not handles.

    `data` and `diff` are views of the blob's memory, to be written with `[...] =`. A blob that was never given a shape
    has `count` 0 and no memory: its `data` raises `AbortError`.
    """

    def __init__(self, store):
        self._store = store

    data = property(lambda self: self._store.view(self._store.data, "data_"))
    diff = property(lambda self: self._store.view(self._store.diff, "diff_"))
    shape = property(lambda self: IntVec(self._store.shape))
    count = property(lambda self: self._store.count)

    num = property(lambda self: self._legacy(0))
    channels = property(lambda self: self._legacy(1))
    height = property(lambda self: self._legacy(2))
    width = property(lambda self: self._legacy(3))

    def _legacy(self, axis):
        shape = self._store.shape
        _check(len(shape) <= 4, "Cannot use legacy accessors on Blobs with > 4 axes.")
        return shape[axis] if axis < len(shape) else 1

    def reshape(self, *sizes, **named):
        """Gives the blob these sizes (Python integers; none: a scalar). Memory that suffices is kept as it is."""
        if named:
            raise RuntimeError("Blob.reshape takes no kwargs")
        self._store.reshape([_size(size) for size in sizes])


class _Vec:
    """A vector of C++, as far as Python sees it: indexed by Python's own integers, from behind too, and by slices."""

    def __init__(self, items=()):
        self._items = list(items)

    def __len__(self):
        return len(self._items)

    def __getitem__(self, index):
        if isinstance(index, slice):
            return type(self)(self._items[index])
        return self._seen(self._items[self._place(index)])

    def __iter__(self):
        return iter([self._seen(item) for item in self._items])

    def __contains__(self, item):
        return self._kept(item) in self._items

    def append(self, item):
        self._items.append(self._kept(item))

    def extend(self, items):
        self._items.extend([self._kept(item) for item in items])

    def _place(self, index):
        if not isinstance(index, INTEGERS):
            raise TypeError("Invalid index type")
        place = int(index) + (len(self._items) if index < 0 else 0)
        if not 0 <= place < len(self._items):
            raise IndexError("Index out of range")
        return place

    # How an item is handed out, and what is kept of one that is handed in.
    _seen = _kept = staticmethod(lambda item: item)


class IntVec(_Vec):
    """A blob's `shape`: a copy, so that changing it changes no blob. No list: `shape == [2, 3]` is false."""


class BoolVec(_Vec):
    """`propagate_down`."""


class _Blobs(_Vec):
    _seen = staticmethod(Blob)

    @staticmethod
    def _kept(item):
        if not isinstance(item, Blob):
            raise TypeError("Attempting to append an invalid type")
        return item._store


class RawBlobVec(_Blobs):
    """`bottom` and `top`: they can be indexed, not iterated over (nor given to zip)."""

    def __iter__(self):
        raise TypeError("No to_python (by-value) converter found for C++ type: caffe::Blob<float>*")


class BlobVec(_Blobs):
    """A layer's own `blobs`, which the solver updates and a snapshot keeps."""

    dtype = np.float32

    def add_blob(self, *sizes, **named):
        """Adds a blob of these sizes (Python integers; none: a scalar), all zero."""
        if named:
            raise RuntimeError("BlobVec.add_blob takes no kwargs")
        self._items.append(_Store(self.dtype, [_size(size) for size in sizes]))

    def __setitem__(self, index, blob):
        self._items[self._place(index)] = self._kept(blob)


class Layer:
    """The base of every Python layer; who runs it sets `param_str` and `phase` before `setup`."""

    type = "Python"

    def __init__(self, parameter=None):
        self._caffe_blobs = BlobVec()

    @property
    def blobs(self):
        return self._caffe_blobs


class SingleLayer:
    """A layer with its bottoms and tops, set up and run in the order in which Caffe's `Net` does it.

        loss = SingleLayer(EuclideanLoss, [pred, target], loss_weights=[3])
        loss.forward()                              # the weighted loss
        loss.backward([True, False])
        loss.bottom[0].diff                         # its gradient by `pred`

    Parameters:
        layer_class: the class, derived from `Layer`.
        bottoms: one array (or nested list) for each bottom; they are copied.
        tops: how many tops it has.
        param_str, phase: as in the prototxt, and `TRAIN` or `TEST`.
        loss_weights: none, or one for each top; they fill the tops' diffs at set-up, as Caffe does it.
        in_place: which top is which bottom, such as `{0: 0}`.
        dtype: of every blob; Caffe itself has float32 alone.
        blobs: those that are there before `setup`, as where a prototxt holds them: one array for each.
        poison: fills with NaN what the layer is to write, so that it shows what it forgets: the data of its tops before
            every forward, the diffs of the bottoms it is asked for before every backward (never in place).

    After construction `setup` and a first `reshape` are done (with all-zero bottoms, as in a net), whose exceptions
    come through as they are, and the bottoms are filled. `bottom`, `top`, `blobs` and `layer` are there to look at and
    to write to.
    """

    def __init__(
        self,
        layer_class,
        bottoms=(),
        tops=1,
        param_str="",
        phase=TRAIN,
        loss_weights=(),
        in_place=(),
        dtype=np.float32,
        poison=False,
        blobs=(),
    ):
        arrays = [np.asarray(array, dtype) for array in bottoms]
        self._shared = dict(in_place)
        self._weights = [float(weight) for weight in loss_weights]
        self._poison = poison
        bottom = [Blob(_Store(dtype, array.shape)) for array in arrays]
        self.bottom = _raw(bottom)
        self.top = _raw([bottom[self._shared[i]] if i in self._shared else Blob(_Store(dtype)) for i in range(tops)])
        self.layer = layer_class(None)
        self.layer.blobs.dtype = dtype
        self.layer.param_str, self.layer.phase = param_str, phase
        for array in blobs:
            self.layer.blobs.add_blob(*np.shape(array))
            self.layer.blobs[-1].data[...] = array
        self.layer.setup(self.bottom, self.top)
        self.layer.reshape(self.bottom, self.top)
        self._set_loss_weights()
        self._fill(arrays)

    @property
    def blobs(self):
        return self.layer.blobs

    def set_bottoms(self, arrays):
        """Gives the bottoms these arrays' shapes and values, all of them. The layer hears of it in the next forward."""
        self._one_each(arrays, "arrays")
        for i, array in enumerate(arrays):
            self.bottom[i].reshape(*np.shape(array))
        self._fill(arrays)

    def forward(self, arrays=None):
        """Reshape and forward, on these bottoms where they are given. The weighted sum of the loss tops comes back."""
        if arrays is not None:
            self.set_bottoms(arrays)
        self.layer.reshape(self.bottom, self.top)
        self._poison_tops()
        self.layer.forward(self.bottom, self.top)
        losses = [self.top[i] for i, weight in enumerate(self._weights) if weight]
        return float(sum([np.dot(loss.data.ravel(), loss.diff.ravel()) for loss in losses]))

    def backward(self, propagate_down=None, top_diffs=None):
        """Backward, for the bottoms marked true (default: all). `top_diffs` are written into the tops' diffs first,
        where they are not None; else the diffs are what they are: loss weights, or zero, or what was written."""
        wanted = [True] * len(self.bottom) if propagate_down is None else [bool(asked) for asked in propagate_down]
        self._one_each(wanted, "values of propagate_down")
        for i, diff in enumerate(top_diffs or ()):
            if diff is not None:
                self.top[i].diff[...] = diff
        self._poison_bottoms(wanted)
        self.layer.backward(self.top, BoolVec(wanted), self.bottom)

    def _one_each(self, values, what):
        if len(values) != len(self.bottom):
            raise ValueError("%d %s for %d bottoms" % (len(values), what, len(self.bottom)))

    def _fill(self, arrays):
        for i, array in enumerate(arrays):
            self.bottom[i].data[...] = array

    def _set_loss_weights(self):
        weights = self._weights
        _check(len(weights) in (0, len(self.top)), "loss_weight must be unspecified or specified once per top blob.")
        for i, weight in enumerate(weights):
            if weight:
                self.top[i].diff[...] = weight

    def _poison_tops(self):
        for i in range(len(self.top)):
            if self._poison and i not in self._shared:
                self.top[i].data[...] = np.nan

    def _poison_bottoms(self, wanted):
        for i, asked in enumerate(wanted):
            if self._poison and asked and i not in self._shared.values():
                self.bottom[i].diff[...] = np.nan


def _raw(blobs):
    vector = RawBlobVec()
    vector.extend(blobs)
    return vector


def _caffe_module():
    module = types.ModuleType("caffe", "stands in for Caffe: `Layer`, `TRAIN` and `TEST`")
    module.Layer, module.TRAIN, module.TEST = Layer, TRAIN, TEST
    return module


# What `import caffe` gives in a layer that runs here.
caffe = _caffe_module()


@contextlib.contextmanager
def install():
    """`import caffe` gives the stand-in everywhere within `with install():`, whatever it gave before."""
    before = sys.modules.get("caffe")
    sys.modules["caffe"] = caffe
    try:
        yield caffe
    finally:
        if before is None:
            del sys.modules["caffe"]
        else:
            sys.modules["caffe"] = before


def load(text, name, path=None):
    """The module which the text of an emitted file makes, with the stand-in as its `caffe`; no other module notices.

    The text is executed: it must be one that this compiler emitted. `path` is what tracebacks show.
    """
    module = types.ModuleType(name)
    module.__file__ = path or _remembered(text, "<%s.py>" % name)
    with with_caffe(module):
        exec(compile(text, module.__file__, "exec"), module.__dict__)
    return module


@contextlib.contextmanager
def with_caffe(module):
    """What is executed as this module gets the stand-in as its `caffe`; on Python 2 all others do as well meanwhile:
    there a module with builtins of its own is restricted."""
    if sys.version_info[0] == 2:  # noqa: UP036 - it runs there too
        with install():
            yield
    else:
        module.__dict__["__builtins__"] = dict(vars(_builtins()), __import__=_import)
        yield


def load_file(path):
    """`load` for an emitted file on disk; the module is named as the file is."""
    with open(str(path), "rb") as file:
        return load(file.read(), os.path.splitext(os.path.basename(str(path)))[0], str(path))


def _remembered(text, path):
    """Tracebacks through a text that is nowhere on disk show its lines all the same."""
    linecache.cache[path] = (len(text), None, text.splitlines(True), path)
    return path


def _builtins():
    return sys.modules["builtins" if "builtins" in sys.modules else "__builtin__"]


def _import(name, *context):
    return caffe if name == "caffe" else _builtins().__import__(name, *context)
