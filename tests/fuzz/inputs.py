"""The hostile inputs: files of the project, broken in random places. An input is its seed, here and everywhere."""

import functools
import pathlib
import random
import re

PROJECT = pathlib.Path(__file__).resolve().parent.parent.parent
LONGEST = 4000  # bytes

# Left out are those that take a second as they are: files of ten layers, and what becomes fourteen programs.
LONGEST_LAYERS = 2500  # bytes
SLOW = ("spp.layer",)
LAYERS = tuple(
    path
    for path in sorted((*PROJECT.glob("tests/layers/*.layer"), *PROJECT.glob("stdlib/**/*.layer")))
    if path.stat().st_size <= LONGEST_LAYERS and path.name not in SLOW
)
NETS = tuple(sorted(PROJECT.glob("examples/**/*.prototxt")))
PARAMS = (
    "{'a': 1, \"b\": [2, 3.5], c: true}",
    "a: 1, b: (1, 2), c: 'x\\n'",
    '{"smooth": 1e-3, "mode": "mean", "axis": -1}',
)
PIECES = (
    "( ) [ ] { } : , -> * ** / // % + - = == < >= \" ' # \\ \t \n \r \0 \x1b é ∂ 0 1 -1 1e999 9999999999999999999 "
    "nan None true N C *S where sum over= example layer hyper param state update const index( optional float: if else "
    'for in return import gradient d( ( ( ( scan carry next extern at by as ? file("../../x.npy") embed("/etc/passwd") '
    "__import__('os') eval( exec( lambda: @ $(id) `id` ;"
).split(" ")
WORD = re.compile(rb"[A-Za-z_]\w*|\d+(?:\.\d+)?|\*\*|//|[-+*/<>=]")


@functools.cache
def _text(begin: "pathlib.Path | str") -> bytes:
    return begin.read_bytes() if isinstance(begin, pathlib.Path) else begin.encode()


def made(seed: int, begins) -> bytes:
    """The input of a seed, out of one of the texts `begins`.

    Most are torn up anywhere, which readers and parsers see; some only have words exchanged for others of the same
    kind, so that they get through to the stages behind.
    """
    choose = random.Random(seed)
    data = _text(choose.choice(begins))
    if choose.random() < 0.05:
        return _reworded(data, choose)
    for _ in range(choose.choice((1, 1, 2, 3, 5, 10, 40))):
        data = _broken(data, choose, begins)[:LONGEST]
    return data


def _broken(data: bytes, choose: random.Random, begins) -> bytes:
    """One more break: something is missing, doubled, swapped, put in, or comes from another file."""
    a, b = sorted(choose.randrange(len(data) + 1) for _ in range(2))
    piece = choose.choice(PIECES).encode()
    way = choose.randrange(7)
    if way == 0:
        return data[:a] + data[min(b, a + 30) :]
    if way == 1:
        return data[:a] + piece + data[a:]
    if way == 2:
        return data[:a] + piece * choose.choice((2, 50, 400)) + data[a:]
    if way == 3:
        return data[:b] + data[a : min(b, a + 200)] + data[b:]
    if way == 4:
        return data[:a] + bytes([choose.randrange(256)]) + data[a + 1 :]
    if way == 5:
        words = data.split(b" ")
        i, j = (choose.randrange(len(words)) for _ in range(2))
        words[i], words[j] = words[j], words[i]
        return b" ".join(words)
    return data[:a] + _text(choose.choice(begins))[a : a + 300] + data[a:]


def _kind(word: bytes) -> str:
    return "name" if word[:1].isalpha() or word[:1] == b"_" else "number" if word[:1].isdigit() else "sign"


def _reworded(data: bytes, choose: random.Random) -> bytes:
    """One to three words in place of which another of the same kind stands that the text also has."""
    for _ in range(choose.randint(1, 3)):
        places = list(WORD.finditer(data))
        if not places:
            return data
        place = choose.choice(places)
        others = [each.group() for each in places if _kind(each.group()) == _kind(place.group())]
        data = data[: place.start()] + choose.choice(others) + data[place.end() :]
    return data
