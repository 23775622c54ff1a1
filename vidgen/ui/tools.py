"""What an assistant can do here: tools with names, types and words that a stranger understands."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from vidgen import limits
from vidgen.directions import direction_groups
from vidgen.requests import ClipRequest, MorphRequest, SheetRequest
from vidgen.store.weights import DEFAULT_MODEL
from vidgen.studio import Studio
from vidgen.types import GeneratorSpec
from vidgen.ui.schemas import (
    CLIP,
    SHEET,
    Schema,
    clip_arguments,
    number,
    object_of,
    sheet_arguments,
)

SHOWN_FRAMES = 16  # of a clip, in the picture that an assistant sees
KINDS = {".webm": "video/webm", ".mp4": "video/mp4", ".gif": "image/gif", ".webp": "image/webp",
         ".apng": "image/apng", ".png": "image/png", ".json": "application/json",
         ".zip": "application/zip"}  # fmt: skip
KEPT = "The file is kept for an hour at most: download it, or call the tool again."

Address = Callable[[Path], str]  # of a rendered file


@dataclass(frozen=True)
class Tool:
    """A tool: what is told of it, and the function that answers with content and facts."""

    name: str
    title: str
    description: str
    arguments: dict[str, Schema]
    facts: dict[str, Schema]
    run: Callable[..., tuple[list[dict], dict]]
    required: tuple[str, ...] = ()

    def describe(self) -> dict:
        """As `tools/list` tells it."""
        return {
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "inputSchema": object_of(self.arguments, self.required),
            "outputSchema": object_of(self.facts, tuple(self.facts)),
            "annotations": {
                "title": self.title, "readOnlyHint": True, "destructiveHint": False,
                "idempotentHint": True, "openWorldHint": False,
            },
        }  # fmt: skip

    def call(self, arguments: dict, address: Address) -> tuple[list[dict], dict]:
        """Content and facts. Raises ValueError for what is not allowed."""
        for name in arguments:
            if name not in self.arguments:
                known = ", ".join(self.arguments) or "no arguments"
                raise ValueError(f"{self.name} takes {known}, not {limits.shown(name)}.")
        for name in self.required:
            if name not in arguments:
                raise ValueError(f"{self.name} needs {name}.")
        return self.run(address, **arguments)


def tools(studio: Studio) -> dict[str, Tool]:
    """The tools over a studio, by name.

    Their words name only the models that the owner offers: what visitors have fetched is named by
    strangers, whose words no assistant should take for instructions.
    """
    specs = _own_specs(studio)
    names = list(specs)
    draws_sheets = [name for name, spec in specs.items() if direction_groups(spec.actions)]
    clip = clip_arguments(specs)
    seed_b = number(limits.SEED, "The seed of clip B.", 1)
    mix = number(limits.MIX, "How far between the two: 0 is clip A, 1 is clip B.", 0.5)
    travel: Schema = {
        "type": "boolean", "default": False,
        "description": "True: start as A and turn into B, instead of staying at `mix`. With `loop` "
        "it comes back to A.",
    }  # fmt: skip
    ends = {"model": clip["model"], "seed_a": clip["seed"], "seed_b": seed_b}
    morph = ends | {"mix": mix, "travel": travel} | clip
    del morph["seed"]

    def list_models(address: Address) -> tuple[list[dict], dict]:
        found = studio.models()
        lines = [
            f"- {m['name']}: {m['resolution']} pixels, {m['fps']:g} frames a second, licence "
            f"{m['license'] or 'not stated'}; actions: {', '.join(m['actions']) or 'none'}"
            for m in found
        ]
        return [_text("\n".join(lines))], {"models": found}

    def make_clip(address: Address, **arguments: object) -> tuple[list[dict], dict]:
        return _clip(studio, ClipRequest, arguments, address)

    def make_morph(address: Address, **arguments: object) -> tuple[list[dict], dict]:
        seed = arguments.pop("seed_a", 0)
        return _clip(studio, MorphRequest, arguments | {"seed": seed}, address)

    def make_sprite_sheet(address: Address, **arguments: object) -> tuple[list[dict], dict]:
        return _sheet(studio, (draws_sheets or names or [DEFAULT_MODEL])[0], arguments, address)

    return {
        tool.name: tool
        for tool in (
            Tool(
                "list_models",
                "List the models",
                "Lists the video models that clips can be made with, and the actions that each "
                "knows. Not needed first: make_clip works without arguments.",
                {}, {"models": {"type": "array", "items": {"type": "object"}}}, list_models,
            ),
            Tool(
                "make_clip",
                "Make a video clip",
                "Generates a short video clip and returns a link to the file, with a picture of "
                "its first frames. Everything has a default. The models know only what they were "
                "trained on and take no text prompt: choose a model and one of its actions, and "
                "change the seed until you like what you see. The same seed is always the same "
                "clip.",
                clip, CLIP, make_clip,
            ),
            Tool(
                "make_morph",
                "Morph between two clips",
                "Generates a video clip between two others of the same model, A and B, each given "
                "by its seed, and returns a link to the file, with a picture of its first frames.",
                morph, CLIP, make_morph,
            ),
            *([Tool(
                "make_sprite_sheet",
                "Make a sprite sheet",
                "Draws a game character in all its actions and directions as one PNG, and the JSON "
                "that says which frame is where (as Aseprite exports it). Returns links to both.",
                sheet_arguments(specs, draws_sheets), SHEET, make_sprite_sheet,
            )] if draws_sheets else []),
        )
    }  # fmt: skip


def _clip(
    studio: Studio, kind: type[ClipRequest], arguments: dict, address: Address
) -> tuple[list[dict], dict]:
    """Renders a clip; what is None counts as not said."""
    said = {name: value for name, value in arguments.items() if value is not None}
    output = {name: said.pop(name) for name in ("size", "format", "background") if name in said}
    request = kind(**{"model": _default(studio)} | said)
    made = studio.render(request, **output)
    spec = studio.spec(request.model)
    facts = {
        **_said_of(studio, request, made, address),
        "frames": request.path(spec).frames,
        "fps": request.rate(spec),
    }
    words = (
        f"A clip of {facts['frames']:,} frames at {facts['fps']:g} a second, drawn by "
        f"{request.model}: {facts['url']}\n{KEPT} Licence: {facts['license']}. It is generated; it "
        "shows nobody real."
    )
    content = [_text(words), _link(made, facts["url"])]
    picture = _picture(studio, request, spec)
    if picture is not None:
        content.insert(1, picture)
        content[0]["text"] += " The picture shows its first frames, row by row."
    return content, facts


def _picture(studio: Studio, request: ClipRequest, spec: GeneratorSpec) -> dict | None:
    """The first frames of a clip, tile after tile; None if too much is wanted at the moment."""
    frames = request.frames
    if frames is None and not spec.timing:
        frames = SHOWN_FRAMES
    if frames is not None and not request.loop:  # a loop of fewer frames is another clip
        frames = min(frames, SHOWN_FRAMES)
    try:
        grid = studio.preview(replace(request, frames=frames)).grid
    except ValueError:
        return None
    return {
        "type": "image",
        "data": base64.b64encode(grid.image).decode(),
        "mimeType": grid.mime,
    }


def _sheet(
    studio: Studio, usual: str, arguments: dict, address: Address
) -> tuple[list[dict], dict]:
    said = {name: value for name, value in arguments.items() if value is not None}
    request = SheetRequest(**{"model": usual} | said)
    picture, described = studio.sheet(request)
    facts = _said_of(studio, request, picture, address) | {"json_url": address(described)}
    words = (
        f"A sprite sheet, drawn by {request.model}: {facts['url']}\nWhich frame is where: "
        f"{facts['json_url']}\n{KEPT} Licence: {facts['license']}."
    )
    links = [_link(picture, facts["url"]), _link(described, facts["json_url"])]
    return [_text(words), *links], facts


def _said_of(
    studio: Studio, request: ClipRequest | SheetRequest, made: Path, address: Address
) -> dict:
    return {
        "url": address(made),
        "kind": KINDS[made.suffix],
        "model": request.model,
        "seed": int(request.seed),
        "license": str(studio.terms(request.model)),
    }


def _own_specs(studio: Studio) -> dict[str, GeneratorSpec]:
    found = {}
    for name in studio.own_names():
        try:
            found[name] = studio.spec(name)
        except ValueError:  # whoever asks for it is told why
            continue
    return found


def _default(studio: Studio) -> str:
    return (studio.own_names() or [DEFAULT_MODEL])[0]


def _text(words: str) -> dict:
    return {"type": "text", "text": words}


def _link(file: Path, url: str) -> dict:
    return {"type": "resource_link", "uri": url, "name": file.name, "mimeType": KINDS[file.suffix]}
