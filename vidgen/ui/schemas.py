"""The arguments that tools take and the facts that they answer with, as JSON Schema."""

from __future__ import annotations

from vidgen import limits
from vidgen.directions import direction_groups
from vidgen.limits import Limit
from vidgen.pixels.sheet import LISTS
from vidgen.studio import FORMATS, SIZE
from vidgen.types import GeneratorSpec

MOST_WORDS = 24  # actions of a model that a description lists

Schema = dict[str, object]
FILE: dict[str, Schema] = {
    "url": {"type": "string", "description": "Where the file can be downloaded, for an hour."},
    "kind": {"type": "string", "description": "Its media type."},
    "model": {"type": "string"},
    "seed": {"type": "integer"},
    "license": {"type": "string", "description": "The terms of the model, and whom to name."},
}
CLIP = FILE | {"frames": {"type": "integer"}, "fps": {"type": "number"}}
SHEET = FILE | {
    "json_url": {"type": "string", "description": "Where it says which frame is where."}
}


def clip_arguments(specs: dict[str, GeneratorSpec]) -> dict[str, Schema]:
    """The arguments of make_clip."""
    action: Schema = {
        "type": "string",
        "description": "What is done; left out, the seed decides. Each model knows its own: "
        + _actions(specs),
    }
    return {
        "model": _model(list(specs)),
        "seed": number(limits.SEED, "Any whole number; another seed is another clip.", 0),
        "action": action,
        "frames": number(limits.FRAMES, "The length in frames. Left out, the model's own."),
        "fps": number(limits.FPS, "Frames a second. Left out, the model's own."),
        "loop": {
            "type": "boolean", "default": False,
            "description": "True: the last frame leads into the first, for endless playing.",
        },
        "truncation": number(
            limits.TRUNCATION, "Less is more typical, more is varied. Left out, the model's own."
        ),
        "size": number(limits.SIZE, "The side of the picture in pixels.", SIZE),
        "format": {
            "type": "string", "enum": list(FORMATS), "default": "webm",
            "description": "webm is a video; gif, webp and apng are moving pictures and keep "
            "transparency; png is one picture of all frames, zip holds each frame as a PNG.",
        },
        "background": {
            "type": "string", "default": limits.TRANSPARENT,
            "description": f"For models with transparency: {limits.TRANSPARENT}, "
            f"{limits.CHECKERBOARD} or a colour such as #336699.",
        },
    }  # fmt: skip


def sheet_arguments(specs: dict[str, GeneratorSpec], names: list[str]) -> dict[str, Schema]:
    """The arguments of make_sprite_sheet."""
    action: Schema = {
        "type": "string",
        "description": "One action instead of all: " + _actions({n: specs[n] for n in names}),
    }
    return {
        "model": _model(names),
        "seed": number(limits.SEED, "Any whole number; another seed is another character.", 0),
        "action": action,
        "scale": number(limits.SCALE, "The side of one pixel of the character, in pixels.", 1),
        "format": {
            "type": "string", "enum": list(LISTS), "default": LISTS[0],
            "description": "How the JSON lists the frames.",
        },
    }  # fmt: skip


def _actions(specs: dict[str, GeneratorSpec]) -> str:
    """The actions of models in words, an action in several directions once."""
    told = []
    for name, spec in specs.items():
        groups = direction_groups(spec.actions)
        known = list(groups) or list(spec.actions)
        more = ", ..." if len(known) > MOST_WORDS else ""
        if known:
            told.append(f"{name}: {', '.join(known[:MOST_WORDS])}{more}")
    return "; ".join(told) + "."


def _model(names: list[str]) -> Schema:
    default = {"default": names[0]} if names else {}
    return {"type": "string", "description": f"One of: {', '.join(names)}.", **default}


def number(limit: Limit, description: str, default: float | None = None) -> Schema:
    """A number within a limit."""
    told = {} if default is None else {"default": default}
    kind = "integer" if limit.whole else "number"
    bounds = {"minimum": limit.low, "maximum": limit.high}
    return {"type": kind, "description": description, **bounds, **told}


def object_of(properties: dict[str, Schema], required: tuple[str, ...]) -> Schema:
    """An object with exactly these."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }
