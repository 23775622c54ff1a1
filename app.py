"""vidgen's page: `python app.py`, then move the sliders."""

from __future__ import annotations

import os

# Read once, when PyTorch's threads start: let them sleep between two operations, not spin. With
# anything else busy on the machine, spinning threads made a clip take fourteen times as long.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# And nobody's word is taken for where a request comes from: `--behind-proxy` says whose is.
os.environ.setdefault("FORWARDED_ALLOW_IPS", "")

import argparse  # noqa: E402
import errno  # noqa: E402
import signal  # noqa: E402
import socket  # noqa: E402
import sys  # noqa: E402
import threading  # noqa: E402
from typing import NoReturn  # noqa: E402

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # what follows takes seconds

from vidgen.limits import shown  # noqa: E402
from vidgen.memory import bound_memory  # noqa: E402
from vidgen.store.network import prepare  # noqa: E402

# Before Gradio is imported, which makes an HTTP client at once, and asks its own page with another.
NO_HUB = prepare()

from vidgen.ui.connections import bound, refuse_excess  # noqa: E402
from vidgen.ui.desk import Desk  # noqa: E402
from vidgen.ui.page import build_page, look, service  # noqa: E402

PORTS = range(7860, 7960)  # one of them, if none is named


def __getattr__(name: str) -> object:
    """`demo`, which a Space and `gradio app.py` look for; made when somebody does."""
    if name == "demo":
        return build_page(Desk())
    raise AttributeError(name)


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line's options."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default=None, help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=port, default=None, help="port to listen on (from 7860 on)")
    parser.add_argument(
        "--model", action="append", default=[], metavar="FILE", help="further .safetensors weights"
    )
    parser.add_argument(
        "--hub", action="append", default=[], metavar="USER/REPO[@REVISION]",
        help="a model of the Hugging Face Hub, fetched beside",
    )  # fmt: skip
    parser.add_argument("--no-browser", action="store_true", help="do not open a browser")
    parser.add_argument(
        "--behind-proxy", action="store_true", default="SPACE_ID" in os.environ,
        help="tell visitors apart by X-Forwarded-For: only if nobody but a proxy can reach the "
        "port; on by itself in a Space",
    )  # fmt: skip
    return parser.parse_args(arguments)


def port(text: str) -> int:
    """A port's number. Raises what argparse shows as a sentence."""
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text[:6]) <= 65_535:
        raise argparse.ArgumentTypeError(
            f"must be a whole number from 1 to 65,535, not {shown(text)}"
        )
    return int(text)


def main(arguments: list[str] | None = None) -> None:
    """Serves the page until it is told to stop."""
    options = parse(arguments)
    studio = Desk(*options.model)
    bound_memory()
    studio.no_hub = NO_HUB
    if NO_HUB:
        print(f"{NO_HUB} The page comes up without the Hub.", file=sys.stderr)

    def end(code: int, sentence: str = "") -> NoReturn:
        # A second signal, as from a terminal and a supervisor, would wait for this for ever.
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, signal.SIG_IGN)
        threading.Timer(0.8, os._exit, (code,)).start()  # whatever hangs
        studio.close()  # temporary files are removed
        if sentence:
            print(sentence, file=sys.stderr)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)  # an orderly exit would abort in the middle of a clip that is being drawn

    signal.signal(signal.SIGTERM, lambda *_: end(0))
    signal.signal(signal.SIGINT, lambda *_: end(130))
    host = options.host or os.environ.get("GRADIO_SERVER_NAME") or "127.0.0.1"
    try:
        chosen = free_port(host, options.port)
    except OSError as error:  # the port is taken, or the address is not this machine's
        end(1, f"The page cannot be served: {error}")
    threading.Thread(target=start, args=(studio, options.hub), daemon=True).start()
    page = build_page(studio)
    bound()
    try:
        page.launch(
            server_name=host,
            server_port=chosen,
            inbrowser=not options.no_browser,
            prevent_thread_lock=True,
            quiet=True,  # Gradio would advise to share the page with the world
            _frontend=False,  # Gradio gives up if its own page takes 3 s, as on a busy machine
            **look(),
            **service(page, studio, options.behind_proxy),
        )
    except Exception as error:
        end(1, f"The page cannot be served: {error}")
    refuse_excess()
    print(f"The page is at {page.local_url}", flush=True)
    while True:
        signal.pause() if hasattr(signal, "pause") else threading.Event().wait(1)


def free_port(host: str, wanted: int | None) -> int:
    """The port to listen on. Raises OSError with a sentence if it is taken or none is left."""
    named = os.environ.get("GRADIO_SERVER_PORT", "")
    if wanted is None and named.isdecimal():
        wanted = int(named)
    ports = PORTS if wanted is None else (wanted,)
    for number in ports:
        family, _, _, _, address = socket.getaddrinfo(host.strip("[]"), number)[0]
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(address)
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise OSError(f"{host}: {error.strerror}.") from None
            else:
                return number
    raise OSError(f"port {ports[0]}{f' to {ports[-1]}' if len(ports) > 1 else ''} is taken.")


def start(studio: Desk, wanted: list[str]) -> None:
    """What happens beside the page's start: the first clip is drawn, Hub models are fetched."""
    studio.warm()
    for source in wanted:
        try:
            studio.fetch(source)
        except ValueError as error:
            print(error, file=sys.stderr)


if __name__ == "__main__":
    main()
