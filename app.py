"""vidgen's page: `python app.py`, then move the sliders."""

from __future__ import annotations

import os

# Read once, when PyTorch's threads start: let them sleep between two operations, not spin. With
# anything else busy on the machine, spinning threads made a clip take fourteen times as long.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import argparse  # noqa: E402
import signal  # noqa: E402
import sys  # noqa: E402
import threading  # noqa: E402

from vidgen.memory import bound_memory  # noqa: E402
from vidgen.store.network import prepare  # noqa: E402

# Before Gradio is imported, which makes an HTTP client at once, and asks its own page with another.
NO_HUB = prepare()

from vidgen.studio import Studio  # noqa: E402
from vidgen.ui.page import build_page, look, service  # noqa: E402


def __getattr__(name: str) -> object:
    """`demo`, which a Space and `gradio app.py` look for; made when somebody does."""
    if name == "demo":
        return build_page(Studio())
    raise AttributeError(name)


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line's options."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default=None, help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, default=None, help="port to listen on (from 7860 on)")
    parser.add_argument(
        "--model", action="append", default=[], metavar="FILE", help="further .safetensors weights"
    )
    parser.add_argument(
        "--hub", action="append", default=[], metavar="USER/REPO[@REVISION]",
        help="a model of the Hugging Face Hub, fetched beside",
    )  # fmt: skip
    parser.add_argument("--no-browser", action="store_true", help="do not open a browser")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Serves the page until it is told to stop."""
    options = parse(arguments)
    studio = Studio(*options.model)
    bound_memory()
    studio.no_hub = NO_HUB
    if NO_HUB:
        print(f"{NO_HUB} The page comes up without the Hub.", file=sys.stderr)

    def end(*_: object) -> None:
        # A second one, as from a terminal and a supervisor, would wait for this one for ever.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        studio.close()  # temporary files are removed
        os._exit(0)  # an orderly exit would abort in the middle of a clip that is being drawn

    signal.signal(signal.SIGTERM, end)
    threading.Thread(target=start, args=(studio, options.hub), daemon=True).start()
    page = build_page(studio)
    try:
        page.launch(
            server_name=options.host,
            server_port=options.port,
            inbrowser=not options.no_browser,
            **look(),
            **service(),
        )
    except OSError as error:  # the port is taken, or the address is not this machine's
        sys.exit(f"The page cannot be served: {error}")


def start(studio: Studio, wanted: list[str]) -> None:
    """What happens beside the page's start: the first clip is drawn, Hub models are fetched."""
    studio.warm()
    for source in wanted:
        try:
            studio.fetch(source)
        except ValueError as error:
            print(error, file=sys.stderr)


if __name__ == "__main__":
    main()
