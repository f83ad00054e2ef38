"""Convolution, Deconvolution, Im2col, Pooling, SPP, LRN."""

from twins.case import Case, distinct, normal, picked


def fields(options):
    """Options as Caffe writes them, a list as a field again and again."""
    pairs = [(key, one) for key, value in options.items() for one in (value if isinstance(value, list) else [value])]
    return " ".join("%s: %s" % (key, str(one).lower() if isinstance(one, bool) else one) for key, one in pairs)


def convolution(words, shape=(2, 4, 6, 5), twin="convolution", then=(), bottoms=1, **options):
    options = {"num_output": 4, "kernel_size": 3, **options}
    options = {key: value for key, value in options.items() if value is not None}
    caffe = "convolution_param { %s }" % fields(options)
    return Case(twin, words, [normal(*shape)] * bottoms, caffe, options, tops=bottoms, then=then)


def convolutions(twin):
    def case(words, **options):
        return convolution(words, twin=twin, **options)

    return [
        case("plain", then=[3, [(1, 4, 9, 4)]]),
        case("stride", stride=2),
        case("padded", pad=1),
        case("padded, stride", pad=2, stride=3, shape=(2, 4, 8, 7)),
        case("no bias", bias_term=False),
        case("groups", group=2),
        case("depthwise", group=4),
        case("dilation", dilation=2, shape=(2, 4, 7, 8)),
        case("dilation, padded", dilation=3, pad=2, shape=(1, 4, 8, 7)),
        case("1x1", kernel_size=1),
        case("1x1, stride", kernel_size=1, stride=2),
        case("oblong", kernel_size=None, kernel_h=2, kernel_w=3, stride_h=2, stride_w=1, pad_h=0, pad_w=2),
        case("sobel", kernel_size=3, stride=2, num_output=1, shape=(2, 3, 6, 4)),
        case("sobel, down", kernel_size=None, kernel_h=3, kernel_w=1, stride_h=2, stride_w=1, num_output=1),
        case("one picture, one channel", shape=(1, 1, 5, 5), num_output=1, kernel_size=5),
        case("a list for each option", kernel_size=[3, 2], stride=[2, 1], pad=[1, 0], dilation=[1, 2]),
        case("lists of one", kernel_size=[2], stride=[2], pad=[1], dilation=[2]),
        case("two bottoms", bottoms=2, then=[3, [(1, 4, 9, 4)] * 2]),
        case("three bottoms, groups, stride", bottoms=3, group=2, stride=2, pad=1),
        case("two bottoms, no bias, 1x1", bottoms=2, bias_term=False, kernel_size=1),
        case("no further axis", kernel_size=None, axis=3),
        case("one axis", shape=(2, 4, 9), pad=1, stride=2),
        case("one axis, by a list", shape=(3, 4, 8), kernel_size=[4], dilation=[2], pad=[1]),
        case("three axes", shape=(2, 3, 5, 6, 4), stride=2),
        case("three axes, dilation", shape=(2, 3, 6, 7, 8), dilation=2),
        case("three axes, lists", shape=(1, 4, 3, 5, 4), kernel_size=[2, 3, 1], stride=[1, 2, 2], pad=[1, 0, 2],
             group=2),
        case("three axes, padded", shape=(2, 3, 2, 3, 2), kernel_size=2, stride=2, pad=1, num_output=2),
        case("axis 2", axis=2, shape=(2, 3, 4, 6, 5)),
        case("axis 0", axis=0, shape=(4, 6, 5), pad=1),
        case("axis -2", axis=-2, shape=(2, 3, 4, 7), kernel_size=2),
        case("axis -3, two bottoms", axis=-3, shape=(2, 2, 4, 6, 5), bottoms=2),
        case("n-dimensional", force_nd_im2col=True, kernel_size=None, kernel_h=5, kernel_w=3, group=2, bias_term=False),
        case("as in Caffe's test of both ways", kernel_size=None, kernel_h=11, kernel_w=13, group=6,
             shape=(3, 18, 22, 26), num_output=12, bias_term=False, force_nd_im2col=True),
    ]  # fmt: skip


def im2col(words, shape=(2, 3, 6, 5), then=(), **options):
    options = {"kernel_size": 3, **options}
    options = {key: value for key, value in options.items() if value is not None}
    return Case("im2col", words, [normal(*shape)], "convolution_param { %s }" % fields(options), options, then=then)


def pooling(words, shape=(2, 3, 6, 7), make=normal, tops=1, then=(), **options):
    options = {"kernel_size": 3, **options}
    options = {key: value for key, value in options.items() if value is not None}
    caffe = "pooling_param { %s }" % fields(options)
    weight = (1, 0) if tops == 2 else ()
    return Case("pooling", words, [make(*shape)], caffe, options, tops=tops, then=then, loss_weight=weight)


