"""The words that a key of a law file may hold, to be named where it holds another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct, inspect


def words_at(kind: type[Struct], data: object, path: Sequence[str]) -> tuple[str, ...]:
    """Return what may stand at a path of keys and indices; nothing where that is not one of a few words.

    Of a table it is what its keys may be. ``data`` says which of several kinds of table it is.
    """
    kinds: list[inspect.Type] = [inspect.type_info(kind)]
    for key in path:
        kinds = [below for one in kinds for below in _below(one, key, data)]
        data = _inner(data, key)
    words = (word for one in kinds for flat in _flat(one) for word in _words(flat))
    return tuple(sorted(dict.fromkeys(words)))


def _flat(kind: inspect.Type) -> Iterator[inspect.Type]:
    match kind:
        case inspect.UnionType(types):
            for one in types:
                yield from _flat(one)
        case inspect.Metadata(inner):
            yield from _flat(inner)
        case _:
            yield kind


def _below(kind: inspect.Type, key: str, data: object) -> Iterator[inspect.Type]:
    for one in _flat(kind):
        match one:
            case inspect.StructType(fields=fields, tag_field=tag_field, tag=tag):
                if key == tag_field:
                    yield inspect.LiteralType((tag,))
                elif not tag_field or _inner(data, tag_field) == tag:
                    yield from (field.type for field in fields if field.encode_name == key)
            case inspect.VarTupleType(inner) | inspect.ListType(inner):
                yield inner
            case inspect.DictType(value_type=value):
                yield value


def _inner(data: object, key: str) -> object:
    match data:
        case dict():
            return data.get(key)
        case list():
            return data[int(key)]
        case _:
            return None


def _words(kind: inspect.Type) -> Iterator[str]:
    match kind:
        case inspect.LiteralType(values):
            yield from map(str, values)
        case inspect.DictType(key_type=inspect.LiteralType(values)):
            yield from map(str, values)
