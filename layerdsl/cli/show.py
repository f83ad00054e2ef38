"""`layerdsl show`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import click

from layerdsl.cli import options, streams
from layerdsl.cli.compiling import Compiled, compile_all
from layerdsl.cli.outputs import stem
from layerdsl.cli.report import Style, fault_of_the_compiler, finish, has_errors
from layerdsl.source import Diagnostic
from layerdsl.source.nearest import nearest

if TYPE_CHECKING:
    from layerdsl.pipeline import CompiledLayer

STAGES: Final = ("tree", "graph", "backward", "optimised", "plan", "python", "prototxt")
FORMULAS: Final = "formulas"


@click.command("show", short_help="Print a stage of the way from formula to code.")
@click.argument("name", metavar="FILE")
@click.argument("layer", metavar="[LAYER]", required=False)
@click.option("--stage", type=click.Choice(STAGES), default="graph", show_default=True, help="Which stage.")
@click.option("--backward", is_flag=True, help="Print the derived backward as formulas next to the forward instead.")
@options.set_option
@options.style_options
def show(
    name: str,
    layer: str | None,
    stage: str,
    backward: bool,
    settings: Mapping[str, str],
    form: str,
    deny_warnings: bool,
) -> int:
    """Print what the compiler makes of FILE, of all its layers or of LAYER alone."""
    return run(name, layer, FORMULAS if backward else stage, settings, options.style(form, deny_warnings))


def run(name: str, layer: str | None, stage: str, settings: Mapping[str, str], style: Style) -> int:
    """Prints one stage to standard output; gives the exit status."""
    compiled = compile_all([name], settings, stem)
    found = list(compiled.diagnostics)
    layers = _chosen(compiled, layer)
    if layer is not None and not layers and not has_errors(found):
        found.append(_unknown(compiled, layer))
    found.extend(_printed(layers, stage))
    return finish(found, style)


def _chosen(compiled: Compiled, name: str | None) -> list[CompiledLayer]:
    return [layer for file in compiled.files for layer in file.layers if name in (None, layer.name)]


def _unknown(compiled: Compiled, name: str) -> Diagnostic:
    there = [layer.name for file in compiled.files for layer in file.layers]
    near = nearest(name, there)
    advice = f"did you mean `{near}`?" if near else f"it has {', '.join(f'`{each}`' for each in there) or 'no layer'}"
    return Diagnostic("LD112", f"no layer `{name}` in `{compiled.files[0].source.name}`", help=advice)


def _printed(layers: Sequence[CompiledLayer], stage: str) -> list[Diagnostic]:
    try:
        streams.put("\n".join(_text(layer, stage) for layer in layers))
    except BrokenPipeError:
        raise
    except Exception as error:
        return [fault_of_the_compiler(error)]
    return []


def _text(layer: CompiledLayer, stage: str) -> str:
    text = layer.formulas() if stage == FORMULAS else layer.stage(stage)
    return (text.rstrip("\n") or f"# {layer.name}: nothing") + "\n"
