"""Which emoji make which set of clips: the paths in the set by the names of the package's files.

Files are called by their code points, as in `1f481-1f3fd-200d-2642-fe0f`: a person who tips a hand,
a medium skin, joined with the sign of a man. Classes of faces and animals are Unicode's subgroups
(emoji-test.txt), shortened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

SKINS = {
    "yellow": "",
    "light": "-1f3fb",
    "medium_light": "-1f3fc",
    "medium": "-1f3fd",
    "medium_dark": "-1f3fe",
    "dark": "-1f3ff",
}
JOINED = "-200d-"
SIGNS = {"person": "", "man": f"{JOINED}2642-fe0f", "woman": f"{JOINED}2640-fe0f"}
PEOPLE = {"person": "1f9d1", "man": "1f468", "woman": "1f469"}

GESTURES = {
    "tip": "1f481",
    "no": "1f645",
    "ok": "1f646",
    "raise_hand": "1f64b",
    "bow": "1f647",
    "facepalm": "1f926",
    "shrug": "1f937",
    "frown": "1f64d",
    "pout": "1f64e",
    "massage": "1f486",
    "haircut": "1f487",
}
JOBS = {
    "artist": "1f3a8",
    "astronaut": "1f680",
    "coder": "1f4bb",
    "cook": "1f373",
    "doctor": "2695-fe0f",
    "factory": "1f3ed",
    "farmer": "1f33e",
    "firefighter": "1f692",
    "judge": "2696-fe0f",
    "mechanic": "1f527",
    "office": "1f4bc",
    "pilot": "2708-fe0f",
    "scientist": "1f52c",
    "singer": "1f3a4",
    "student": "1f393",
    "teacher": "1f3eb",
}
HANDS = {
    "back": "1f91a",
    "call_me": "1f919",
    "clap": "1f44f",
    "crossed": "1f91e",
    "fist": "270a",
    "fist_left": "1f91b",
    "fist_right": "1f91c",
    "heart": "1faf6",
    "horns": "1f918",
    "love_you": "1f91f",
    "nails": "1f485",
    "ok": "1f44c",
    "open": "1f450",
    "palm_up": "1faf4",
    "palms_up": "1f932",
    "pinch": "1f90f",
    "pinched": "1f90c",
    "point_down": "1f447",
    "point_left": "1f448",
    "point_right": "1f449",
    "point_up": "1f446",
    "punch": "1f44a",
    "raised": "270b",
    "raising": "1f64c",
    "thumb_down": "1f44e",
    "thumb_up": "1f44d",
    "vulcan": "1f596",
    "wave": "1f44b",
}
FACES = {
    "affection": "1f60d 1f617 1f618 1f619 1f61a 1f929 1f970 1f972",
    "angry": "1f47f 1f608 1f620 1f621 1f624 1f92c",
    "cat": "1f638 1f639 1f63a 1f63b 1f63c 1f63d 1f63f 1f640",
    "concerned": (
        "1f613 1f615 1f616 1f61e 1f61f 1f622 1f623 1f625 1f626 1f627 1f628 1f629 1f62b 1f62d 1f62e "
        "1f62f 1f630 1f631 1f632 1f633 1f641 1f971 1f97a 2639-fe0f"
    ),
    "dressed": "1f60e 1f913 1f920 1f921 1f973 1f978 1f9d0",
    "hand": "1f914 1f917 1f92b 1f92d",
    "neutral": (
        "1f60f 1f610 1f612 1f62c 1f62e-200d-1f4a8 1f636 1f636-200d-1f32b-fe0f 1f644 1f910 1f925 "
        "1f928"
    ),
    "sleepy": "1f60c 1f614 1f62a 1f634 1f924",
    "smiling": (
        "1f600 1f601 1f602 1f603 1f604 1f605 1f606 1f607 1f609 1f60a 1f642 1f643 1f923 263a-fe0f"
    ),
    "tongue": "1f60b 1f61b 1f61c 1f61d 1f911 1f92a",
    "unwell": (
        "1f635 1f635-200d-1f4ab 1f637 1f912 1f915 1f922 1f927 1f92e 1f92f 1f974 1f975 1f976"
    ),
}
ANIMALS = {
    "bird": (
        "1f413 1f414 1f423 1f424 1f425 1f426 1f427 1f54a-fe0f 1f983 1f985 1f986 1f989 1f99a 1f99c "
        "1f9a2 1f9a4 1f9a9"
    ),
    "bug": (
        "1f40c 1f41b 1f41c 1f41d 1f41e 1f577-fe0f 1f578-fe0f 1f982 1f98b 1f997 1f99f 1f9a0 1fab0 "
        "1fab1 1fab2 1fab3"
    ),
    "mammal": (
        "1f400 1f401 1f402 1f403 1f404 1f405 1f406 1f407 1f408 1f408-200d-2b1b 1f40e 1f40f 1f410 "
        "1f411 1f412 1f415 1f415-200d-1f9ba 1f416 1f417 1f418 1f428 1f429 1f42a 1f42b 1f42d 1f42e "
        "1f42f 1f430 1f431 1f434 1f435 1f436 1f437 1f439 1f43a 1f43b 1f43b-200d-2744-fe0f 1f43c "
        "1f43d 1f43e 1f43f-fe0f 1f981 1f984 1f987 1f98a 1f98c 1f98d 1f98f 1f992 1f993 1f994 1f998 "
        "1f999 1f99b 1f99d 1f9a1 1f9a3 1f9a5 1f9a6 1f9a7 1f9a8 1f9ab 1f9ac 1f9ae"
    ),
    "marine": "1f40b 1f419 1f41a 1f41f 1f420 1f421 1f42c 1f433 1f980 1f988 1f990 1f991 1f99e 1f9ad",
    "reptile": "1f409 1f40a 1f40d 1f422 1f432 1f438 1f98e 1f995 1f996",
}
# One pair of each gesture with a person, never the same skin or kind of person twice running: what
# a model draws of them says whether it learnt people and gestures apart. In no training, ever.
HELDOUT = (
    "gestures/tip/person_medium",
    "gestures/no/man_dark",
    "gestures/ok/woman_light",
    "gestures/raise_hand/person_medium_dark",
    "gestures/bow/man_yellow",
    "gestures/facepalm/woman_medium_light",
    "gestures/shrug/person_dark",
    "gestures/frown/man_light",
    "gestures/pout/woman_medium",
    "gestures/massage/person_yellow",
    "gestures/haircut/man_medium_light",
)

Named = Iterator[tuple[str, str]]  # a path without ending in the group, and what the file is called


def _gestures() -> Named:
    for gesture, base in GESTURES.items():
        for who, sign in SIGNS.items():
            for skin, tone in SKINS.items():
                yield f"{gesture}/{who}_{skin}", f"{base}{tone}{sign}"


def _jobs() -> Named:
    for job, sign in JOBS.items():
        for who, base in PEOPLE.items():
            for skin, tone in SKINS.items():
                yield f"{job}/{who}_{skin}", f"{base}{tone}{JOINED}{sign}"


def _hands() -> Named:
    for hand, base in HANDS.items():
        for skin, tone in SKINS.items():
            yield f"{hand}/{skin}", f"{base}{tone}"


def _listed(classes: dict[str, str]) -> Named:
    for name, files in classes.items():
        for file in files.split():
            yield f"{name}/{file}", file


GROUPS: dict[str, Callable[[], Named]] = {
    "gestures": _gestures,
    "faces": lambda: _listed(FACES),
    "hands": _hands,
    "jobs": _jobs,
    "animals": lambda: _listed(ANIMALS),
}


def clips_of(group: str) -> dict[str, str]:
    """Of a group: where each clip lies in it, as in `tip/man_dark`, by what its file is called.

    The class is the folder; in groups of people and hands the rest says who, the same in all of
    them. Raises ValueError for a group that there isn't.
    """
    if group not in GROUPS:
        raise ValueError(f"There are the groups {', '.join(GROUPS)}, not {group!r}.")
    return {file: place for place, file in GROUPS[group]()}
