"""`python -m layerdsl` is the command `layerdsl`."""

import sys

from layerdsl.cli import main

if __name__ == "__main__":
    sys.exit(main())
