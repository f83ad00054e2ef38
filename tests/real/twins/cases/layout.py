"""Concat, Slice, Split, Tile, Flatten, Reshape, Crop, Silence."""

from twins.case import Case, constant, normal
from twins.cases.joins import case

IMAGE = (2, 3, 4, 5)
LARGE = (5, 8, 7, 6)


def concat(words, bottoms, options=None, **hyper):
    return case("concat", words, bottoms, "concat_param", options=options, **hyper)


def cut(words, shape, tops, options=None, **hyper):
    return case("slice", words, [normal(*shape)], "slice_param", options={"tops": tops, **(options or {})}, **hyper)


def tile(words, shape, options=None, **hyper):
    return case("tile", words, [normal(*shape)], "tile_param", options=options, **hyper)


def flatten(words, shape, **hyper):
    return case("flatten", words, [normal(*shape)], "flatten_param", options={"then": [3]}, **hyper)


def reshaped(words, shape, dims, options=None, **hyper):
    more = "".join(" %s: %d" % pair for pair in hyper.items())
    dims_text = "".join(" dim: %d" % dim for dim in dims)
    field = "reshape_param { shape {%s }%s }" % (dims_text, more)
    return Case("reshape", words, [normal(*shape)], field, {"shape": list(dims), **hyper}, **(options or {}))


def crop(words, shape, like, options=None, **hyper):
    bottoms = [normal(*shape), constant(normal(*like))]
    return case("crop", words, bottoms, "crop_param", options=options, **hyper)


CASES = [
    concat("channels", [normal(2, 3, 6, 5), normal(2, 5, 6, 5)], {"then": [4]}),
    concat("batch", [normal(2, 3, 6, 5), normal(5, 3, 6, 5)], axis=0),
    concat("three", [normal(2, 3, 6, 5), normal(2, 5, 6, 5), normal(2, 1, 6, 5)]),
    concat("the last axis", [normal(2, 3, 4), normal(2, 3, 1)], axis=-1),
    concat("concat_dim", [normal(2, 3, 6, 5), normal(2, 3, 1, 5)], concat_dim=2),
    concat("one bottom", [normal(*IMAGE)]),
    concat("one without a gradient", [normal(2, 3, 4), constant(normal(2, 2, 4))]),
    concat("large", [normal(5, 8, 7, 6), normal(5, 3, 7, 6)]),
    cut("halves", (6, 12, 2, 3), 2, {"then": [3]}),
    cut("halves of the batch", (6, 12, 2, 3), 2, axis=0),
    cut("three", (6, 12, 2, 3), 3, axis=0),
    cut("at a point", (6, 12, 2, 3), 2, slice_point=[7]),
    cut("at points", (6, 12, 2, 3), 3, slice_point=[2, 8]),
    cut("slice_dim", (6, 12, 2, 3), 2, slice_dim=0),
    cut("the last axis", (6, 2, 4), 2, axis=-1),
    cut("one top", IMAGE, 1),
    cut("large", LARGE, 4),
    *(Case("split", "%d tops" % n, [normal(*IMAGE)], tops=n, then=[3]) for n in (1, 2, 5)),
    tile("channels", IMAGE, {"then": [3]}, tiles=3),
    tile("batch", IMAGE, axis=0, tiles=2),
    tile("the last axis", IMAGE, axis=-1, tiles=2),
    tile("once", IMAGE, tiles=1),
    tile("large", LARGE, axis=2, tiles=3),
    flatten("plain", IMAGE),
    flatten("from an axis", IMAGE, axis=2),
    flatten("up to an axis", IMAGE, end_axis=-2),
    flatten("all", IMAGE, axis=0),
    flatten("in between", IMAGE, axis=0, end_axis=-2),
    flatten("one axis", IMAGE, axis=2, end_axis=2),
    flatten("from the end", IMAGE, axis=-2),
    flatten("two axes", (4, 3)),
    reshaped("dims", (2, 8, 3), (2, 4, 3, 2)),
    reshaped("copied and worked out", IMAGE, (0, -1, 5), {"then": [3]}),
    reshaped("one axis", IMAGE, (-1,), {"then": [3]}),
    reshaped("from an axis", IMAGE, (6, 2), axis=1, num_axes=2),
    reshaped("an axis more", IMAGE, (1,), axis=1, num_axes=0),
    reshaped("an axis more at the end", IMAGE, (1, 1), axis=4, num_axes=0),
    reshaped("an axis more, counted from the end", IMAGE, (1, 1), axis=-1),
    reshaped("an axis more, none taken", IMAGE, (1,), {"then": [3]}, axis=-1, num_axes=0),
    reshaped("an axis more before the last", IMAGE, (1,), axis=-2, num_axes=0),
    reshaped("a bottom of one axis", (6,), (2, 3), axis=-2),
    reshaped("the last axes", IMAGE, (-1, 2), axis=-3),
    reshaped("copied from an axis on", IMAGE, (0, 20), axis=1),
    crop("plain", (2, 3, 6, 5), (2, 3, 5, 2), {"then": [3]}),
    crop("all axes", (2, 4, 5, 4), (2, 3, 4, 2), axis=0),
    crop("one offset for all", (4, 5, 6, 5), (2, 3, 4, 3), axis=0, offset=[1]),
    crop("an offset for each", (4, 5, 6, 5), (2, 3, 4, 3), axis=0, offset=[0, 1, 2, 2]),
    crop("two offsets", (2, 3, 6, 5), (7, 7, 2, 3), offset=[3, 1]),
    crop("from the end", (2, 3, 6, 5), (2, 3, 6, 3), axis=-1, offset=[2]),
    crop("five axes", (2, 4, 5, 4, 3), (2, 4, 3, 2, 2), axis=2, offset=[1, 2, 0]),
    crop("two axes", (5, 4), (5, 2), axis=1, offset=[1]),
    crop("large", (5, 8, 17, 16), (5, 8, 11, 12), offset=[2, 4]),
    Case("silence", "one", [constant(normal(*IMAGE))], tops=0, then=[3]),
    Case("silence", "two", [constant(normal(*IMAGE)), constant(normal(3))], tops=0),
]
