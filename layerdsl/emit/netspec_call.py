"""What a function for caffe.NetSpec does with what it is given: it checks it and makes the keywords of `L.Python`.

The functions go into the emitted helper as they stand here, less their annotations; they run on Python 2.7 too.
"""
# ruff: noqa: UP031 - what is emitted runs on Python 2.7

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from layerdsl.caffe.param_str import _REQUIRED, Convert, _known

# What every layer of Caffe takes.
_OPTIONS: Final = ("name", "param", "loss_weight", "propagate_down", "include", "exclude", "phase", "in_place", "ntop")


def _python_layer(function: str, bottoms: Sequence[Any], keywords: Mapping[str, Any], facts: Any) -> dict[str, Any]:
    """The keywords of L.Python for a layer; TypeError or ValueError where bottoms or keywords do not fit it.

    facts: `module`, `layer`, `bottoms` and `tops` (names, "*x" for any number, "x?" for one that may be left out, "x if
    ..." for one under a condition), and where there are any `under` (by the name of such a one its condition, a
    function of all hyper-parameters), `hypers` (name, conversion, default), `blobs` (name, lr_mult and decay_mult, and
    the condition of one in a branch, a function of all hyper-parameters and of what says which bottoms and tops the
    layer has), `requires` (what is demanded, when that is not met, of all hyper-parameters, and which of them a message
    shows), `loss_weight` (for each top), `propagate_down` (for each bottom) and `include`.
    """
    hypers = facts.get("hypers", ())
    names = [name for name, _, _ in hypers]
    options = [name for name in _OPTIONS if name not in names]
    for name in keywords:
        if name not in names + options:
            raise TypeError("%s() has no keyword `%s`, %s" % (function, name, _known(name, names + options)))
    others = {name: keywords[name] for name in options if name in keywords}
    values = [(name, _keyword(function, keywords, name, convert, default)) for name, convert, default in hypers]
    _demand(function, facts.get("requires", ()), dict(values))
    under = facts.get("under", {})
    absent = [name for name in under if not under[name](dict(values))]
    below = _ends(function, "bottom", facts["bottoms"], absent, len(bottoms))
    above = _ends(function, "top", facts["tops"], absent, others.get("ntop"))
    made = {
        "module": facts["module"],
        "layer": facts["layer"],
        "param_str": _json(values),
        "ntop": len(above),
        "loss_weight": [facts["loss_weight"][end] for end in above if "loss_weight" in facts],
        "propagate_down": [facts["propagate_down"][end] for end in below if "propagate_down" in facts],
        "include": facts.get("include"),
    }
    made.update(others)
    there = [facts["bottoms"][end] for end in below] + [facts["tops"][end] for end in above]
    _one_for_each(function, "propagate_down", "bottom", there[: len(below)], made["propagate_down"])
    _one_for_each(function, "loss_weight", "top", there[len(below) :], made["loss_weight"])
    there = [name.rstrip("?") for name in there]
    blobs = [blob[:2] for blob in facts.get("blobs", ()) if len(blob) < 3 or blob[2](dict(values), there.__contains__)]
    made["param"] = _param(function, blobs, others.get("param"))
    return {name: value for name, value in made.items() if value not in ("", [], None)}


def _ends(function: str, kind: str, names: Sequence[str], absent: Sequence[str], count: int | None) -> list[int]:
    """For each of `count` bottoms or tops its place among the declared ones; for all that can be there without it."""
    places = [place for place, name in enumerate(names) if name.split(" ")[0] not in absent]
    least = len([place for place in places if not names[place].endswith("?")])
    count = len(places) if count is None else count
    stars = [place for place in places if names[place].startswith("*")]
    if count < least or (count > len(places) and not stars):
        most = "" if least == len(places) else " to %d" % len(places)
        wanted = "at least %d" % least if stars else "%d%s" % (least, most)
        kinds = kind if wanted.split()[-1] == "1" else kind + "s"
        declared = " (%s)" % ", ".join(names) if names else ""
        raise TypeError("%s() takes %s %s%s, not %d" % (function, wanted, kinds, declared, count))
    optional = [place for place in places if names[place].endswith("?")]
    there = [place for place in places if place not in optional[count - least :]]
    return sorted(there + stars[:1] * (count - len(places)))


def _one_for_each(function: str, option: str, kind: str, names: Sequence[str], given: Any) -> None:
    """Caffe takes one value for each bottom or top, or none at all, and ends the process at any other number."""
    count = len(given) if isinstance(given, (list, tuple)) else 1
    if given is not None and count not in (0, len(names)):
        listed = ", ".join(names)
        raise TypeError("%s() needs a `%s` for each %s (%s), not %d" % (function, option, kind, listed, count))


def _demand(function: str, requires: Sequence[Any], hyper: Mapping[str, Any]) -> None:
    """ValueError where hyper-parameters do not meet what the layer requires of them."""
    for said, failed, shown in requires:
        if failed(hyper):
            values = "".join([", %s is %r" % (name, hyper[name]) for name in shown if hyper[name] is not None])
            raise ValueError("%s(): %s%s" % (function, said, values))


def _json(values: Sequence[tuple[str, Any]]) -> str:
    """The text of `param_str`: every hyper-parameter, in the order of its declaration."""
    texts = ["%s: %s" % (json.dumps(name), json.dumps(_as_given(value))) for name, value in values]
    return "{%s}" % ", ".join(texts) if texts else ""


def _as_given(value: Any) -> Any:
    """A value as a net gives it: of a filler, which is its name and its arguments, both in one."""
    is_filler = isinstance(value, tuple) and len(value) == 2 and isinstance(value[1], dict)
    return dict(value[1], type=value[0]) if is_filler else value


def _keyword(function: str, keywords: Mapping[str, Any], name: str, convert: Convert, default: Any) -> Any:
    if name not in keywords and default is not _REQUIRED:
        return default
    if name not in keywords:
        raise TypeError("%s() needs the keyword `%s`" % (function, name))
    try:
        return convert(keywords[name])
    except (TypeError, ValueError) as error:
        kind, expected = type(error), str(error)
    raise kind("%s(): `%s` is %.80r, but has to be %s" % (function, name, keywords[name], expected))


def _param(function: str, blobs: Sequence[tuple[str, dict[str, Any]]], given: Any) -> list[dict[str, Any]]:
    """The `param` of each blob: as declared, but for what is given."""
    changes = [given] if isinstance(given, dict) else given or [{}] * len(blobs)
    if len(changes) != len(blobs):
        names = ", ".join(name for name, _ in blobs) or "none"
        raise TypeError("%s() needs a `param` for each blob (%s), not %d" % (function, names, len(changes)))
    return [dict(declared, **change) for (_, declared), change in zip(blobs, changes)]  # noqa: B905
