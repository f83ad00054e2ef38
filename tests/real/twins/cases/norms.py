"""BatchNorm and MVN."""

from twins.case import Case, always, between, normal

IMAGE = (5, 2, 3, 4)
BLOBS = (lambda random, shape: random.standard_normal(shape), between(0.5, 2), always(1.5))


def norm(words, caffe="", hyper=None, bottom=None, blobs=BLOBS, **options):
    fields = "batch_norm_param { %s }" % caffe if caffe else ""
    return Case(
        "batch_norm", words, [bottom or normal(*IMAGE, mean=1, std=2)], fields, hyper or {}, blobs=blobs, **options
    )


def mvn(words, caffe="", hyper=None, bottom=None, **options):
    fields = "mvn_param { %s }" % caffe if caffe else ""
    return Case("mvn", words, [bottom or normal(*IMAGE, mean=1, std=2)], fields, hyper or {}, **options)


CASES = [
    norm("plain", then=[3]),
    norm("from nothing", blobs=[always(0)] * 3),
    norm("in place", in_place=True),
    norm("with the averages", "use_global_stats: true", {"use_global_stats": True}),
    norm("with the averages, in place", "use_global_stats: true", {"use_global_stats": True}, in_place=True),
    norm("with the batch", "use_global_stats: false", {"use_global_stats": False}, then=[3]),
    norm("fraction", "moving_average_fraction: 0.5", {"moving_average_fraction": 0.5}, then=[3]),
    norm("eps", "eps: 0.1", {"eps": 0.1}),
    norm("rows", bottom=normal(6, 5)),
    norm("three axes", bottom=normal(6, 5, 4)),
    norm("large", bottom=normal(8, 16, 20, 20)),
    mvn("plain", then=[3]),
    mvn("mean alone", "normalize_variance: false", {"normalize_variance": False}),
    mvn("across channels", "across_channels: true", {"across_channels": True}),
    mvn(
        "mean alone, across channels",
        "normalize_variance: false across_channels: true",
        {"normalize_variance": False, "across_channels": True},
    ),
    mvn("eps", "eps: 0.1", {"eps": 0.1}),
    mvn("eps, across channels", "eps: 0.1 across_channels: true", {"eps": 0.1, "across_channels": True}),
    mvn("three axes", bottom=normal(4, 3, 6), then=[[(2, 5)], [(2, 3, 4, 5)]]),
    mvn("two axes, across channels", "across_channels: true", {"across_channels": True}, bottom=normal(4, 6)),
    mvn("mean alone, one axis", "normalize_variance: false", {"normalize_variance": False}, bottom=normal(4)),
    mvn("large", bottom=normal(4, 8, 20, 20)),
]
