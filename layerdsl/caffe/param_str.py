"""The hyper-parameters in a `param_str`: pairs as people write them there, read without running anything.

    >>> read("Dice", "'smooth': 2, mode: mean", [("smooth", _to_float, 1.0), ("mode", _one_of("sum", "mean"), "sum")])
    {'smooth': 2.0, 'mode': 'mean'}

JSON, Python's dictionaries as printed and YAML's simple pairs are understood, with or without braces. Values are
numbers, words, strings and lists of them. The functions with a leading underscore go into emitted files as they stand
here, less their annotations, so their bodies are written for Python 2.7 too.
"""
# ruff: noqa: UP031 - what is emitted runs on Python 2.7

from __future__ import annotations

import ast
import difflib
import numbers
import re
from collections.abc import Callable, Sequence
from typing import Any, Final

Convert = Callable[[Any], Any]
Hyper = tuple[str, Convert, Any]

# Stands for the default of a hyper-parameter that a net has to give a value.
_REQUIRED: Final[Any] = object()

_STRING: Final = r"""[uU]?(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')"""
# White space, commas and comments, or else a name and its value.
_PAIR: Final = re.compile(
    (
        r"[\s,]+|#[^\n]*|(%s|[\w-]+)\s*:\s*(%s|\[[^][]*\]|\([^()]*\)|\{[^{}]*\}|\w+\([^()]*\)|[\w.+-]+)"
        r"[^\S\n]*(?=[,\n#]|\Z)"
    )
    % (_STRING, _STRING)
)
_QUOTED: Final = re.compile(_STRING + r"\Z")
_WORDS: Final = {"true": True, "True": True, "false": False, "False": False, "null": None, "None": None}


def _param_str(layer: Any) -> Any:
    """The text in `python_param { param_str: }`; older forks of Caffe call it `param_str_`."""
    return getattr(layer, "param_str", getattr(layer, "param_str_", ""))


def _read_param_str(layer: str, text: str, hypers: Sequence[Hyper]) -> dict[str, Any]:
    """The value of every hyper-parameter by its name, from `text` or else its default.

    layer: the name of the class; hypers: name, conversion and default of each.
    ValueError where `text` can't be read, has an unknown name, lacks a required one, or a value that does not fit.
    """
    given = _param_pairs(layer, text)
    names = [name for name, _, _ in hypers]
    for name in given:
        if name not in names:
            raise ValueError("%s: param_str has `%s`, %s" % (layer, name, _known(name, names)))
    return {name: _hyper(layer, given, name, convert, default) for name, convert, default in hypers}


def _hyper(layer: str, given: dict[str, Any], name: str, convert: Convert, default: Any) -> Any:
    if name not in given and default is not _REQUIRED:
        return default
    try:
        return convert(given[name])
    except KeyError:
        expected = "is missing in param_str"
    except (TypeError, ValueError) as error:
        expected = "is %.80r in param_str" % (given[name],) + ", but has to be %s" % error
    raise ValueError("%s: hyper-parameter `%s` %s" % (layer, name, expected))


def _known(name: str, names: Sequence[str]) -> str:
    """What to say of an unknown name."""
    near = difflib.get_close_matches(name, names, 1)
    if near:
        return "did you mean `%s`?" % near[0]
    return "known are: %s" % ", ".join(names) if names else "but there are no hyper-parameters"


def _param_pairs(layer: str, text: str) -> dict[str, Any]:
    """The pairs of `{"a": 1, "b": [2, 3]}`, `'a': 1`, or `a: 1`."""
    text = text.strip()
    if text[:1] == "{" and text[-1:] == "}":
        text = text[1:-1]
    pairs: dict[str, Any] = {}
    start = 0
    while start < len(text):
        pair = _PAIR.match(text, start)
        if pair is None:
            found = text[start : start + 40]
            raise ValueError("%s: param_str has %r, where `name: value` is expected" % (layer, found))
        start = pair.end()
        if pair.group(1):
            name = _unquoted(pair.group(1))
            if name in pairs:
                raise ValueError("%s: param_str gives `%s` twice" % (layer, name))
            pairs[name] = _value(pair.group(2))
    return pairs


