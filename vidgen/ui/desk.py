"""The studio as visitors use it: what is wrong is refused at once, the rest waits its turn."""

from __future__ import annotations

import time
from pathlib import Path

from gradio.context import LocalContext

from vidgen import limits
from vidgen.live import LiveRequest
from vidgen.requests import ClipRequest, SheetRequest
from vidgen.store.library import Progress
from vidgen.studio import SIZE, Preview, Studio
from vidgen.turns import OWNER, Ticket
from vidgen.ui.line import Line
from vidgen.ui.trainings import Trainings
from vidgen.ui.visitors import CALL, Call, Visitors


class Desk(Studio):
    """A studio for many visitors. Raises ValueError if too much waits already, too.

    The numbers say how much is made at once, and how much may wait for it. Costs are numbers of
    frames, of a preview or of a file of 256 pixels.
    """

    def __init__(self, *sources: str) -> None:
        super().__init__(*sources)
        self.visitors = Visitors()
        self.clips = Line("clips", places=3, long_places=1, long=300, most=48, each=8)
        self.previews = Line("previews", places=3, long_places=1, long=130, most=64, each=8)
        self.fetches = Line("model(s) of the Hub", places=2, long_places=2, long=1, most=8, each=1)
        self.trainings = Trainings()

    def render(
        self,
        request: ClipRequest,
        size: int = SIZE,
        format: str = "webm",
        background: str = limits.TRANSPARENT,
        progress: Progress | None = None,
    ) -> Path:
        """As the studio's, when its turn has come."""
        cost = self.cost(request, size, format, background)
        with self.clips.place(self._ticket(cost)):
            return super().render(request, size, format, background, progress)

    def sheet(
        self, request: SheetRequest, image: str | None = None, progress: Progress | None = None
    ) -> tuple[Path, Path]:
        """As the studio's, when its turn has come."""
        with self.clips.place(self._ticket(self.sheet_cost(request))):
            return super().sheet(request, image, progress)

    def preview(self, request: ClipRequest, start: int | None = None) -> Preview:
        """As the studio's, when its turn has come."""
        plan = self.plan_preview(request, start)
        with self.previews.place(self._ticket(plan.cost)):
            return self.draw_preview(plan)

    def live(self, request: LiveRequest) -> Preview:
        """As the studio's, when its turn has come."""
        plan = self.plan_live(request)
        with self.previews.place(self._ticket(plan.cost)):
            return self.draw_preview(plan)

    def fetch(
        self, source: str, progress: Progress | None = None, token: bool | None = None
    ) -> str:
        """As the library's, when its turn has come."""
        with self.fetches.place(self._ticket(1)):
            return super().fetch(source, progress, token)

    def train(self, request: object) -> dict:
        """What a visitor's page asks of its small training; see `Trainings.play`."""
        return self.trainings.play(self._ticket(1), request)

    def close(self) -> None:
        """As the studio's, and ends all trainings."""
        self.trainings.close()
        super().close()

    def _ticket(self, cost: float) -> Ticket:
        """A ticket for whoever asks; the owner's if no request is being answered."""
        asked = LocalContext.request.get(None)
        scope = getattr(getattr(asked, "request", asked), "scope", {})  # wrapped in the queue
        call: Call | None = scope.get(CALL)
        if call is None:
            return Ticket(OWNER.address, OWNER.session, cost)
        session = call.session or getattr(asked, "session_hash", None) or ""
        if call.answers_itself:
            return Ticket(call.address, session, cost, lambda: not call.gone.is_set())
        since = time.monotonic()
        return Ticket(call.address, session, cost, lambda: self.visitors.wants(session, since))
