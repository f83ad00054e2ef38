"""Every code there is, with the title of its page. A code is never given a second meaning."""

from __future__ import annotations

from typing import Final

CODES: Final[dict[str, str]] = {
    # LD0xx: text and syntax
    "LD001": "the file is not text",
    "LD002": "a character that has no place here",
    "LD003": "something else was expected here",
    "LD004": "indentation that fits no block",
    "LD005": "a block without content",
    "LD006": "brackets that do not close",
    "LD007": "nested too deeply",
    "LD008": "a name that is too long or not in ASCII",
    "LD009": "a file without a layer or function",
    "LD010": "tabs and spaces mixed in the indentation",
    "LD011": "a statement that does not belong here",
    "LD012": "Python that the language does not have",
    "LD013": "a number that can't be read",
    "LD014": "a function without `return`",
    # LD1xx: names
    "LD101": "an unknown name",
    "LD102": "a name given twice",
    "LD103": "an unknown function",
    "LD104": "an unknown or missing argument",
    "LD105": "a top that is never assigned",
    "LD106": "an import that is not found",
    "LD107": "imports in a circle",
    "LD108": "a bottom, state or hyper-parameter that is assigned",
    "LD109": "NumPy's or Caffe's way to say it",
    "LD110": "a function that calls itself",
    "LD111": "a value that only one branch has",
    "LD112": "an unknown layer",
    "LD113": "a reserved name",
    # LD2xx: axes and shapes
    "LD114": "a scan that can't be run",
    "LD201": "an unknown axis in a declaration",
    "LD202": "two axes of one name with different sizes",
    "LD203": "an axis the value does not have",
    "LD204": "a value that does not fit its declaration",
    "LD205": "an axis that is declared twice",
    "LD206": "a selection that does not fit its axis",
    "LD207": "a rename onto an axis that is there already",
    "LD209": "more than one group of axes",
    "LD210": "a size that is not a whole number",
    # LD3xx: types
    "LD301": "a condition where a number is needed",
    "LD302": "a number where a condition is needed",
    "LD303": "an index where a number is needed",
    "LD304": "a condition on data in a static if",
    "LD305": "a word where a number is needed",
    "LD306": "an optional value that may be none",
    "LD307": "an index that is not whole",
    "LD308": "division by a literal zero",
    "LD309": "a state or draw that is not possible here",
    # LD4xx: gradient
    "LD401": "a gradient for something that has none",
    "LD402": "an index that is differentiated",
    "LD403": "d(...) of something that is not a top",
    "LD404": "a gradient whose axes are not those of its blob",
    "LD405": "a loss without any gradient",
    # LD5xx: parameters and hyper-parameters
    "LD501": "an unknown filler",
    "LD502": "an argument that the filler does not take",
    "LD503": "a default that is not of its type",
    "LD504": "a hyper-parameter that does not exist",
    "LD505": "a requirement that its default breaks",
    "LD506": "a parameter whose size depends on the batch",
    "LD507": "a filler that needs axes the blob does not have",
    "LD508": "a parameter or hyper-parameter that is never used",
    "LD509": "a state that is updated twice",
    # LD6xx: Caffe wiring
    "LD601": "an example that does not hold",
    "LD602": "an example that can't be run",
    "LD603": "a gradient that is wrong",
    "LD604": "two layers of one name in one module",
    "LD605": "a bottom that is never used",
    "LD606": "a module that Caffe can't import, or that hides another",
    "LD607": "a layer that does not do what Caffe asks of it",
    "LD608": "a class that can't be checked",
    # LD7xx: machine and back ends
    "LD701": "a file that can't be read",
    "LD702": "an output that can't be written",
    "LD703": "something that is not there yet",
    # LD9xx: faults of the compiler itself
    "LD901": "a fault of the compiler",
}
