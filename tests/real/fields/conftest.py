"""The examples of examples/field: each has a `.layer` file and the net that uses it."""

import pytest

from layerdsl.pipeline import compile_source, python_module
from layerdsl.source import Source

# Folder to the module that its net names.
MODULES = {
    "identity": "identity",
    "euclidean_loss": "euclidean_loss",
    "dice_loss": "dice_loss",
    "weighted_smooth_l1": "weighted_smooth_l1",
    "camera": "camera",
    "prelu_inner_product": "prelu_inner_product",
    "moving_average": "moving_average",
    "softmax_loss": "softmax_loss",
    "blank_square": "digits_python_layers",
    "anchors": "pkg.layers.anchor_target",
}


@pytest.fixture(scope="session")
def field(project):
    """The folder of the examples."""
    return project / "examples" / "field"


@pytest.fixture(scope="session")
def compiled(field):
    """`compiled(folder, settings=None)` gives the layers of an example."""

    def run(folder, settings=None):
        (path,) = (field / folder).glob("*.layer")
        compilation = compile_source(Source(path.name, path.read_text()), settings, MODULES[folder])
        assert not [each.message for each in compilation.diagnostics if each.level == "error"]
        return compilation.layers

    return run


@pytest.fixture(scope="session")
def modules(compiled):
    """The emitted modules as files, in their packages."""
    files = {name.replace(".", "/") + ".py": python_module(compiled(folder)) for folder, name in MODULES.items()}
    return files | {"pkg/__init__.py": "", "pkg/layers/__init__.py": ""}


@pytest.fixture(scope="session")
def nets(field):
    """The nets as files."""
    return {f"{folder}/net.prototxt": field / folder / "net.prototxt" for folder in MODULES}
