"""Pages whose tables are made by a command."""

import re


def written(page, parts):
    """The page with the tables between `<!-- NAME:begin -->` and `<!-- NAME:end -->`."""
    for name, text in parts.items():
        begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
        page = re.sub(f"{begin}.*?{end}", lambda _, t=f"{begin}\n{text}\n{end}": t, page, flags=re.S)
    return page
