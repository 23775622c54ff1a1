"""Gradio's memory of its sessions, without what only its deep links need.

For them Gradio describes every component of the page anew for every session: 0.1 s in which the
server does nothing else, and 200 KB for each of up to 10,000 names that callers may make up.
"""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import gradio as gr
from gradio.state_holder import SessionState, StateHolder

from vidgen.ui.visitors import Visitors

SWEEPS = 120.0  # seconds between two looks at what nobody came for
MOST = 200  # sessions that are remembered; one that is forgotten begins anew at its next event


class LightSession(SessionState):
    """What a session changed of the page, such as the choices of its menus."""

    def __init__(self, page: gr.Blocks) -> None:
        # Only what is among `blocks` would be described.
        bare: Any = SimpleNamespace(default_config=page.default_config, blocks={})
        super().__init__(bare)

    def __setitem__(self, key: int, value: Any) -> None:
        super().__setitem__(key, value)
        self.config_values.clear()

    def _update_config(self, key: int) -> None:
        """Describes a component for deep links: nobody needs it."""

    def _update_value_in_config(self, key: int, value: Any) -> None:
        """Notes a value for deep links: nobody needs it."""


class Sessions(StateHolder):
    """The sessions of a page, at most `MOST` of them."""

    def __init__(self, page: gr.Blocks) -> None:
        super().__init__()
        self.set_blocks(page)
        self.capacity = MOST

    def __getitem__(self, name: str) -> SessionState:
        if name not in self.session_data:
            self.session_data[name] = LightSession(self.blocks)
        return super().__getitem__(name)


async def forget_ended(page: gr.Blocks, visitors: Visitors) -> None:
    """Forgets the queue's sessions that were at an end at two looks; runs for ever.

    Gradio itself keeps the names of what a visitor asked for who left before the answer came.
    """
    ended: set[str] = set()
    while True:
        await asyncio.sleep(SWEEPS)
        queue = page._queue
        before, ended = (
            ended,
            {
                session
                for session, events in queue.pending_event_ids_session.items()
                if not visitors.listening(session)
                and not any(event in queue.event_ids_to_events for event in events)
            },
        )
        for session in before & ended:
            queue.pending_event_ids_session.pop(session, None)
            queue.pending_messages_per_session.pop(session, None)
