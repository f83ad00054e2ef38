"""Convolution, Deconvolution, Im2col, Pooling, SPP, LRN."""

from twins.case import Case, distinct, normal, picked


def fields(options):
    """Options as Caffe writes them."""
    texts = {key: str(value).lower() if isinstance(value, bool) else value for key, value in options.items()}
    return " ".join("%s: %s" % pair for pair in texts.items())


def convolution(words, shape=(2, 4, 6, 5), twin="convolution", then=(), **options):
    options = {"num_output": 4, "kernel_size": 3, **options}
    options = {key: value for key, value in options.items() if value is not None}
    caffe = "convolution_param { %s }" % fields(options)
    return Case(twin, words, [normal(*shape)], caffe, options, then=then)


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
        case("one picture, one channel", shape=(1, 1, 5, 5), num_output=1, kernel_size=5),
    ]


def im2col(words, shape=(2, 3, 6, 5), **options):
    options = {"kernel_size": 3, **options}
    return Case("im2col", words, [normal(*shape)], "convolution_param { %s }" % fields(options), options)


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
    """With one level Caffe's top has four axes, `[N, C, 1, 1]`: that is Pooling."""
    options = {"pyramid_height": height, **options}
    return Case("spp", words, [normal(*shape)], "spp_param { %s }" % fields(options), options, then=[1])


CASES = [
    *convolutions("convolution"),
    *convolutions("deconvolution"),
    im2col("plain"),
    im2col("stride, padded", stride=2, pad=1),
    im2col("dilation", dilation=2),
    *poolings("MAX"),
    *poolings("AVE"),
    pooling("AVE, windows without a place", pool="AVE", kernel_size=1, stride=2, shape=(2, 3, 6, 6)),
    pooling("MAX, mask", pool="MAX", tops=2, stride=2),
    pooling("MAX, mask, padded", pool="MAX", tops=2, stride=2, pad=1, make=distinct),
    pooling("MAX, mask, ties", pool="MAX", tops=2, make=ties),
    spp("two levels", 2),
    spp("three levels", 3),
    spp("four levels", 4, (2, 2, 16, 24)),
    spp("five levels", 5, (1, 2, 32, 48)),
    spp("means", 3, pool="AVE"),
    lrn("plain", then=[3]),
    lrn("large region", (1, 40, 3, 3), local_size=15),
    lrn("other numbers", alpha=2.5, beta=0.5, k=1.5, local_size=3),
    lrn("within", region="WITHIN_CHANNEL", shape=(2, 7, 6, 5)),
    lrn("within, small pictures", region="WITHIN_CHANNEL", alpha=0.5, beta=0.6),
]