def ties(*shape):
    return picked(*shape, among=(-1, 0, 0, 1))


def poolings(pool):
    def case(words, **options):
        return pooling("%s, %s" % (pool, words), pool=pool, **options)

    return [
        case("plain", then=[3, [(1, 2, 9, 3)]]),
        case("stride", stride=2),
        case("stride, rounded up", stride=2, shape=(2, 3, 8, 8)),
        case("padded", pad=1),
        case("padded, stride", pad=1, stride=2),
        case("padded, rounded up", pad=2, stride=2, shape=(2, 2, 3, 3)),
        case("oblong", kernel_size=None, kernel_h=3, kernel_w=2, stride_h=1, stride_w=3, pad_h=1, pad_w=0),
        case("stride beyond the kernel", kernel_size=2, stride=3, shape=(2, 3, 8, 8)),
        case("rounded down", stride=2, shape=(2, 3, 8, 8), round_mode="FLOOR"),
        case("rounded down, padded", stride=3, pad=2, shape=(2, 3, 8, 7), round_mode="FLOOR"),
        case("global", kernel_size=None, global_pooling=True, then=[[(2, 3, 4, 5)]]),
        case("all of it", kernel_size=5, shape=(3, 4, 5, 5)),
        case("ties", make=ties, stride=2, pad=1),
        case("many planes", shape=(3, 40, 12, 13), stride=2),
    ]


def lrn(words, shape=(2, 7, 3, 3), region=None, then=(), **options):
    hyper = {**options, **({"norm_region": region} if region else {})}
    caffe = "lrn_param { %s }" % fields(hyper) if hyper else ""
    return Case("lrn", words, [normal(*shape)], caffe, hyper, then=then)


def spp(words, height, shape=(2, 3, 9, 12), **options):
    options = {"pyramid_height": height, **options}
    return Case("spp", words, [normal(*shape)], "spp_param { %s }" % fields(options), options, then=[1])


CASES = [
    *convolutions("convolution"),
    *convolutions("deconvolution"),
    im2col("plain"),
    im2col("stride, padded", stride=2, pad=1),
    im2col("dilation", dilation=2),
    im2col("dilation, stride", stride=2, dilation=3, shape=(2, 3, 10, 9), then=[3, [(1, 2, 9, 11)]]),
    im2col("oblong", kernel_size=None, kernel_h=5, kernel_w=3, stride=2),
    im2col("lists", kernel_size=[2, 3], stride=[2, 1], pad=[0, 1], dilation=[3, 1]),
    im2col("steps by axis", kernel_size=2, stride_h=2, stride_w=1, pad_h=1, pad_w=0),
    im2col("1x1", kernel_size=1),
    im2col("one axis", shape=(2, 3, 8), stride=2),
    im2col("three axes", shape=(2, 3, 4, 5, 6), kernel_size=2, pad=1, stride=[1, 2, 3]),
    im2col("axis 2", shape=(2, 3, 4, 6, 5), axis=2),
    im2col("axis -3", shape=(2, 3, 6, 5), axis=-3),
    im2col("n-dimensional", stride=2, force_nd_im2col=True),
    *poolings("MAX"),
    *poolings("AVE"),
    pooling("AVE, windows without a place", pool="AVE", kernel_size=1, stride=2, shape=(2, 3, 6, 6)),
    pooling("MAX, mask", pool="MAX", tops=2, stride=2),
    pooling("MAX, mask, padded", pool="MAX", tops=2, stride=2, pad=1, make=distinct),
    pooling("MAX, mask, ties", pool="MAX", tops=2, make=ties),
    spp("one level", 1),
    spp("one level, mean", 1, pool="AVE"),
    spp("two levels", 2),
    spp("three levels", 3),
    spp("four levels", 4, (2, 2, 16, 24)),
    spp("five levels", 5, (1, 2, 32, 48)),
    spp("six levels", 6, (1, 2, 32, 64)),
    spp("seven levels", 7, (1, 1, 64, 128)),
    spp("means", 3, pool="AVE"),
    spp("means, six levels", 6, (1, 1, 64, 32), pool="AVE"),
    lrn("plain", then=[3]),
    lrn("large region", (1, 40, 3, 3), local_size=15),
    lrn("other numbers", alpha=2.5, beta=0.5, k=1.5, local_size=3),
    lrn("within", region="WITHIN_CHANNEL", shape=(2, 7, 6, 5)),
    lrn("within, small pictures", region="WITHIN_CHANNEL", alpha=0.5, beta=0.6),
]
