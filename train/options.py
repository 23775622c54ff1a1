"""What `python -m train` takes: the settings of a run that have a help, family by family."""

from __future__ import annotations

import argparse
import typing
from collections.abc import Iterator
from pathlib import Path

from train.config import TrainConfig
from train.data import KINDS
from train.families import FAMILIES
from vidgen.settings import Setting, options_of


def build_parser(description: str | None = None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m train",
        usage="%(prog)s [-h] (--data DATA --out OUT | --resume RUN) [settings]",
        description=description,
        epilog="Defaults stand in brackets. Settings with a * may change on --resume.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--data", help="; ".join(f"{kind}: {what}" for kind, (what, _) in KINDS.items()))
    add("--out", type=Path, help="the folder of a new run")
    add("--resume", type=Path, metavar="RUN", help="the folder of a run to go on with")
    add(
        "--start",
        metavar="MODEL",
        help="a model to start from: a bundled name, a .safetensors file or hub:user/repo",
    )
    groups: dict[str, typing.Any] = {"": parser}
    for option, path, about, defaults in all_options():
        title = path.rpartition(".")[2]
        if path and len(defaults) < len(FAMILIES):
            title += f", with --family {' or '.join(defaults)}"
        if title not in groups:
            groups[title] = parser.add_argument_group(title)
        _add(groups[title], option, about, defaults)
    return parser


def all_options() -> Iterator[tuple[str, str, Setting, dict[str, object]]]:
    """(option, path, setting, default by family) of every setting that some family has."""
    found: dict[str, tuple[str, Setting, dict[str, object]]] = {}
    for family in FAMILIES:
        for option, path, about, value in options_of(TrainConfig(data="", family=family)):
            found.setdefault(option, (path, about, {}))[2][family] = value
    for option, (path, about, defaults) in found.items():
        yield option, path, about, defaults


def given_options(options: argparse.Namespace) -> dict[str, object]:
    """The settings that were given on the command line, by option."""
    known = {option for option, *_ in all_options()}
    return {n: v for n, v in vars(options).items() if n in known and v is not None}


def flag(option: str) -> str:
    return f"--{option.replace('_', '-')}"


def words_of(option: str, about: Setting, value: object) -> list[str]:
    """A value as words of the command line."""
    if isinstance(value, bool):
        return [flag(option if value else f"no_{option}")]
    return [flag(option), about.written(value) if about.written else str(value)]


def _add(group: typing.Any, option: str, about: Setting, defaults: dict[str, object]) -> None:
    first = next(iter(defaults.values()))
    said = f"{about.help} ({_default(about, defaults)})"
    if about.may_change:
        said += " *"
    said = said.replace("%", "%%")
    if isinstance(first, bool):
        group.add_argument(flag(option), action=argparse.BooleanOptionalAction, help=said)
        return
    kind = about.parse or (type(first) if first is not None else float)
    choices = list(about.choices) or None
    group.add_argument(flag(option), type=kind, choices=choices, metavar=about.metavar, help=said)


def _default(about: Setting, defaults: dict[str, object]) -> str:
    """The default in words; those of families that have another one behind it."""
    if about.shown:
        return about.shown
    texts = {family: _in_words(about, value) for family, value in defaults.items()}
    first, *_ = texts.values()
    others = [f"{family}: {text}" for family, text in texts.items() if text != first]
    return "; ".join([first, *others])


def _in_words(about: Setting, value: object) -> str:
    if about.written:
        return about.written(value)
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, int | float):
        return f"{value:,g}" if abs(value) < 1_000 else f"{value:,.0f}"
    return str(value) or "none"
