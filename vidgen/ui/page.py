"""The page: header, language switch, tabs, the Hub field; how it looks and how it is served."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import gradio as gr
from gradio.routes import App

from vidgen.store.background import news_of
from vidgen.studio import Studio
from vidgen.ui import api, clip_api, trainings
from vidgen.ui.assistants import Assistants
from vidgen.ui.desk import Desk
from vidgen.ui.doors import Doors
from vidgen.ui.favourites import favourites
from vidgen.ui.guard import Guard
from vidgen.ui.labels import QUIET, Labels
from vidgen.ui.opener import opener
from vidgen.ui.sentences import translated
from vidgen.ui.sessions import Sessions, forget_ended
from vidgen.ui.tabs import clip, compare, generate, learn, matrix, morph, sheet, timeline
from vidgen.ui.words import LANGUAGES, text

STYLES = [Path(__file__).with_name(name) for name in ("style.css", "studio.css", "timeline.css")]
ICON = Path(__file__).with_name("icon.png")  # drawn by `gestures`, seed 7
FONTS = ["system-ui", "-apple-system", "Segoe UI", "Noto Sans", "PingFang SC", "sans-serif"]
SCRIPT = Path(__file__).with_name("js") / "page.js"
MOST_AT_ONCE = 200  # events that are being answered; the desk lets far fewer wait
KEEP = "(language) => window.vidgen.setLanguage(language)"


def build_page(studio: Studio) -> gr.Blocks:
    """The whole page over a studio. Loads no weights and fetches nothing."""
    # Gradio serves whatever lies in this folder, so it is the studio's own and nobody else's.
    os.environ["GRADIO_TEMP_DIR"] = str(studio.folder)
    os.environ["GRADIO_EXAMPLES_CACHE"] = str(studio.folder / "examples")
    gr.routes.DEFAULT_TEMP_DIR = str(studio.folder)  # or /tmp/gradio is made, and stays
    # Or statistics of the last 10,000 events would be kept, and computed anew after each.
    os.environ["GRADIO_ANALYTICS_MAX_EVENTS"] = "1"
    os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = str(2**31)
    labels = Labels()
    with gr.Blocks(title="vidgen", analytics_enabled=False, fill_width=True) as page:
        with gr.Row(elem_classes="vg-head"):
            gr.Markdown(f"# {text('title')}")
            language = labels.language
        labels.make(gr.Markdown, {"value": "intro"}, elem_classes="vg-intro")
        labels.make(gr.HTML, {"value": "hints"}, elem_id="hints")  # until somebody has read them
        with gr.Tabs():
            tabs = []
            for tab in (generate, morph, matrix):
                name = f"{tab.TAB}-tab"
                with labels.make(gr.Tab, {"label": tab.TAB}, id=tab.TAB, elem_id=name):
                    tabs.append(tab.build(studio, labels))
            with labels.make(
                gr.Tab, {"label": sheet.TAB}, id=sheet.TAB, visible=False, elem_id="sheet-tab"
            ) as tab:
                offer_sheets = sheet.build(studio, labels, tab)
            if isinstance(studio, Desk):
                name = f"{timeline.TAB}-tab"
                with labels.make(gr.Tab, {"label": timeline.TAB}, id=timeline.TAB, elem_id=name):
                    timeline.build(studio, labels)
            with labels.make(gr.Tab, {"label": compare.TAB}, id=compare.TAB):
                compare.build(studio, labels)
            if isinstance(studio, Desk):
                with labels.make(gr.Tab, {"label": clip.TAB}, id=clip.TAB, elem_id="clip-tab"):
                    tabs.append(clip.build(studio, labels))
            if isinstance(studio, Desk) and trainings.possible():
                with labels.make(gr.Tab, {"label": learn.TAB}, id=learn.TAB):
                    learn.build(studio, labels)
        favourites()
        opener()
        added = hub_field(studio, labels, [controls["model"] for controls in tabs])
        added.then(**offer_sheets)
        page.load(**offer_sheets)
        api.build(studio)
        if isinstance(studio, Desk):
            clip_api.build(studio)

        labels.follow()
        language.change(None, language, None, js=KEEP, **QUIET)
        recall = f"() => window.vidgen.recallLanguage({list(LANGUAGES)})"
        page.load(None, None, language, js=recall, **QUIET)
    # All that is wanted goes to the desk at once, which refuses it or lets it wait its turn.
    page.queue(max_size=MOST_AT_ONCE, default_concurrency_limit=None, api_open=False)
    # Gradio looks a thousand times a second, which took 6 % of a core with nobody there.
    page._queue.sleep_when_free = 0.01
    return page


def hub_field(studio: Studio, labels: Labels, models: list[gr.Dropdown]) -> gr.events.Dependency:
    """A field that fetches a model from the Hub in the background, and then offers it.

    Returns the event of it.
    """
    with labels.make(gr.Accordion, {"label": "hub"}, open=False):
        with gr.Row(equal_height=True):
            source = labels.make(
                gr.Textbox, {"label": "hub_source"}, placeholder="hub:user/repo@revision",
                scale=8, max_length=300, elem_id="hub-source",
            )  # fmt: skip
            button = labels.make(
                gr.Button, {"value": "hub_button"}, scale=0, min_width=120, elem_id="hub-add"
            )
        status = gr.Markdown(elem_id="hub-status")

    def add(wanted: str, chosen: str) -> Iterator[list]:
        for sentence in fetching(studio, wanted, chosen):
            # Unchanged until the last one, after which there may be one more.
            yield [sentence, *(gr.update(choices=studio.names()) for _ in models)]

    return gr.on(
        [button.click, source.submit],
        add,
        [source, labels.language],
        [status, *models],
        show_progress="hidden",
        api_visibility="private",
        concurrency_limit=None,
    )


def fetching(studio: Studio, wanted: str, language: str) -> Iterator[str]:
    """Fetches a model from the Hub; yields how far it is, and at last whether it is there."""
    fetching = text("hub_fetching", language)

    def said(done: int, total: int) -> str:
        return f"{fetching} {f'{done / total:.0%}' if total else f'{done >> 10:,} KiB'}"

    yield f"{fetching} …"
    try:
        # Without this machine's token: a visitor must not reach its owner's private models.
        fetch = partial(studio.fetch, wanted, token=False)
        name = yield from news_of(fetch, said, every=0.1)
    except ValueError as error:
        yield translated(str(error), language)
    else:
        yield text("hub_added", language, name=name)


def look() -> dict:
    """How the page looks: arguments of `Blocks.launch`. Fonts are the system's, none is fetched."""
    theme = gr.themes.Soft(
        primary_hue="indigo",
        neutral_hue="slate",
        font=FONTS,
        font_mono=["ui-monospace", "monospace"],
    ).set(
        block_title_background_fill="transparent",
        block_title_background_fill_dark="transparent",
        block_title_text_color="*body_text_color",
        block_title_text_color_dark="*body_text_color",
        block_title_padding="0",
        # Text has a contrast of 4.5 : 1 or more against what is behind it, which Soft's has not.
        color_accent="*primary_600",
        slider_color="*primary_600",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_hover="*primary_700",
        button_primary_background_fill_hover_dark="*primary_700",
        checkbox_label_background_fill_selected="*primary_600",
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_300",
        block_info_text_color="*neutral_600",
        block_info_text_color_dark="*neutral_300",
        input_placeholder_color="*neutral_500",
        input_placeholder_color_dark="*neutral_400",
        **{
            f"link_text_color{state}{theme}": shade
            for state in ("", "_active", "_hover", "_visited")
            for theme, shade in (("", "*primary_700"), ("_dark", "*primary_300"))
        },
    )
    script = SCRIPT.read_text(encoding="utf-8")
    # In braces, so that its names stay its own.
    head = f"<script>{{\n{script}}}</script>"
    css = "\n".join(file.read_text(encoding="utf-8") for file in STYLES)
    return {"theme": theme, "css": css, "head": head}


