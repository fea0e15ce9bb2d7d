"""Frozen dataclasses to plain values and back, checked by their annotations."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints


def read[Kind](kind: type[Kind], document: Any) -> Kind:
    """What ``dataclasses.asdict`` wrote, read back; ValueError where it is not of this shape."""
    try:
        value: Kind = _read(kind, document)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"This is no {kind.__name__}: {error!r}.") from error
    return value


def _read(kind: Any, value: Any) -> Any:
    if is_dataclass(kind):
        return _read_fields(kind, value)
    arguments = get_args(kind)
    match get_origin(kind):
        case origin if origin is tuple:
            return tuple(_read(arguments[0], each) for each in value)
        case origin if origin is Mapping:
            return {name: _read(arguments[1], each) for name, each in value.items()}
        case origin if origin is UnionType:
            (other,) = (each for each in arguments if each is not NoneType)
            return None if value is None else _read(other, value)
        case _:
            return value


def _read_fields(kind: Any, value: Any) -> Any:
    hints = _hints(kind)
    return kind(**{name: _read(hint, value[name]) for name, hint in hints.items()})


@cache
def _hints(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {each.name: hints[each.name] for each in fields(kind)}
