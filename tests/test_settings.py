"""A setting is one line: its limit is kept, it is an option, the help says its default."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

import pytest

from train.config import TrainConfig
from train.data import KINDS
from train.families import FAMILIES
from train.options import all_options, build_parser, flag, given_options, words_of
from vidgen.settings import check_settings, options_of, replaced, setting, with_names_of_now


@dataclass(frozen=True)
class Brush:
    width: int = setting(3, "of a line, in pixels", limit=(1, 9))
    hidden: float = setting(0.5, limit=(0, 1))

    def __post_init__(self) -> None:
        check_settings(self)


@dataclass(frozen=True)
class Painting:
    style: str = setting("flat", "how it looks", choices=("flat", "soft"))
    gloss: float = setting(None, "of the varnish", follows="style", limit=(0, 1))
    grain: float | None = setting(None, "of the paper", name="paper grain", limit=(0, 1))
    brush: Brush = field(default_factory=Brush)

    def __post_init__(self) -> None:
        if self.gloss is None:
            object.__setattr__(self, "gloss", {"flat": 0.0, "soft": 1.0}.get(self.style))
        check_settings(self)


@dataclass(frozen=True)
class Fresco(Painting):
    style: str = "soft"


@pytest.mark.parametrize(
    "kind, values, sentence",
    [
        (Brush, {"width": 10}, "width must be a whole number from 1 to 9, not 10"),
        (Brush, {"width": 1.5}, "width must be a whole number from 1 to 9, not 1.5"),
        (Brush, {"width": None}, "width must be a whole number"),
        (Brush, {"hidden": 2}, "hidden must be a number from 0 to 1, not 2"),
        (Painting, {"style": "wet"}, "style must be one of flat, soft, not 'wet'"),
        (Painting, {"grain": -1}, "paper grain must be a number from 0 to 1, not -1"),
        (Fresco, {"style": "wet"}, "style must be one of flat, soft"),
        (Fresco, {"grain": 7}, "paper grain must be"),
    ],
)
def test_a_value_beyond_its_limit_is_refused_in_a_sentence(kind, values, sentence):
    with pytest.raises(ValueError, match=sentence):
        kind(**values)


def test_a_setting_that_may_be_absent_may_be():
    assert Painting().grain is None


def test_settings_with_a_help_are_options_wherever_they_are_nested():
    found = {option: (path, value) for option, path, _, value in options_of(Fresco())}
    assert found == {
        "style": ("", "soft"),
        "gloss": ("", 1.0),
        "grain": ("", None),
        "width": ("brush", 3),
    }


def test_what_is_given_replaces_and_the_rest_stays():
    painting = Painting(grain=0.25, brush=Brush(hidden=0.75))
    changed = replaced(painting, {"width": 5, "unknown": 1, "hidden": 0.1})
    assert changed == dataclasses.replace(painting, brush=Brush(width=5, hidden=0.75))
    with pytest.raises(ValueError, match="width must be"):
        replaced(painting, {"width": 50})


def test_what_follows_from_a_setting_is_derived_anew_unless_it_is_given_too():
    assert replaced(Painting(gloss=0.3), {"grain": 0.5}).gloss == 0.3
    assert replaced(Painting(gloss=0.3), {"style": "soft"}).gloss == 1.0
    assert replaced(Painting(), {"style": "soft", "gloss": 0.2}).gloss == 0.2


def test_an_older_name_is_read_as_the_one_of_now():
    @dataclass(frozen=True)
    class Renamed:
        breadth: int = setting(3, once="width")

    assert with_names_of_now(Renamed, {"width": 4, "more": 1}) == {"breadth": 4, "more": 1}


OPTIONS = list(all_options())


@pytest.mark.parametrize("option, about, defaults", [(o, a, d) for o, _, a, d in OPTIONS])
def test_the_help_says_the_default_of_every_family_and_what_may_change(option, about, defaults):
    (action,) = (a for a in build_parser()._actions if flag(option) in a.option_strings)
    said = action.help
    if not about.shown:
        for value in defaults.values():
            assert _shown(about, value) in said
    assert said.startswith(about.help) and said.endswith(" *") == about.may_change
    assert action.default is None, "what was not given must not look as if it was"


def _shown(about, value) -> str:
    if about.written:
        return about.written(value)
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, int | float) and value >= 1_000:
        return f"{value:,.0f}"
    return f"{value:g}" if isinstance(value, int | float) else value or "none"


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_a_value_written_for_the_command_line_is_read_back(family):
    for option, _, about, value in options_of(TrainConfig(data="", family=family)):
        if value is not None and value != "":
            options = build_parser().parse_args(words_of(option, about, value))
            assert given_options(options) == {option: value}


def test_the_help_names_every_kind_of_data():
    (action,) = (a for a in build_parser()._actions if a.dest == "data")
    assert all(f"{kind}: {what}" in action.help for kind, (what, _) in KINDS.items())
    prefixed = {"lpc:FOLDER", "sprites:FOLDER", "loops:FOLDER", "pictures:FOLDER"}
    assert set(KINDS) == {"shapes", "FOLDER"} | prefixed
