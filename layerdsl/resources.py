"""Finds the folders that travel with the compiler: its grammar, its standard library, the pages of its errors."""

import functools
import pathlib


@functools.cache
def folder(name: str) -> pathlib.Path:
    """`folder("grammar")` is the folder of the grammar, in a checkout as well as in an installed wheel.

    A checkout has it at the top, beside the package; a wheel carries it inside the package.
    Raises `FileNotFoundError` where neither is there, which means a broken installation.
    """
    package = pathlib.Path(__file__).resolve().parent
    # The checkout comes first: an editable installation may have left an older copy in the package.
    checkout = package.parent
    places = [checkout / name] if (checkout / "pyproject.toml").is_file() else []
    for place in [*places, package / name]:
        if place.is_dir():
            return place
    raise FileNotFoundError(f"the folder `{name}` of layerdsl is missing, install layerdsl again")
