"""How much the parser takes: far more than a person writes, far less than what would bring the compiler down."""

from typing import Final

#: Bytes of a file.
MAX_BYTES: Final = 4_000_000

#: Brackets inside brackets, and blocks inside blocks.
MAX_NESTING: Final = 64

#: Operators and calls on the longest way through one expression; `a + b + c` is two deep. The stages behind the
#: parser walk trees by recursion, which Python ends at about a thousand calls.
MAX_DEPTH: Final = 200

#: Words, numbers and signs of one line, with the lines that its brackets join to it.
MAX_TOKENS: Final = 20_000

#: Characters of a name.
MAX_NAME: Final = 80

#: Digits of a whole number: more do not fit the 64 bits of an emitted size.
MAX_DIGITS: Final = 18

#: Faults after which the rest of a file is not read.
MAX_FAULTS: Final = 100