def _value(text: str) -> Any:
    """A number, a list as a tuple, pairs in braces, a string or a word; true, false and null as in Python and JSON."""
    text = text.strip()
    if text[:1] == "{":
        return _param_pairs("a value", text)
    if text[:1] in ("[", "("):
        items = text[1:-1].rstrip().rstrip(",")
        return tuple([_value(item) for item in items.split(",")]) if items else ()
    if text in _WORDS:
        return _WORDS[text]
    for number in (int, float):
        try:
            return number(text)
        except ValueError:
            pass
    return _unquoted(text)


def _unquoted(text: str) -> str:
    """What is between the quotes, or the word itself."""
    try:
        return str(ast.literal_eval(text)) if _QUOTED.match(text) else text
    except (SyntaxError, ValueError):
        return text


def _is_number(value: Any) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def _to_float(value: Any) -> float:
    if not _is_number(value):
        raise TypeError("a number")
    try:
        return float(value)
    except OverflowError:
        limit = "a number below 1e308"
    raise TypeError(limit)


def _to_int(value: Any) -> int:
    if _is_number(value) and value % 1 == 0:
        return int(value)
    raise TypeError("a whole number")


def _to_bool(value: Any) -> bool:
    if isinstance(value, int) and value in (0, 1):
        return bool(value)
    raise TypeError("true or false")


def _to_file(value: Any) -> Any:
    if value and hasattr(value, "split"):  # on Python 2, JSON has texts of another type
        return value
    raise TypeError("the path of a file")


def _one_of(*words: str) -> Convert:
    """A conversion that lets these words pass."""

    def convert(value: Any) -> str:
        for word in words:
            if value == word:
                return word
        raise ValueError("one of %s" % ", ".join("'%s'" % word for word in words))

    return convert


def _list_of(convert: Convert) -> Convert:
    """A conversion of a list, each of whose elements is converted, to a tuple; a number is a list of one."""

    def convert_all(values: Any) -> Any:
        if _is_number(values):
            values = (values,)
        if not isinstance(values, (list, tuple)):
            raise TypeError("a list")
        try:
            return tuple([convert(value) for value in values])
        except (TypeError, ValueError) as error:
            expected = "a list in which each is %s" % error
        raise TypeError(expected)

    return convert_all


def _optional(convert: Convert) -> Convert:
    """A conversion that lets None pass, also as the word `none`."""

    def convert_or_none(value: Any) -> Any:
        if value is None or (isinstance(value, str) and value == "none"):
            return None
        try:
            return convert(value)
        except (TypeError, ValueError) as error:
            problem = type(error)("%s, or none" % error)
        raise problem

    return convert_or_none


def read(layer: str, text: str, hypers: Sequence[Hyper]) -> dict[str, Any]:
    """What an emitted layer reads from `text`: the same values, the same ValueError."""
    return _read_param_str(layer, text, hypers)


def read_value(text: str) -> Any:
    """One value as a `param_str` would hold it: `0.5`, `true`, `[1, 2]`, `'mean'` or `mean`."""
    return _value(text)


def conversion(kind: str, optional: bool, choices: Sequence[str] = (), element: str = "") -> Convert:
    """The function that takes a value of a hyper-parameter or raises an error that says what is expected.

    kind: float, int, bool, word (one of `choices`) or list (of `element`s).
    """
    if kind == "word":
        convert = _one_of(*choices)
    elif kind == "list":
        convert = _list_of(CONVERSIONS[element])
    else:
        convert = CONVERSIONS[kind]
    return _optional(convert) if optional else convert


def _written(value: Any) -> str:
    """A filler as it is written; the emitted layer reads it."""
    if isinstance(value, str):
        return value
    raise TypeError("a filler such as `xavier` or `gaussian(std=0.01)`")


CONVERSIONS: Final[dict[str, Convert]] = {
    "float": _to_float,
    "int": _to_int,
    "bool": _to_bool,
    "filler": _written,
    "file": _to_file,
}
