"""A trained model to the Hugging Face Hub: weights, model card, picture and history in one commit.

`python -m train.publish RUN user/repo` takes any folder with a model.safetensors. A README.md in
it is used as it is; without one a model card is written. Checkpoints stay at home.
"""

from __future__ import annotations

import argparse
import logging
import re
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from train.pictures.sheets import generated_rows, write_sheet
from train.publish.card import PICTURE, read_facts, write_card
from vidgen.limits import shown
from vidgen.store.background import in_background
from vidgen.store.hub import is_repository
from vidgen.store.network import Unreachable, obstacle
from vidgen.store.terms import terms_of_card
from vidgen.store.weights import FILE_NAME, load_generator, with_terms
from vidgen.types import Generator

PATIENCE = 30.0  # seconds for a question or a commit
SLOWEST_UPLOAD = 50_000  # bytes a second, on top of that
PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp")

T = TypeVar("T")


class PublishError(ValueError):
    """Why nothing was published; its text is one sentence for people."""


@dataclass(frozen=True)
class Package:
    """What is published: contents by name, and what the publisher should know beforehand."""

    files: dict[str, bytes]
    summary: str
    notes: tuple[str, ...] = ()


def pack(
    run: Path,
    repo: str,
    licence: str | None = None,
    credit: str | None = None,
    hardware: str | None = None,
) -> Package:
    """Everything that `repo` would hold. Raises ValueError if `run` has no usable model."""
    if not (run / FILE_NAME).is_file():
        raise PublishError(f"{run} holds no {FILE_NAME}: name the folder of a run or of a model.")
    generator = load_generator(run / FILE_NAME)
    facts = read_facts(run)
    files = {FILE_NAME: (run / FILE_NAME).read_bytes(), PICTURE: _picture(generator)}
    for name in ("history.json", "scores.json"):
        if (run / name).is_file():
            files[name] = (run / name).read_bytes()
    notes = []
    if (run / "README.md").is_file():
        files["README.md"] = (run / "README.md").read_bytes()
        for name in _pictures(files["README.md"].decode(errors="replace")):
            found = (run / name).resolve()
            if found.is_relative_to(run.resolve()) and found.is_file():
                files[name] = found.read_bytes()
            elif name not in files:
                notes.append(f"README.md shows {name}, which does not lie in {run}: left out.")
    else:
        card = write_card(repo, generator, facts, licence, credit, hardware)
        if "license: unknown" in card:
            notes.append("the card says that the licence is unknown: give --data-licence.")
        files["README.md"] = card.encode()
    terms = terms_of_card(files["README.md"].decode(errors="replace"))
    files[FILE_NAME] = with_terms(files[FILE_NAME], terms)
    clips = facts.history[-1].get("clips") if facts.history else None
    summary = f"{generator.spec.family}, {generator.spec.resolution} pixels"
    if isinstance(clips, int):
        summary += f", {clips:,} clips"
    return Package(files, summary, tuple(notes))


def publish(
    package: Package,
    repo: str,
    *,
    private: bool = False,
    message: str | None = None,
    endpoint: str | None = None,
    patience: float = PATIENCE,
) -> str:
    """Commits a package to `repo` ("user/name"), which is made if it is not there.

    Returns the address of the commit. All files arrive in one commit or none does; a repository
    that was made for it may then stay behind, empty. Raises PublishError with one sentence.
    """
    from huggingface_hub import CommitOperationAdd, HfApi, get_token

    check_repo(repo)
    if reason := obstacle(endpoint):
        raise PublishError(reason)
    # Its warnings of every retry say what one sentence says in the end.
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
    api = HfApi(endpoint=endpoint)
    additions = [CommitOperationAdd(name, data) for name, data in sorted(package.files.items())]
    upload = patience + sum(map(len, package.files.values())) / SLOWEST_UPLOAD

    def create() -> None:
        if get_token() is None:
            raise PublishError("No token on this machine: log in with `hf auth login`.")
        # None, not False: an organisation's own default may be private.
        api.create_repo(repo, private=private or None, exist_ok=True)
        if private and not api.repo_info(repo).private:
            raise PublishError(
                f"{repo} is public already: make it private on its page, or leave out --private."
            )

    def commit() -> str:
        return api.create_commit(
            repo, additions, commit_message=message or package.summary
        ).commit_url

    silent = "The Hub kept silent while {}: nothing was published."
    _in_time(create, repo, patience, silent.format("it was asked for the repository"))
    # The commit names what was uploaded before. One that is given up here never comes to it.
    _in_time(
        lambda: api.preupload_lfs_files(repo, additions, free_memory=False),
        repo,
        upload,
        silent.format("the weights were uploaded"),
    )
    return _in_time(
        commit,
        repo,
        patience,
        f"The Hub did not answer to the commit: look at the page of {repo}, which shows whether "
        "it arrived.",
    )


