"""Caffe's messages (`NetParameter`, `LayerParameter`, `SolverParameter`, ...) without Caffe.

    >>> layer = new("LayerParameter", name="relu1", type="ReLU", bottom=["conv1"], top=["conv1"])
    >>> layer.relu_param.negative_slope
    0.0

They are built from the table in `schema` when the first one is asked for, in a pool of their own: a program that has
imported the real `caffe_pb2` too is not disturbed. Importing this module costs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from layerdsl.caffe.schema import SCHEMA

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import DescriptorProto, EnumDescriptorProto, FileDescriptorProto
    from google.protobuf.descriptor_pool import DescriptorPool

PACKAGE: Final = "caffe"
FILE: Final = "caffe.proto"

_FIELD: Final = re.compile(r"(\w+) (\d+) (\w+)(\[packed\]|\[\]|!)?(?:=(.*))?")


def new(name: str, /, **fields: object) -> Any:
    """A new message of Caffe's, with these fields set; `name` is that of the message, as in `NetParameter`."""
    return message_class(name)(**fields)


@cache
def message_class(name: str) -> Any:
    """The class of the messages called `name`; KeyError where Caffe has none."""
    from google.protobuf.message_factory import GetMessageClass

    return GetMessageClass(_pool().FindMessageTypeByName(f"{PACKAGE}.{name}"))


@cache
def file_descriptor() -> FileDescriptorProto:
    """All messages as protobuf describes a file of them."""
    from google.protobuf.descriptor_pb2 import FileDescriptorProto

    file = FileDescriptorProto(name=FILE, package=PACKAGE, syntax="proto2")
    for head, body in _blocks():
        if head.startswith("enum "):
            _add_enum(file.enum_type.add(), head)
        else:
            _add_parts(file.message_type.add(name=head), body)
    _resolve(file)
    return file


@cache
def _pool() -> DescriptorPool:
    from google.protobuf.descriptor_pool import DescriptorPool

    pool = DescriptorPool()
    pool.AddSerializedFile(file_descriptor().SerializeToString())
    return pool


def _blocks() -> Iterator[tuple[str, list[str]]]:
    """Each line at the margin, with the parts that are indented under it."""
    for block in re.split(r"\n(?=\w)", SCHEMA.strip()):
        head, _, body = block.partition("\n")
        yield head, [part.strip() for part in body.replace("\n", " ").split(";") if part.strip()]


def _add_parts(message: DescriptorProto, parts: list[str]) -> None:
    for part in parts:
        if part.startswith("enum "):
            _add_enum(message.enum_type.add(), part)
        else:
            _add_field(message, re.sub(r"\s+", " ", part))


def _add_enum(enum: EnumDescriptorProto, line: str) -> None:
    _, enum.name, *values = line.split()
    for value in values:
        name, _, number = value.partition("=")
        enum.value.add(name=name, number=int(number))


def _add_field(message: DescriptorProto, line: str) -> None:
    """One field; what is no scalar gets its name alone, and `_resolve` the rest."""
    from google.protobuf.descriptor_pb2 import FieldDescriptorProto as Field

    match = _FIELD.fullmatch(line)
    assert match is not None, line
    name, number, kind, mark, default = match.groups()
    labels = {None: Field.LABEL_OPTIONAL, "!": Field.LABEL_REQUIRED}
    field = message.field.add(name=name, number=int(number), label=labels.get(mark, Field.LABEL_REPEATED))
    scalar = f"TYPE_{kind.upper()}"
    if scalar in Field.Type.keys():  # noqa: SIM118 - the enum itself is no container
        field.type = Field.Type.Value(scalar)
    else:
        field.type_name = kind
    if mark == "[packed]":
        field.options.packed = True
    if default is not None:
        field.default_value = default


def _resolve(file: FileDescriptorProto) -> None:
    """Gives every field that is no scalar its full type name, and says whether that is an enum or a message."""
    from google.protobuf.descriptor_pb2 import FieldDescriptorProto as Field

    shared = {enum.name for enum in file.enum_type}
    for message in file.message_type:
        own = {enum.name for enum in message.enum_type}
        for field in message.field:
            if not field.type_name:
                continue
            scope = f".{PACKAGE}.{message.name}" if field.type_name in own else f".{PACKAGE}"
            field.type = Field.TYPE_ENUM if field.type_name in own | shared else Field.TYPE_MESSAGE
            field.type_name = f"{scope}.{field.type_name}"
