"""Weights from the Hugging Face Hub, within a deadline, checked; or one sentence why not.

`huggingface_hub` waits long for a network that is not there: 23 s for a name that does not
resolve, over 200 s for a server that hangs. So it works in a thread here, and who waits for it
gives up when it has said nothing for a while.
"""

from __future__ import annotations

import hashlib
import logging
import os
import queue
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from vidgen import limits

PATIENCE = 10.0  # seconds without an answer or a byte
DEADLINE = 180.0  # seconds in all
DEFAULT_REVISION = "main"
_CHUNK = 1 << 16  # bytes between two calls of progress

Progress = Callable[[int, int], None]


class HubError(ValueError):
    """Weights that the Hub did not give; its text is one sentence for people."""


class Unreachable(HubError):
    """The Hub did not answer, so a cached copy may stand in."""


@dataclass(frozen=True)
class Fetched:
    """A file of a repository at a commit; `stale` where the Hub could not be asked for newer."""

    path: Path
    repo: str
    commit: str
    stale: bool = False

    @property
    def origin(self) -> str:
        note = " (cached copy, the Hub could not be reached)" if self.stale else ""
        return f"hub {self.repo} at {self.commit[:12]}{note}"


def fetch(
    source: str,
    file_name: str,
    *,
    progress: Progress | None = None,
    endpoint: str | None = None,
    cache_dir: str | Path | None = None,
    patience: float = PATIENCE,
    deadline: float = DEADLINE,
    token: bool | None = None,
) -> Fetched:
    """A file from "hub:user/repo" or "hub:user/repo@revision", from the cache where possible.

    A full commit that is cached needs no network. A branch or tag is asked for; its cached copy
    stands in where the Hub does not answer within `patience` or finish within `deadline` seconds.
    `token=False` sends no token, for a source that somebody else named.
    `progress(bytes, total)` is called in the caller's thread. Raises HubError with one sentence.
    """
    repo, revision = parse(source)
    pinned = re.fullmatch("[0-9a-f]{40}", revision) is not None
    if pinned and (cached := _cached(repo, revision, file_name, cache_dir)):
        return cached

    def work(tell: Progress) -> Fetched:
        return _download(repo, revision, file_name, endpoint, cache_dir, patience, token, tell)

    try:
        return _in_background(work, progress or (lambda done, total: None), patience, deadline)
    except Unreachable:
        cached = _cached(repo, revision, file_name, cache_dir)
        if cached is None:
            raise
        return Fetched(cached.path, repo, cached.commit, stale=not pinned)


def parse(source: str) -> tuple[str, str]:
    """("user/repo", revision) of "hub:user/repo@revision". Raises HubError."""
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id

    repo, at, revision = source.removeprefix("hub:").partition("@")
    revision = revision if at else DEFAULT_REVISION
    try:
        validate_repo_id(repo)
        valid = repo.count("/") == 1
    except HFValidationError:
        valid = False
    # The revision becomes part of paths in the cache, so it must not lead out of it.
    if not valid or not re.fullmatch(r"\w[\w./-]{0,127}", revision, re.ASCII) or ".." in revision:
        raise HubError(
            f"{limits.shown(source)} names no Hub repository: it should read hub:user/repo or "
            "hub:user/repo@revision."
        )
    return repo, revision


def _in_background(
    work: Callable[[Progress], Fetched], progress: Progress, patience: float, deadline: float
) -> Fetched:
    """work(tell) in a thread, left to itself when it is silent for too long."""
    news: queue.SimpleQueue = queue.SimpleQueue()
    abandoned = threading.Event()

    def tell(done: int, total: int) -> None:
        if abandoned.is_set():
            raise HubError("Nobody waits for this download any more.")
        news.put((done, total))

    def run() -> None:
        try:
            news.put(work(tell))
        except BaseException as error:  # carried to the waiting thread, which raises it
            news.put(error)

    # A daemon, so that a thread stuck in the network never keeps the program from ending.
    threading.Thread(target=run, name="hub download", daemon=True).start()
    end = time.monotonic() + deadline
    try:
        while True:
            wait = min(patience, end - time.monotonic())
            try:
                item = news.get(timeout=max(0.0, wait))
            except queue.Empty:
                seconds = deadline if wait < patience else patience
                raise Unreachable(f"The Hub kept silent or busy for {seconds:g} seconds.") from None
            if isinstance(item, BaseException):
                raise item
            if isinstance(item, Fetched):
                return item
            progress(*item)
    finally:
        abandoned.set()


