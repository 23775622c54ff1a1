"""What stands between this machine and the Hub, in one sentence each: proxies, tokens, files.

The libraries below would raise an ImportError for a SOCKS proxy, a FileNotFoundError for missing
certificates, and Gradio asks even its own page through a proxy.
"""

from __future__ import annotations

import importlib.util
import os
import ssl
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import getproxies, getproxies_environment

from vidgen.limits import shown

if TYPE_CHECKING:
    from huggingface_hub.errors import HfHubHTTPError

LOOPBACK = ("localhost", "127.0.0.1", "::1")
PROXY_KINDS = ("http", "https", "all")
CERTIFICATES = "SSL_CERT_FILE"


class HubError(ValueError):
    """Weights that the Hub did not give; its text is one sentence for people."""


class Unreachable(HubError):
    """The Hub did not answer, so a cached copy may stand in."""


def obstacle(endpoint: str | None = None) -> str | None:
    """Why the Hub can't even be asked, as one sentence; None if it can.

    `endpoint` is the Hub's address, that of HF_ENDPOINT if None.
    """
    address = endpoint or os.environ.get("HF_ENDPOINT")
    if address and not _is_address(address, ("http", "https")):
        return f"HF_ENDPOINT must be an address with https:// before it, not {shown(address)}."
    return next((sentence for _, sentence in _unusable()), None)


def prepare() -> str | None:
    """Makes the environment fit for a page on this machine, whose own address needs no proxy.

    What is in it that nothing could work with is taken out, so that the page comes up without the
    Hub. Returns the sentence that says so, None if all is well.
    """
    reason = obstacle()
    for name, _ in list(_unusable()):
        for spelling in {name, name.lower(), name.upper()}:
            os.environ.pop(spelling, None)
    proxies = getproxies_environment()
    if any(kind in proxies for kind in PROXY_KINDS) and proxies.get("no", "").strip() != "*":
        exempt = [host.strip() for host in proxies.get("no", "").split(",") if host.strip()]
        exempt += [host for host in LOOPBACK if host not in exempt]
        # Both, because the lower case wins if both are there.
        os.environ["NO_PROXY"] = os.environ["no_proxy"] = ",".join(exempt)
    return reason


def _unusable() -> Iterator[tuple[str, str]]:
    """Environment variables that nothing can work with: (name, sentence)."""
    proxies = getproxies()  # of the environment; of the system if it has none
    for kind in PROXY_KINDS:
        name, proxy = f"{kind.upper()}_PROXY", proxies.get(kind)
        if not proxy:
            continue
        proxy = proxy if "://" in proxy else f"http://{proxy}"
        if not _is_address(proxy, ("http", "https", "socks5", "socks5h")):
            yield name, f"{name} names no proxy: it must be http://HOST:PORT or socks5://HOST:PORT."
        elif proxy.startswith("socks") and importlib.util.find_spec("socksio") is None:
            yield (
                name,
                f"{name} names a SOCKS proxy, and the package for it is missing: "
                "pip install socksio.",
            )
    file = os.environ.get(CERTIFICATES)
    if file and not os.path.exists(file):
        yield CERTIFICATES, f"{CERTIFICATES} names {file}, and there is no such file."
    elif file:
        try:
            ssl.create_default_context(cafile=file)
        except OSError:  # also an SSLError
            yield CERTIFICATES, f"{CERTIFICATES} names {file}, which holds no certificates."


def _is_address(text: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(text)
        _ = parts.port  # raises if it is no number
    except ValueError:
        return False
    return parts.scheme in schemes and bool(parts.hostname) and text.isprintable()


def explained(error: Exception, repo: str, revision: str, file_name: str) -> HubError:
    """One sentence for what huggingface_hub raised."""
    from huggingface_hub import errors

    if isinstance(error, errors.OfflineModeIsEnabled):
        return Unreachable(
            f"HF_HUB_OFFLINE is set, so the Hub is not asked, and there is no copy of {repo} here."
        )
    if isinstance(error, errors.LocalEntryNotFoundError):
        return Unreachable("The Hub could not be reached.")
    if isinstance(error, errors.HfHubHTTPError):
        return _answered(error, repo, revision, file_name)
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return Unreachable(
            "The Hub's certificate is none that this machine trusts: is there a proxy between? "
            f"{CERTIFICATES} may name a file with its certificate."
        )
    if isinstance(error, errors.HTTPError | ConnectionError):
        return Unreachable("The Hub could not be reached; check the network.")
    if "Consistency check" in str(error):
        return HubError(f"The Hub sent an incomplete {file_name}; try again.")
    return HubError(f"{file_name} could not be stored: {_errno(error)}.")


def _errno(error: Exception) -> str:
    return os.strerror(getattr(error, "errno", None) or 5).lower()


def _answered(error: HfHubHTTPError, repo: str, revision: str, file_name: str) -> HubError:
    """What the Hub answered; a token that is no good makes it refuse public repositories too."""
    from huggingface_hub import errors

    response = error.response
    status = response.status_code if response is not None else 0
    sent = response is not None and "authorization" in response.request.headers
    if status == 401 and sent:
        return HubError(
            "The Hub does not accept this machine's token, which may have expired: "
            "`hf auth login` makes a new one, or unset HF_TOKEN."
        )
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
    kind = Unreachable if status >= 500 or status in (408, 429) else HubError
    return kind(f"The Hub refused {repo} with status {status}.")
