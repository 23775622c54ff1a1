"""The controls that the tabs have in common: model, seed, how it moves, saving."""

from __future__ import annotations

import html
from pathlib import Path
from urllib.parse import quote

import gradio as gr

from vidgen import limits
from vidgen.directions import direction_groups
from vidgen.requests import FRAMES, ClipRequest
from vidgen.store.terms import Terms
from vidgen.studio import FORMATS, SIZE, Studio
from vidgen.ui import characters
from vidgen.ui.words import Labels

SEEDS = 999  # as far as a slider reaches; the API takes any seed
SIZES = [64, 128, 256, 512]
DIE = "⚄"  # drawn by every font, as the emoji is not
ANY_ACTION = (DIE, "")  # the seed decides
# The same noise generator as everywhere in the browser: no round trip for a die.
DICE = f"() => Math.floor(Math.random() * {SEEDS + 1})"
QUIET = {"show_progress": "hidden", "api_visibility": "private"}


def model_choice(studio: Studio, labels: Labels) -> gr.Dropdown:
    """The models at hand; more may come from the Hub."""
    names = studio.names()
    return labels.make(
        gr.Dropdown, {"label": "model"}, choices=names, value=names[0] if names else None
    )


def seed_slider(labels: Labels, key: str, value: int, name: str | None = None) -> gr.Slider:
    """A seed with its dice button, called by `key` and known to scripts as `name`-slider."""
    with gr.Row(elem_classes="vg-seed"):
        seed = labels.make(
            gr.Slider, {"label": key}, minimum=0, maximum=SEEDS, step=1, value=value,
            elem_id=f"{name or key.replace('_', '-')}-slider", scale=8, buttons=[],
        )  # fmt: skip
        dice = gr.Button(DIE, scale=0, min_width=52, elem_classes="vg-dice")
    dice.click(None, None, seed, js=DICE, **QUIET)
    return seed


def motion_controls(labels: Labels, tab: str) -> dict[str, gr.Component]:
    """What is shown and how it moves, named like what `characters.request_of` takes."""
    action = labels.make(
        gr.Radio, {"label": "action", "info": "action_info"}, choices=[ANY_ACTION], value="",
        elem_id=f"{tab}-action",
    )  # fmt: skip
    direction = characters.direction_control(labels, tab)
    with gr.Row():
        frames = labels.make(
            gr.Slider, {"label": "frames"}, minimum=8, maximum=128, step=1, value=FRAMES,
            min_width=160, buttons=[], elem_id=f"{tab}-frames",
        )  # fmt: skip
        fps = labels.make(
            gr.Slider, {"label": "fps"}, minimum=limits.FPS.low, maximum=60, step=1, value=25,
            min_width=160, buttons=[],
        )  # fmt: skip
    truncation = labels.make(
        gr.Slider, {"label": "truncation", "info": "truncation_info"},
        elem_id=f"{tab}-truncation",
        minimum=limits.TRUNCATION.low, maximum=limits.TRUNCATION.high, step=0.01, value=1,
        buttons=[],
    )  # fmt: skip
    loop = labels.make(gr.Checkbox, {"label": "loop"}, value=True)
    return {
        "frames": frames,
        "fps": fps,
        "action": action,
        "direction": direction,
        "truncation": truncation,
        "loop": loop,
    }


