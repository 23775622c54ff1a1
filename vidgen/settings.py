"""A setting is one line of a dataclass: type, default, limit, help, and whether it may change.

    gamma: float | None = setting(None, "weight of the penalties", limit=(0, 1e4), may_change=True)

Limits are checked by `check_settings`, called in `__post_init__`; a setting with a help is an
option of the command line (train/options.py). A subclass that gives a setting another default
(`learning_rate: float = 2e-4`) keeps the rest of its line.
"""

from __future__ import annotations

import dataclasses
import functools
import numbers
import typing
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from vidgen.limits import Limit, check_choice, shown

KEY = "setting"  # in a field's metadata


@dataclass(frozen=True)
class Setting:
    """What stands at a field beside its type and default.

    option: its name on the command line, if not the field's own; name: in sentences, likewise;
    limit: (lowest, highest), both allowed; follows: another field, from which it is derived anew
    (None) if only that one is given; shown: the default in words, if it follows from something;
    parse: text of the command line -> value; written: value -> that text; once: the field's name
    in files of earlier versions.
    """

    help: str | None = None
    option: str | None = None
    name: str | None = None
    limit: tuple[float, float] | None = None
    choices: Collection[str] = ()
    may_change: bool = False
    follows: str | None = None
    shown: str | None = None
    metavar: str | None = None
    parse: Callable[[str], object] | None = None
    written: Callable[[typing.Any], str] | None = None
    once: str | None = None


def setting(default: typing.Any, help: str | None = None, **about: typing.Any) -> typing.Any:
    """A dataclass field with a default and what a `Setting` says."""
    return dataclasses.field(default=default, metadata={KEY: Setting(help, **about)})


def settings_of(kind: type) -> dict[str, Setting]:
    """The settings of a dataclass by field, without what is nested in it."""
    return {field.name: _setting(kind, field.name) for field in dataclasses.fields(kind)}


def with_names_of_now(kind: type, values: dict[str, typing.Any]) -> dict[str, typing.Any]:
    """The values of a dataclass from a file, if need be an earlier version's, by field."""
    now = {about.once: field for field, about in settings_of(kind).items() if about.once}
    return {now.get(name, name): value for name, value in values.items()}


def check_settings(part: typing.Any) -> None:
    """Raises ValueError if a value of a dataclass is not what its field's line says."""
    hints = _hints(part.__class__)
    for field, about in settings_of(type(part)).items():
        value, kinds = getattr(part, field), (hints[field], *typing.get_args(hints[field]))
        name = about.name or field.replace("_", " ")
        if value is None and type(None) in kinds:
            continue
        if about.limit:
            Limit(name, *about.limit, whole=int in kinds).check(value)
        elif not _is(value, hints[field]):
            wanted = getattr(hints[field], "__name__", str(hints[field]))
            raise ValueError(f"{name} must be of type {wanted}, not {shown(value)}.")
        if about.choices:
            check_choice(name, value, tuple(about.choices))


@functools.cache
def _hints(kind: type) -> dict[str, typing.Any]:
    return typing.get_type_hints(kind)


def _is(value: object, hint: typing.Any) -> bool:
    """Whether a value is what an annotation says: plain values, tuples, dataclasses, unions."""
    kinds = typing.get_args(hint)
    if typing.get_origin(hint) is tuple:
        if not isinstance(value, tuple):
            return False
        if kinds[-1] is not Ellipsis:
            return len(value) == len(kinds) and all(map(_is, value, kinds))
        return all(_is(item, kinds[0]) for item in value)
    if kinds:
        return any(_is(value, kind) for kind in kinds)
    if hint is typing.Any:
        return True
    if hint in (int, float):
        number = numbers.Integral if hint is int else numbers.Real
        return isinstance(value, number) and not isinstance(value, bool)
    return isinstance(value, hint)


def options_of(part: object) -> Iterator[tuple[str, str, Setting, object]]:
    """(option, path, setting, value) of all settings of a dataclass that the command line takes.

    The path is that of the part which the setting belongs to, as in "objective.critic", or "".
    """

    def walk(part: object, path: str) -> Iterator[tuple[str, str, Setting, object]]:
        for field, about in settings_of(type(part)).items():
            value = getattr(part, field)
            if dataclasses.is_dataclass(value):
                yield from walk(value, f"{path}.{field}" if path else field)
            elif about.help:
                yield about.option or field, path, about, value

    return walk(part, "")


def replaced(part: typing.Any, given: Mapping[str, object]) -> typing.Any:
    """A dataclass, and what is nested in it, with the values given by option.

    Options that are none of its own are passed over. Raises ValueError if a value is refused.
    """
    changed = {}
    about = settings_of(type(part))
    for field in about:
        value, option = getattr(part, field), about[field].option or field
        if dataclasses.is_dataclass(value):
            changed[field] = replaced(value, given)
        elif about[field].help and option in given:
            changed[field] = given[option]
    for field in about:
        if about[field].follows in changed and field not in changed:
            changed[field] = None
    return dataclasses.replace(part, **changed)


def _setting(kind: type, field: str) -> Setting:
    for base in kind.__mro__:
        found = getattr(base, "__dataclass_fields__", {}).get(field)
        if found and KEY in found.metadata:
            return found.metadata[KEY]
    return Setting()
