"""What was found: a row for each property, and the faults, as plain data that goes through a file."""
# mypy: ignore-errors

from __future__ import division


class Findings(object):
    """Rows and faults in the order in which they were found; `tell` is called with each as it comes."""

    def __init__(self, tell=None):
        self.rows, self.faults = [], []
        self.tell = tell or (lambda kind, entry: None)
        self.property = ""

    def begin(self, name):
        """From now on faults belong to this property."""
        self.property = name
        self.tell("doing", {"property": name})

    def row(self, how, figure=None, what=None, verdict=None):
        """A line of the table; WRONG where the property has a fault."""
        name = what or self.property
        levels = [fault["level"] for fault in self.faults if fault["property"] == name]
        seen = "WRONG" if "error" in levels else ("doubtful" if levels else "ok")
        entry = {
            "property": name,
            "how": how,
            "figure": _number(figure),
            "verdict": verdict if seen == "ok" and verdict else seen,
        }
        self.rows.append(entry)
        self.tell("row", entry)

    def fault(self, said, blob="", place=None, got=None, wanted=None, words=None, where="", help="", hint="",
              level="error", line=0, method="", what=None, path=""):  # fmt: skip
        """A fault in words, once for each property; the entry, and both values with what they are. `path`: the file of
        the line."""
        of = what or self.property
        entry = {
            "property": of, "said": said, "blob": blob, "place": list(place) if place is not None else None,
            "got": _number(got), "wanted": _number(wanted), "words": list(words or ()), "where": where, "help": help,
            "hint": hint, "level": level, "line": line, "method": method, "path": path,
        }  # fmt: skip
        if not any(fault["property"] == of and fault["said"] == said for fault in self.faults):
            self.faults.append(entry)
            self.tell("fault", entry)

    def broken(self, broken, where="", level="error"):
        """A fault that is an exception out of the layer, once for each line of it."""
        if broken.line and (self.property, broken.line) in [(one["property"], one["line"]) for one in self.faults]:
            return
        self.fault(broken.said, where=where, help=broken.help, level=level, line=broken.line, method=broken.stage,
                   path=broken.path)  # fmt: skip


def _number(value):
    return None if value is None else float(value)