def service(page: gr.Blocks, desk: Desk, behind_proxy: bool = False) -> dict:
    """How the page is served: arguments of `Blocks.launch`.

    `behind_proxy` takes the visitors' addresses from `X-Forwarded-For`.
    """

    @asynccontextmanager
    async def guarded(app: App) -> AsyncIterator[None]:
        # Before the first connection. Gradio puts its own middleware before any that it is given,
        # so the guard is put around all of it.
        app.state_holder = Sessions(page)
        doors, inner = Doors(page), app.middleware_stack
        assert inner is not None  # it is what runs this
        assistants = Assistants(desk, behind_proxy, page.root_path or "")
        app.middleware_stack = Guard(
            inner, doors, desk.folder, desk.visitors, behind_proxy, assistants,
            desk.clips_brought.uploads,
        )  # fmt: skip
        page.config["mcp_server"] = True  # the API page tells of it
        sweeping = asyncio.create_task(forget_ended(page, desk.visitors))
        yield
        sweeping.cancel()

    return {
        "app_kwargs": {"lifespan": guarded},
        "allowed_paths": [],
        "enable_monitoring": False,
        "favicon_path": str(ICON),
        "footer_links": ["api"],
        "max_file_size": 1,
        "max_threads": MOST_AT_ONCE,
        "mcp_server": False,  # its tools would answer beside the queue: ours are in assistants.py
        "pwa": True,  # installable: the manifest is Gradio's, the icon ours
        "run_history": False,
        "share": False,
        "show_error": False,
        "ssr_mode": False,
        "strict_cors": True,
    }
