"""The studio as visitors use it: what is wrong is refused at once, the rest waits its turn."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path

from gradio.context import LocalContext

from vidgen import engine, limits
from vidgen.inverse.find import EXPLAINED
from vidgen.inverse.nearest import nearest_seed
from vidgen.inverse.tasks import Answer
from vidgen.live import LiveRequest
from vidgen.pixels.checking import verdict_on_strangers
from vidgen.pixels.clip import write_clip
from vidgen.pixels.formats import STREAMED, check_format
from vidgen.previews import Preview, PreviewPlan
from vidgen.requests import GENERATED, ClipRequest, SheetRequest, write_request
from vidgen.sound.dance import FOLLOWS, dance, frames_of
from vidgen.sound.film import FORMAT as FILM
from vidgen.sound.film import MADE, Sound, read_strangers_sound, write_dance
from vidgen.store.library import Progress
from vidgen.store.terms import metadata_of
from vidgen.studio import SIZE, Studio
from vidgen.timeline import Timeline
from vidgen.turns import OWNER, Ticket
from vidgen.types import Generator
from vidgen.ui.line import Line
from vidgen.ui.sounds import Danced, heard_for_page
from vidgen.ui.timelines import Renderings, play
from vidgen.ui.trainings import Trainings
from vidgen.ui.visitors import CALL, Call, Visitors
from vidgen.ui.your_clips import FIND, READING, YourClips


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
        self.clips_brought = YourClips()
        self.renderings = Renderings()

    def render(
        self,
        request: ClipRequest | Timeline,
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

    def preview(self, request: ClipRequest | Timeline, start: int | None = None) -> Preview:
        """As the studio's, when its turn has come."""
        return self._in_turn(self.plan_preview(request, start))

    def live(self, request: LiveRequest) -> Preview:
        """As the studio's, when its turn has come."""
        return self._in_turn(self.plan_live(request))

    def _in_turn(self, plan: PreviewPlan) -> Preview:
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

    def your_clip(self, request: object) -> dict:
        """What a visitor's page asks about the clip that it brought; see `YourClips.play`."""
        return self.clips_brought.play(self, self._ticket(1), request)

    def timeline(self, request: object) -> dict:
        """What a visitor's page asks about a timeline; see `timelines.play`."""
        return play(self, self._ticket(1), request)

    def restored(
        self, task: str, clip: object, model: str, options: Mapping, steps: object, format: object
    ) -> Path:
        """A file of what a model makes of a clip that was brought; ValueError."""
        check_format(format)
        brought, ticket = self.clips_brought, self._ticket(1)
        answer = brought.answer(self, ticket, task, clip, model, options, steps)
        return self.saved(model, answer, task, format)

    def inverted(self, clip: object, model: str, steps: object) -> dict[str, object]:
        """Where in a model's space a clip is found, and how near that comes; ValueError."""
        brought, ticket = self.clips_brought, self._ticket(1)
        answer = brought.answer(self, ticket, FIND, clip, model, {}, steps)
        found = answer.found
        with self.previews.place(self._ticket(40)):
            seed = nearest_seed(self.drawing(model), found.path)
        place = write_request(ClipRequest(model, seed, action=found.action))
        return {
            "place": place, "action": found.action, "psnr": found.error, "first_psnr": found.first,
            "features": found.features, "first_features": found.first_features,
            "explained": found.explained, "known": found.explained >= EXPLAINED,
            "notes": list(answer.notes),
        }  # fmt: skip

    def checked(self, clip: object) -> str:
        """Whether a file that was brought was made by vidgen; ValueError."""
        path = self.clips_brought.uploads.path(clip, page=False)
        with self.clips_brought.reading.place(self._ticket(40)):
            return verdict_on_strangers(path)

    def heard(self, sound: object, page: bool = True) -> dict:
        """What there is to hear in a sound that a page brought; ValueError."""
        return heard_for_page(self._listened(sound, page))

    def danced(
        self, sound: object, model: object, seed: object, action: object, loudness: object,
        page: bool = False,
    ) -> Danced:  # fmt: skip
        """A film in `folder` of a seed that moves to a sound that was brought; ValueError."""
        generator = self.drawing(model)
        spec, seed = generator.spec, int(limits.SEED.check(seed))
        action = (
            None if action in (None, "") else limits.check_choice("Action", action, spec.actions)
        )
        limits.check_choice("What loudness steers", loudness, FOLLOWS)
        heard = self._listened(sound, page)
        note = json.dumps({"made": MADE, "seed": seed, **self.said_of(str(model))})
        frames, _ = frames_of(heard.heard.seconds, spec)
        with (
            self.clips.place(self._ticket(frames)),
            self._reserved(f"dance_{seed}.{FILM}") as target,
        ):
            made = dance(generator, heard.heard, seed, action, follows=str(loudness))
            write_dance(target, generator, made, heard, SIZE, note=note)
        return Danced(target, made.said(heard.heard), heard.notes)

    def _listened(self, sound: object, page: bool) -> Sound:
        path = self.clips_brought.uploads.path(sound, page)
        with self.clips_brought.reading.place(self._ticket(READING)):
            return read_strangers_sound(path)

    def drawing(self, model: object) -> Generator:
        """The generator called `model`, ready to draw; ValueError."""
        if not isinstance(model, str):
            raise ValueError("Model must be a name.")
        return engine.prepared(self.generator(model))

    def saved(self, model: str, answer: Answer, what: str, format: object) -> Path:
        """A file in `folder` of what a model made of a clip, with its terms; ValueError."""
        format = check_format(format)
        frames = answer.frames
        limits.check_pixels(len(frames), SIZE, held=format not in STREAMED)
        note = {"made": f"{what} of a clip", **self.said_of(model)}
        with (
            self.clips.place(self._ticket(len(frames))),
            self._reserved(f"{what}.{format}") as target,
        ):
            return write_clip(target, [frames], answer.fps, SIZE, note=json.dumps(note))

    def said_of(self, model: str) -> dict[str, object]:
        """What a file says of the model that made it: its weights, its terms."""
        weights = self.generator(model).origin
        terms = metadata_of(self.terms(model))
        return {"model": model, "weights": weights, "generated": GENERATED, **terms}

    def close(self) -> None:
        """As the studio's, and ends all trainings and searches."""
        self.trainings.close()
        self.clips_brought.close()
        self.renderings.close()
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
