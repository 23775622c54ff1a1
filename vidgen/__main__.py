"""The command line: `python -m vidgen generate --model actions --seed 7 --frames 32 out.webm`."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

from vidgen import limits
from vidgen.hardware import keep_freed_memory
from vidgen.library import name_of
from vidgen.studio import FORMATS, FRAMES, SIZE, Studio

BAR = 30  # characters of the progress bar


class Parser(argparse.ArgumentParser):
    """Answers a mistake with one sentence rather than with the usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{message[:1].upper()}{message[1:]}; {self.prog} --help says more.\n")


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line's options."""
    parser = Parser("python -m vidgen", description="Clips from a video GAN.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    clip = argparse.ArgumentParser(add_help=False)
    clip.add_argument("out", help=f"file to write: .{', .'.join(FORMATS)}")
    clip.add_argument(
        "--model", default="actions", help="bundled name, .safetensors file or hub:user/repo@rev"
    )
    clip.add_argument("--frames", type=number, default=FRAMES, metavar="N")
    clip.add_argument("--fps", type=number, metavar="N", help="frame rate (the model's own)")
    clip.add_argument("--action", metavar="NAME", help="one of the model's (the seed's own)")
    clip.add_argument(
        "--truncation", type=number, metavar="N", help="0 the average, 1 full variety"
    )
    clip.add_argument("--loop", action="store_true", help="the clip's end meets its beginning")
    clip.add_argument("--size", type=number, default=SIZE, metavar="PIXELS")

    generate = commands.add_parser("generate", parents=[clip], help="the clip of a seed")
    generate.add_argument("--seed", type=number, default=0, metavar="N")

    morph = commands.add_parser("morph", parents=[clip], help="a clip between two seeds")
    morph.add_argument("--seed-a", type=number, default=0, metavar="N")
    morph.add_argument("--seed-b", type=number, default=1, metavar="N")
    way = morph.add_mutually_exclusive_group()
    way.add_argument("--mix", type=number, default=0.5, metavar="N", help="0 is A, 1 is B")
    way.add_argument("--travel", action="store_true", help="go from A to B over the clip")

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
        else:
            make(options)
        return 0
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{error.filename or 'A file'} failed: {error.strerror or error}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped; nothing was written.", file=sys.stderr)
        return 130


def print_models() -> None:
    """One line a model: name, what it makes, where it is from."""
    models = Studio().models()
    if not models:
        raise ValueError("There are no bundled models here: name a file or a Hub model instead.")
    for model in models:
        size, actions = model["resolution"], ", ".join(model["actions"]) or "no actions"
        colours = "RGBA" if model["channels"] == 4 else "RGB"
        made = f"{size}x{size} {colours}, {model['fps']:g} fps, {actions}"
        print(f"{model['name']:<12} {model['family']}: {made} ({model['source']})")


def make(options: argparse.Namespace) -> None:
    """Writes the clip that the options describe. Raises ValueError with one sentence, OSError."""
    out = Path(options.out)
    format = limits.check_choice("The file's suffix", out.suffix.lower().lstrip("."), FORMATS)
    if not out.absolute().parent.is_dir():
        raise ValueError(f"There is no folder {out.parent} to write to.")
    if out.is_dir():
        raise ValueError(f"{out} is a folder: name a file in it.")
    keep_freed_memory()
    studio, model = opened(options.model)
    try:
        shared = {
            name: getattr(options, name)
            for name in ("frames", "fps", "action", "truncation", "loop", "size")
        }
        shared |= {"format": format, "progress": bar("frames")}
        if options.command == "generate":
            clip = studio.generate(model, options.seed, **shared)
        else:
            seeds = options.seed_a, options.seed_b
            clip = studio.morph(model, *seeds, options.mix, options.travel, **shared)
        deliver(clip, out)
        print(f"{out}: by {studio.describe(model)['source']}")
    finally:
        studio.close()


def opened(model: str) -> tuple[Studio, str]:
    """A studio that knows `model` and the name it has there."""
    if model.startswith("hub:"):
        studio = Studio()
        return studio, studio.fetch(model, bar("bytes"))
    if model.endswith(".safetensors"):
        return Studio(model), name_of(model)
    return Studio(), model


def deliver(file: Path, out: Path) -> None:
    """Copies a finished file to `out`, which is at no moment half of one."""
    handle, part = tempfile.mkstemp(dir=out.absolute().parent, prefix=".", suffix=out.suffix)
    os.close(handle)
    try:
        shutil.copyfile(file, part)
        os.chmod(part, 0o644)  # mkstemp's own mode shuts everybody else out
        os.replace(part, out)
    finally:
        Path(part).unlink(missing_ok=True)


def bar(unit: str):
    """A progress bar to call with (done, total), on stderr where somebody sees it."""

    def show(done: int, total: int) -> None:
        if sys.stderr.isatty() and total:
            filled = "█" * (BAR * done // total)
            end = "\n" if done >= total else ""
            sys.stderr.write(f"\r{filled:·<{BAR}} {done:,} of {total:,} {unit}{end}")
            sys.stderr.flush()

    return show


if __name__ == "__main__":
    sys.exit(main())
