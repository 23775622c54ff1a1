"""Weights from the Hugging Face Hub, within a deadline, checked; or one sentence why not.

`huggingface_hub` waits long for a network that is not there: 23 s for a name that does not
resolve, over 200 s for a server that hangs. So it works in a thread here, and who waits for it
gives up when it has said nothing for a while.
"""

from __future__ import annotations

import hashlib
import logging
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from vidgen import limits
from vidgen.store.background import Progress, in_background
from vidgen.store.network import HubError, Unreachable, explained, obstacle

PATIENCE = 10.0  # seconds without an answer or a byte
DEADLINE = 180.0  # seconds in all
DEFAULT_REVISION = "main"
_CHUNK = 1 << 16  # bytes between two calls of progress


@dataclass(frozen=True)
class Fetched:
    """A file of a repository at a commit; `stale` if the Hub could not be asked for newer.

    `fresh` if it has come only now, and did not lie in the cache before.
    """

    path: Path
    repo: str
    commit: str
    stale: bool = False
    fresh: bool = False

    @property
    def origin(self) -> str:
        note = " (cached copy, the Hub could not be reached)" if self.stale else ""
        return f"hub {self.repo} at {self.commit[:12]}{note}"

    @contextmanager
    def kept_if_good(self) -> Iterator[Fetched]:
        """Removes a fresh file again if what is done with it raises ValueError."""
        try:
            yield self
        except ValueError:
            if self.fresh:
                _discard(self.path)
            raise


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
    known: Fetched | None = None,
    admit: Callable[[int], None] = lambda size: None,
    scratch: bool = False,
) -> Fetched:
    """A file from "hub:user/repo" or "hub:user/repo@revision", from the cache if possible.

    A full commit that is cached needs no network. A branch or tag is asked for; its cached copy
    stands in if the Hub does not answer within `patience` or finish within `deadline` seconds.
    `token=False` sends no token, for a source that somebody else named. `known` is the file of
    this source that the caller has: it is returned if the Hub has no newer one. `admit(bytes)`
    is called before a download, and may refuse it with a HubError. With `scratch` the folder
    `cache_dir` is only for this fetch, and goes if it is given up.
    `progress(bytes, total)` is called in the caller's thread. Raises HubError with one sentence.
    """
    repo, revision = parse(source)
    pinned = re.fullmatch("[0-9a-f]{40}", revision) is not None
    if pinned and (cached := known or _cached(repo, revision, file_name, cache_dir)):
        return cached

    def work(tell: Progress) -> Fetched:
        if reason := obstacle(endpoint):
            raise Unreachable(reason)
        wanted = _Wanted(repo, revision, file_name, endpoint, cache_dir, 2 * patience, token)
        return _download(wanted, known, admit, tell)

    def leave() -> None:
        if scratch and cache_dir:
            shutil.rmtree(cache_dir, ignore_errors=True)

    report = progress or (lambda done, total: None)
    try:
        return in_background(work, report, patience=patience, deadline=deadline, leave=leave)
    except Unreachable:
        cached = known or _cached(repo, revision, file_name, cache_dir)
        if cached is None:
            raise
        return replace(cached, stale=not pinned)


def parse(source: str) -> tuple[str, str]:
    """("user/repo", revision) of "hub:user/repo@revision". Raises HubError."""
    repo, at, revision = source.removeprefix("hub:").partition("@")
    revision = revision if at else DEFAULT_REVISION
    # The revision becomes part of paths in the cache, so it must not lead out of it.
    sound = re.fullmatch(r"\w[\w./-]{0,127}", revision, re.ASCII) and ".." not in revision
    if not sound or not is_repository(repo):
        raise HubError(
            f"{limits.shown(source)} names no Hub repository: it should read hub:user/repo or "
            "hub:user/repo@revision."
        )
    return repo, revision


def is_repository(name: str) -> bool:
    """Whether a name is of the form user/name, as the Hub's repositories have it."""
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id

    try:
        validate_repo_id(name)
    except HFValidationError:
        return False
    return name.count("/") == 1


@dataclass(frozen=True)
class _Wanted:
    repo: str
    revision: str
    file_name: str
    endpoint: str | None
    cache_dir: str | Path | None
    # Longer than the caller's patience, so that a silent Hub is always told in the same words.
    timeout: float
    token: bool | None


def _download(
    wanted: _Wanted, known: Fetched | None, admit: Callable[[int], None], tell: Progress
) -> Fetched:
    from huggingface_hub import constants, get_hf_file_metadata, hf_hub_download, hf_hub_url
    from huggingface_hub.errors import HTTPError

    # Its 10 MB at a time would show no progress, and no sign of life, over a whole model.
    constants.DOWNLOAD_CHUNK_SIZE = _CHUNK
    # Xet keeps copies beside the cache, where nobody counts them, and tells no progress.
    constants.HF_HUB_DISABLE_XET = True
    # Its warnings of every retry say what one sentence says in the end.
    logging.getLogger("huggingface_hub.file_download").setLevel(logging.ERROR)
    repo, revision, file_name = wanted.repo, wanted.revision, wanted.file_name
    endpoint, timeout, token = wanted.endpoint, wanted.timeout, wanted.token
    arrived = 0

    def count(done: int, total: int) -> None:
        nonlocal arrived
        arrived = done
        tell(done, total)

    try:
        # Asked for separately because this one does not retry: an absent Hub is known at once.
        url = hf_hub_url(repo, file_name, revision=revision, endpoint=endpoint)
        claimed = get_hf_file_metadata(url, timeout=timeout, endpoint=endpoint, token=token)
        if claimed.commit_hash is None:  # a proxy's page, a portal's: also no network
            raise Unreachable("What answered is not a Hub; check HF_ENDPOINT and the network.")
        if known and claimed.commit_hash == known.commit:
            return replace(known, stale=False)
        size = claimed.size or limits.MAX_WEIGHTS_BYTES
        _check_bytes(size)
        admit(size)
        path = Path(
            hf_hub_download(
                repo,
                file_name,
                revision=revision,
                endpoint=endpoint,
                cache_dir=wanted.cache_dir,
                etag_timeout=timeout,
                tqdm_class=_bar(count, size),
                token=token,
            )
        )
    except (HTTPError, OSError) as error:
        raise explained(error, repo, revision, file_name) from error
    if not _intact(path, claimed.etag):
        _discard(path)
        raise HubError(f"{repo} sent a {file_name} with a wrong checksum; try again.")
    return Fetched(path, repo, path.parent.name, fresh=arrived > 0)


def _bar(tell: Progress, most: int) -> type:
    """What huggingface_hub takes for a tqdm: it reports, and stops what should not go on.

    `most` is how many bytes may come: those that were claimed.
    """

    class Bar:
        def __init__(self, *args: object, total: int | None = None, initial: int = 0, **_: object):
            self.total = total
            self.n: float = initial
            self.update(0)

        def update(self, count: float = 1) -> None:
            if count < 0:
                # It began again from nothing; a server that always breaks off would go on for ever.
                raise HubError("The Hub broke off in the middle of the file; try again.")
            self.n += count
            if self.n > most:
                raise HubError("The Hub sent more than it had said; try again.")
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
    """Whether a file has the digest that the Hub knows it by, if it has one.

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