def check_repo(repo: str) -> None:
    """Raises PublishError if `repo` is not of the form user/name."""
    if not is_repository(repo):
        raise PublishError(f"A repository of the Hub reads user/name, not {shown(repo)}.")


def _in_time(action: Callable[[], T], repo: str, seconds: float, silent: str) -> T:
    """action(), or PublishError: with what went wrong, or `silent` after so many seconds."""
    try:
        return in_background(lambda tell: action(), patience=seconds, deadline=seconds)
    except Unreachable:  # of in_background: huggingface_hub itself waits without limit
        raise PublishError(silent) from None
    except PublishError:
        raise
    except Exception as error:
        raise _explained(error, repo) from error


def _explained(error: Exception, repo: str) -> PublishError:
    """One sentence for what huggingface_hub raised."""
    from huggingface_hub import errors

    # The upload of a large file wraps what went wrong.
    if isinstance(error, RuntimeError) and isinstance(error.__cause__, Exception):
        error = error.__cause__
    owner = repo.partition("/")[0]
    if isinstance(error, errors.HfHubHTTPError):
        status = error.response.status_code
        sentence = {
            400: f"The Hub refused what was sent to {repo}: {_inline(error.server_message)}.",
            401: "The Hub does not know this machine's token: log in with `hf auth login`.",
            403: f"This machine's token may not write to {repo}: is the name right, and may the "
            "token write?",
            404: f"There is no user or organisation {owner} on the Hub.",
            413: f"The Hub finds the files for {repo} too large.",
            429: "The Hub asks to wait: try again in some minutes.",
        }.get(status, f"The Hub refused {repo} with status {status}.")
        return PublishError(sentence)
    if isinstance(error, errors.HTTPError | ConnectionError):  # also offline mode
        return PublishError("The Hub could not be reached; check the network.")
    if isinstance(error, ValueError) and "README.md" in str(error):
        return PublishError(f"The Hub refused the head of README.md: {_inline(error)}.")
    if isinstance(error, ValueError):  # JSON was expected: a proxy's page, a portal's
        return PublishError("What answered is not a Hub; check HF_ENDPOINT and the network.")
    return PublishError(f"{repo} could not be published ({_inline(error)}).")


def _inline(error: object) -> str:
    return " ".join(str(error).split())[:160].rstrip(".")


def _picture(generator: Generator) -> bytes:
    # Of these weights: a sheet of the run may be older than they are.
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / PICTURE
        write_sheet([generated_rows(generator)], path)
        return path.read_bytes()


def _pictures(text: str) -> list[str]:
    """The local pictures that a Markdown text shows."""
    links = re.findall(r"!\[[^\]]*\]\(([^)\s]+)", text)
    return [link for link in links if ":" not in link and link.lower().endswith(PICTURES)]


def main(arguments: list[str] | None = None) -> int:
    options = build_parser().parse_args(arguments)
    try:
        check_repo(options.repo)
        package = pack(
            options.run, options.repo, options.data_licence, options.data_credit, options.hardware
        )
        for note in package.notes:
            print(f"train.publish: {note}", file=sys.stderr)
        if options.dry_run:
            write_out(package, options.dry_run)
            print(f"Not published: {options.dry_run} holds what {options.repo} would hold.")
            return 0
        url = publish(package, options.repo, private=options.private, message=options.message)
    except (ValueError, OSError) as error:
        print(f"train.publish: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("train.publish: stopped.", file=sys.stderr)
        return 130
    print(f"Published: {url}\nOpen it: python app.py --hub {options.repo}")
    return 0


def write_out(package: Package, folder: Path) -> None:
    """Writes a package's files. Raises PublishError if the folder already holds something."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise PublishError(f"{folder} is not an empty folder: name a new one.")
    for name, content in package.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m train.publish", description=__doc__)
    parser.add_argument("run", type=Path, help="the folder of a run, or any with model.safetensors")
    parser.add_argument("repo", help="user/name on the Hub; made if it is not there")
    parser.add_argument("--private", action="store_true", help="nobody else may see it")
    parser.add_argument("--data-licence", help="of what it learnt from, as in cc-by-sa-3.0")
    parser.add_argument("--data-credit", help="whom to name for the data, a sentence in Markdown")
    parser.add_argument("--hardware", help="what it was trained on, a few words for the card")
    parser.add_argument("--message", help="of the commit")
    parser.add_argument("--dry-run", metavar="FOLDER", type=Path, help="write there, send nothing")
    return parser
