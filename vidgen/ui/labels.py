"""Components with words on them, which change when the language does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import gradio as gr

from vidgen.ui.words import LANGUAGES, text

Kind = TypeVar("Kind", bound=gr.blocks.Block)
Controls = dict[str, Any]  # components by name: Gradio declares no events of gr.Component
QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


def page_being_built() -> gr.Blocks:
    """The page whose parts are being made."""
    page = gr.context.Context.root_block
    assert page is not None
    return page


class Labels:
    """Makes components with words on them, and changes the words when the language changes."""

    def __init__(self) -> None:
        self._made: list[tuple[gr.blocks.Block, dict]] = []
        self._language: gr.Radio | None = None

    @property
    def language(self) -> gr.Radio:
        """The switch between the languages, for handlers that take it; made where first asked."""
        if self._language is None:
            self._language = gr.Radio(
                list(LANGUAGES), value=LANGUAGES[0], label="Language · 语言", show_label=False,
                container=False, elem_id="language", scale=0, min_width=170,
            )  # fmt: skip
        return self._language

    def make(
        self, kind: type[Kind], words: dict[str, Any], choices: object = None, **options: Any
    ) -> Kind:
        """A component whose properties take the words of keys: {"label": "seed"}.

        `choices` may be {value: key of its words}.
        """
        if isinstance(choices, dict):
            words = words | {"choices": choices}
        elif choices is not None:
            options["choices"] = choices
        component = kind(**in_language(words, LANGUAGES[0]), **options)
        self._made.append((component, words))
        return component

    def follow(self) -> None:
        """From now on every word made here follows the switch."""

        def translate(chosen: str) -> list[dict]:
            return [gr.update(**in_language(words, chosen)) for _, words in self._made]

        self.language.change(translate, self.language, [made for made, _ in self._made], **QUIET)

    def on_change(
        self, handler: Callable, inputs: list[gr.Component], output: gr.Component
    ) -> None:
        """Calls handler(*values of inputs, language) when the language changes."""
        self.language.change(handler, [*inputs, self.language], output, **QUIET)


def in_language(words: dict[str, Any], language: str) -> dict[str, Any]:
    """Properties of a component in the words of a language."""
    return {
        name: text(key, language)
        if isinstance(key, str)
        else [(text(words_of, language), value) for value, words_of in key.items()]
        for name, key in words.items()
    }