def follow_model(
    studio: Studio,
    controls: dict[str, gr.Component],
    background: gr.Radio,
    art: gr.Column,
    redraw: dict,
) -> None:
    """A new model brings its actions, rate and truncation; so does the first one, at the start.

    `art` holds what only pixel art has: shown for it, and put back to nothing for others.
    """
    names = ("action", "direction", "frames", "fps", "truncation", "snap", "colors")
    outputs = [*(controls[name] for name in names), background, art]

    def describe(model: str | None) -> list:
        try:
            spec = studio.spec(model)
        except ValueError:  # the player shows its sentence
            return [gr.update(choices=[ANY_ACTION], value=""), *(gr.update() for _ in outputs[1:])]
        groups, alpha = direction_groups(spec.actions), spec.channels == 4
        choices = [(name.replace("_", " "), name) for name in characters.action_choices(spec)]
        chosen = characters.first_action(spec) if groups else ""
        ways = characters.arrows({way for group in groups.values() for way in group})
        facing = next((name for _, name in ways if name == characters.FACING), characters.ALL)
        return [
            gr.update(
                choices=choices if groups else [ANY_ACTION, *choices],
                value=chosen,
                visible=bool(spec.actions),
            ),
            gr.update(visible=bool(groups), interactive=True, choices=ways, value=facing),
            gr.update(visible=not spec.timing),
            round(spec.fps),
            spec.truncation,
            False,
            0,
            limits.TRANSPARENT,
            gr.update(visible=alpha),
        ]

    def look_that_way(model: str | None, action: str) -> dict:
        """Some actions have but one direction."""
        try:
            return gr.update(interactive=action in direction_groups(studio.spec(model).actions))
        except ValueError:
            return gr.update()

    model = controls["model"]
    model.change(describe, model, outputs, **QUIET).then(**redraw)
    gr.context.Context.root_block.load(describe, model, outputs, **QUIET)
    action, direction = controls["action"], controls["direction"]
    action.change(look_that_way, [model, action], direction, **QUIET)


def save_controls(
    labels: Labels,
    studio: Studio,
    kind: type[ClipRequest],
    controls: dict[str, gr.Component],
    backdrop: dict[str, gr.Component],
    tab: str,
) -> None:
    """Size, format, a button that renders, and the file it made, shown and to download."""
    with gr.Group(elem_classes="vg-save"):
        with gr.Row():
            size = labels.make(
                gr.Dropdown, {"label": "size"}, choices=SIZES, value=SIZE, min_width=110
            )
            format = labels.make(
                gr.Radio,
                {"label": "format"},
                choices=list(FORMATS),
                value=FORMATS[0],
                scale=3,
                min_width=270,
                elem_id=f"{tab}-format",
            )
        button = labels.make(
            gr.Button, {"value": "render"}, variant="primary", elem_id=f"{tab}-render"
        )
        result = gr.HTML(elem_id=f"{tab}-result", padding=True, visible=False)
    names = list(controls)

    def render(*values: object, progress: gr.Progress = gr.Progress()) -> dict:  # noqa: B008
        *values, background, colour, pixels, form = values

        def report(done: int, total: int) -> None:
            progress((done, total))

        try:
            request = characters.request_of(studio, kind, **dict(zip(names, values, strict=True)))
            behind = characters.background_of(background, colour)
            made = studio.render(request, pixels, form, behind, report)
        except ValueError as error:
            raise gr.Error(str(error), print_exception=False) from error
        return gr.update(value=shown(made, studio.terms(request.model)), visible=True)

    button.click(
        lambda: gr.update(value="", visible=True), None, result, **QUIET
    ).then(
        render, [*controls.values(), *backdrop.values(), size, format], result,
        api_visibility="private",
    )  # fmt: skip


def shown(made: Path, terms: Terms) -> str:
    """A rendered file as HTML: playing, with a link that downloads it, and its model's terms."""
    if made.suffix == ".webm":
        view = f'<video src="{address(made)}" autoplay loop muted playsinline controls></video>'
    else:
        view = f'<img src="{address(made)}" alt="{html.escape(made.name)}">'
    return f'<div class="vg-made">{view}{download(made)}{terms_line(terms)}</div>'


def terms_line(terms: Terms) -> str:
    """What one may do with what a model draws, as HTML."""
    return f'<small class="vg-terms">⚖ {html.escape(str(terms))}</small>'


def address(made: Path) -> str:
    """Where the page finds a rendered file, as an attribute in HTML."""
    return html.escape(f"gradio_api/file={quote(str(made))}")


def download(made: Path) -> str:
    """A link that downloads a rendered file."""
    name, kilobytes = html.escape(made.name), max(1, round(made.stat().st_size / 1000))
    return (
        f'<a class="vg-download" href="{address(made)}" download="{name}">'
        f"⬇ {name} · {kilobytes} kB</a>"
    )