def _download(
    repo: str,
    revision: str,
    file_name: str,
    endpoint: str | None,
    cache_dir: str | Path | None,
    patience: float,
    token: bool | None,
    tell: Progress,
) -> Fetched:
    from huggingface_hub import constants, get_hf_file_metadata, hf_hub_download, hf_hub_url
    from huggingface_hub.errors import HTTPError

    # Its 10 MB at a time would show no progress, and no sign of life, over a whole model.
    constants.DOWNLOAD_CHUNK_SIZE = _CHUNK
    # Who waits gives up first, so that a silent Hub is always told in the same words.
    timeout = 2 * patience
    # Its warnings of every retry say what one sentence says in the end.
    logging.getLogger("huggingface_hub.file_download").setLevel(logging.ERROR)
    try:
        # Asked for separately because this one does not retry: an absent Hub is known at once.
        url = hf_hub_url(repo, file_name, revision=revision, endpoint=endpoint)
        claimed = get_hf_file_metadata(url, timeout=timeout, endpoint=endpoint, token=token)
        if claimed.commit_hash is None:  # a proxy's page, a portal's: also no network
            raise Unreachable("What answered is not a Hub; check HF_ENDPOINT and the network.")
        _check_bytes(claimed.size or 0)
        path = Path(
            hf_hub_download(
                repo,
                file_name,
                revision=revision,
                endpoint=endpoint,
                cache_dir=cache_dir,
                etag_timeout=timeout,
                tqdm_class=_bar(tell),
                token=token,
            )
        )
    except (HTTPError, OSError) as error:
        raise _explained(error, repo, revision, file_name) from error
    if not _intact(path, claimed.etag):
        _discard(path)
        raise HubError(f"{repo} sent a {file_name} with a wrong checksum; try again.")
    return Fetched(path, repo, path.parent.name)


def _bar(tell: Progress) -> type:
    """What huggingface_hub takes for a tqdm: it reports, and stops what should not go on."""

    class Bar:
        def __init__(self, *args: object, total: int | None = None, initial: int = 0, **_: object):
            self.total, self.n = total, initial
            self.update(0)

        def update(self, count: float = 1) -> None:
            if count < 0:
                # It began again from nothing; a server that always breaks off would go on for ever.
                raise HubError("The Hub broke off in the middle of the file; try again.")
            self.n += count
            _check_bytes(self.n)
            tell(int(self.n), int(self.total or 0))

        def update_transfer(self, count: float = 1) -> None:
            """Bytes on the wire rather than on the disk: counted once, above."""

        def set_postfix_str(self, text: str = "", refresh: bool = True) -> None: ...

        def refresh(self) -> None: ...

        def close(self) -> None: ...

        def __enter__(self) -> Bar:
            return self

        def __exit__(self, *_: object) -> None: ...

    return Bar


def _check_bytes(size: float) -> None:
    if size > limits.MAX_WEIGHTS_BYTES:
        allowed = limits.MAX_WEIGHTS_BYTES >> 20
        raise HubError(f"The file on the Hub is too large: at most {allowed} MiB are allowed.")


def _cached(
    repo: str, revision: str, file_name: str, cache_dir: str | Path | None
) -> Fetched | None:
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(repo, file_name, cache_dir=cache_dir, revision=revision)
    if not isinstance(found, str):
        return None
    if not _intact(Path(found), None):
        _discard(Path(found))
        return None
    return Fetched(Path(found), repo, Path(found).parent.name)


def _intact(path: Path, etag: str | None) -> bool:
    """Whether a file has the digest that the Hub knows it by, where it is one.

    The cache names a blob after it: the SHA-256 of large files, git's SHA-1 of others.
    """
    if path.is_symlink():
        etag = path.resolve().name
    data = path.read_bytes()
    if re.fullmatch("[0-9a-f]{64}", etag or ""):
        return hashlib.sha256(data).hexdigest() == etag
    if re.fullmatch("[0-9a-f]{40}", etag or ""):
        return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest() == etag
    return True


def _discard(path: Path) -> None:
    for part in {path, path.resolve()}:
        part.unlink(missing_ok=True)


def _explained(error: Exception, repo: str, revision: str, file_name: str) -> HubError:
    """One sentence for what huggingface_hub raised."""
    from huggingface_hub import errors

    if isinstance(error, errors.LocalEntryNotFoundError):
        return Unreachable("The Hub could not be reached.")
    if isinstance(error, errors.GatedRepoError):
        return HubError(
            f"{repo} is gated: ask for access on its page, then log in with `hf auth login`."
        )
    if isinstance(error, errors.RepositoryNotFoundError):
        return HubError(f"There is no repository {repo} on the Hub, or it is private.")
    if isinstance(error, errors.RevisionNotFoundError):
        return HubError(f"{repo} has no revision {revision}.")
    if isinstance(error, errors.EntryNotFoundError):
        return HubError(f"{repo} at {revision} holds no {file_name}.")
    if isinstance(error, errors.HfHubHTTPError):
        status = error.response.status_code
        kind = Unreachable if status >= 500 or status in (408, 429) else HubError
        return kind(f"The Hub refused {repo} with status {status}.")
    if isinstance(error, errors.HTTPError | ConnectionError):  # also offline mode
        return Unreachable("The Hub could not be reached; check the network.")
    if "Consistency check" in str(error):
        return HubError(f"The Hub sent an incomplete {file_name}; try again.")
    return HubError(f"{file_name} could not be stored: {os.strerror(error.errno or 5).lower()}.")
