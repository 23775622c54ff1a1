"""The command line: `python -m vidgen generate --model actions --seed 7 --frames 32 out.webm`."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, NoReturn

from vidgen import limits
from vidgen.commands import check, describe, encoded, listen, render, your_clip
from vidgen.commands.progress import bar
from vidgen.engine import about, prepared
from vidgen.files import NO_SPACE, whole_file
from vidgen.hardware import keep_freed_memory
from vidgen.pixels.provenance import place_in
from vidgen.pixels.sheet import LISTS
from vidgen.requests import (
    FRAMES,
    GENERATED,
    ClipRequest,
    MorphRequest,
    SheetRequest,
    fit_request,
    read_request,
)
from vidgen.sound import film
from vidgen.store.library import name_of
from vidgen.store.terms import Terms, metadata_of
from vidgen.store.weights import DEFAULT_MODEL
from vidgen.studio import FORMATS, SIZE, Studio
from vidgen.timeline import Timeline

KINDS: dict[str, type] = {
    "generate": ClipRequest, "morph": MorphRequest, "sheet": SheetRequest, "render": Timeline,
}  # fmt: skip


class Parser(argparse.ArgumentParser):
    """Answers a mistake with one sentence rather than with the usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{message[:1].upper()}{message[1:]}; {self.prog} --help says more.\n")


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line's options."""
    installed = Path(sys.argv[0]).stem == "vidgen"  # the command that `pip install .` makes
    name = "vidgen" if installed else "python -m vidgen"
    parser = Parser(name, description="Clips from a video GAN.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    picture = Parser(add_help=False)
    picture.add_argument(
        "--model", help=f"({DEFAULT_MODEL}) bundled name, .safetensors file, hub:user/repo@rev"
    )
    picture.add_argument(
        "--action", metavar="NAME", help="one of the model's; without its direction all of them"
    )
    picture.add_argument(
        "--truncation", type=number, metavar="N", help="0 the average, 1 full variety"
    )
    picture.add_argument("--snap", action="store_true", help="clean up: alpha is 0 or 1")
    picture.add_argument("--colors", type=number, metavar="N", help="clean up: at most N colours")

    file = Parser(add_help=False)
    file.add_argument("--fps", type=number, metavar="N", help="frame rate (the model's own)")
    file.add_argument("--size", type=number, metavar="PIXELS", help=f"({SIZE})")
    file.add_argument(
        "--background", metavar="COLOUR",
        help="what transparent clips are laid over: checkerboard or #rrggbb",
    )  # fmt: skip

    clip = Parser(add_help=False, parents=[picture, file])
    clip.add_argument("out", help=f"file to write: .{', .'.join(FORMATS)}")
    clip.add_argument(
        "--frames", type=number, metavar="N", help=f"({FRAMES}, or whole cycles of a character)"
    )
    clip.add_argument("--loop", action="store_true", help="the clip's end meets its beginning")
    clip.add_argument(
        "--motion-seed", type=number, metavar="N", help="moves as the clip of that seed does"
    )
    clip.add_argument("--speed", type=number, metavar="N", help="seconds of motion in one (1)")

    generate = commands.add_parser("generate", parents=[clip], help="the clip of a seed")
    generate.add_argument("--seed", type=number, metavar="N", help="(0)")
    generate.add_argument(
        "--place", metavar="FILE",
        help="what to draw: a .json, or a file that vidgen made; other options go before it",
    )  # fmt: skip

    morph = commands.add_parser("morph", parents=[clip], help="a clip between two seeds")
    morph.add_argument("--seed-a", type=number, default=0, metavar="N", dest="seed")
    morph.add_argument("--seed-b", type=number, default=1, metavar="N")
    way = morph.add_mutually_exclusive_group()
    way.add_argument("--mix", type=number, default=0.5, metavar="N", help="0 is A, 1 is B")
    way.add_argument("--travel", action="store_true", help="go from A to B over the clip")

    sheet = commands.add_parser("sheet", parents=[picture], help="the sprite sheet of a character")
    sheet.add_argument("out", help="picture to write: .png; a .json is written beside it")
    sheet.add_argument("--seed", type=number, default=0, metavar="N")
    sheet.add_argument("--scale", type=number, default=1, metavar="N", help="side of a pixel")
    sheet.add_argument("--format", choices=LISTS, default=LISTS[0], help="how it lists frames")

    encoded.add(commands, number, SIZE, FORMATS)
    your_clip.add(commands, number, DEFAULT_MODEL, SIZE, FORMATS)
    listen.add(commands, number, DEFAULT_MODEL, SIZE)

    render.add(commands, file, FORMATS)
    check.add(commands)
    describe.add(commands)
    commands.add_parser("models", help="the bundled models")
    return parser.parse_args(arguments)


def number(text: str) -> int | float | str:
    """The number that a text says, or the text, which the limits then refuse in their words."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def main(arguments: list[str] | None = None) -> int:
    """Does what the options say. Returns the exit code: 0 done, 1 the machine failed, 2 refused."""
    options = parse(arguments)
    try:
        if options.command == "models":
            print_models()
        elif options.command == "check":
            print(check.said(options.file))
        elif options.command == "describe":
            describe.make(options.sentence, options.out, options.model)
        elif options.command in (*encoded.COMMANDS, *your_clip.COMMANDS, "listen"):
            answer(options)
        else:
            make(options)
        return 0
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(failure(error, getattr(options, "out", None)), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped; nothing was written.", file=sys.stderr)
        return 130


def print_models() -> None:
    """One line per model: name, what it makes, where from, its terms; then what draws them."""
    models = Studio().models()
    if not models:
        raise ValueError("There are no bundled models here: name a file or a Hub model instead.")
    for model in models:
        size, actions = model["resolution"], ", ".join(model["actions"]) or "no actions"
        colours = "RGBA" if model["channels"] == 4 else "RGB"
        made = f"{size}x{size} {colours}, {model['fps']:g} fps, {actions}"
        terms = Terms(model["license"], model["attribution"])
        print(f"{model['name']:<12} {model['family']}: {made} ({model['source']}); {terms}")
    print(f"\n{about()}")


def make(options: argparse.Namespace) -> None:
    """Writes what the options describe. Raises ValueError with one sentence, OSError."""
    kind = KINDS[options.command]
    out, format = writable(options.out, FORMATS if kind is not SheetRequest else ("png",))
    keep_freed_memory()
    placed: ClipRequest | Timeline | None = None
    request: Any
    file: dict[str, Any] = {}
    outs: tuple[Path, ...] = (out,)
    remarks: list[str] = []
    if kind is Timeline:
        placed, file, remarks = render.read(options)
    elif getattr(options, "place", None) is not None:
        placed, file, remarks = read_request(place_in(Path(options.place)))
    say(remarks)
    if placed is not None and options.model is None:
        options.model = placed.model
    studio, options.model = opened(DEFAULT_MODEL if options.model is None else options.model)
    try:
        if isinstance(placed, Timeline):
            request = placed.of(options.model)
        elif placed is None:
            request = replace(kind(options.model), **given(options, kind))
        else:
            placed, remarks = fit_request(placed, studio.spec(options.model))
            say(remarks)
            request = replace(placed, **given(options, kind))
        if isinstance(request, SheetRequest):
            outs = out, out.with_suffix(".json")
            picture, described = studio.sheet(request, out.name, bar("frames"))
            deliver([picture, described], outs)
        else:
            size = file.get("size", SIZE) if options.size is None else options.size
            background = options.background or file.get("background") or limits.TRANSPARENT
            clip = studio.render(request, size, format, background, bar("frames"))
            deliver([clip], outs)
        print(f"{' and '.join(map(str, outs))}: by {studio.describe(options.model)['source']}")
    finally:
        studio.close()


def answer(options: argparse.Namespace) -> None:
    """Writes what a model makes of a clip or a sound. Raises ValueError as `make` does, OSError."""
    hears = options.command == "listen"
    out, _ = writable(options.out, (film.FORMAT,) if hears else FORMATS)
    keep_freed_memory()
    studio, options.model = opened(options.model)
    try:
        generator = prepared(studio.generator(options.model))
        source = studio.describe(options.model)["source"]
        made = film.MADE if hears else f"{options.command} of a clip"
        said = {"made": made, "model": options.model, "weights": source}
        said |= {"generated": GENERATED} | metadata_of(studio.terms(options.model))
        if options.command in encoded.COMMANDS:
            encoded.make(options, generator, out, json.dumps(said))
        elif hears:
            listen.make(options, generator, out, json.dumps(said), bar("frames"))
        else:
            your_clip.make(options, generator, out, json.dumps(said), bar("steps"))
        print(f"{out}: by {source}")
    finally:
        studio.close()


def writable(name: str, suffixes: Sequence[str]) -> tuple[Path, str]:
    """The file to write and its format. Raises ValueError if it can't be one."""
    out = Path(name)
    format = limits.check_choice(
        "The file's suffix", out.suffix.lower().lstrip("."), tuple(suffixes)
    )
    if not out.absolute().parent.is_dir():
        raise ValueError(f"There is no folder {out.parent} to write to.")
    if out.is_dir():
        raise ValueError(f"{out} is a folder: name a file in it.")
    return out, format


def given(options: argparse.Namespace, kind: type) -> dict[str, Any]:
    """The fields of a request that the command line says something of."""
    named = {field.name: getattr(options, field.name, None) for field in fields(kind)}
    return {name: value for name, value in named.items() if not (value is None or value is False)}


def say(remarks: Sequence[str]) -> None:
    """Says what is left out of a place."""
    for remark in remarks:
        print(remark, file=sys.stderr)


def opened(model: str) -> tuple[Studio, str]:
    """A studio that knows `model` and the name it has there."""
    if model.startswith("hub:"):
        studio = Studio()
        return studio, studio.fetch(model, bar("bytes"))
    if model.endswith(".safetensors"):
        return Studio(model), name_of(model)
    return Studio(), model


def deliver(files: Sequence[Path], outs: Sequence[Path]) -> None:
    """Copies finished files to `outs`, all of them or none, and at no moment half of one."""
    with ExitStack() as stack:
        parts = [stack.enter_context(whole_file(out, out.suffix)) for out in outs]
        for file, part in zip(files, parts, strict=True):
            shutil.copyfile(file, part)


def failure(error: OSError, out: str | None) -> str:
    """One sentence; of a full disk, about the file that was asked for, whichever one was cut."""
    name, reason = error.filename or "A file", error.strerror or error
    if out is None or error.errno not in NO_SPACE:
        return f"{name} failed: {reason}."
    waiting, cut = Path(tempfile.gettempdir()), Path(name).absolute().parents
    beside = Path(out).absolute().parent in cut  # its own disk is full, and not that of TMPDIR
    where = f" (in {waiting}, where it is made; TMPDIR names another)"
    return f"{out} failed: {reason}{where if waiting in cut and not beside else ''}."


if __name__ == "__main__":
    sys.exit(main())
