"""Characters: who wears what, drawn from a seed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from train.data.lpc.attributes import describe
from train.data.lpc.layers import ANIMATIONS
from train.data.lpc.wardrobe import Piece, Wardrobe

# From what lies below everything to what lies above. Skirts and dresses fall over the feet.
ORDER = (
    "cape behind", "body", "eyes", "nose", "ears", "legs", "feet", "skirt", "torso", "overskirt",
    "vest", "chest", "shoulders", "tabard", "neck", "belt", "hands", "wings", "cape", "clasp",
    "beard", "hair", "head", "shield", "weapon", "arrow",
)  # fmt: skip
SKINS = {
    "light": 5, "tanned": 3, "tanned2": 3, "dark": 3, "dark2": 3, "darkelf": 1.5, "darkelf2": 1.5,
}  # fmt: skip
BODIES = SKINS | {"orc": 0.6, "red_orc": 0.6, "skeleton": 1.6}
# Colours that no hair grows in: a fifth of the characters have one of them.
DYED = ("blue", "blue2", "green", "green2", "pink", "pink2", "purple", "ruby-red", "white-cyan")
# Of a suit of armour, the colour that its trousers, boots, gloves and helm have in their names.
SUITS = {"gold": "golden", "plate": "metal"}
CLOTHES = {
    "longsleeve": 24, "tunic": 24, "sleeveless": 18, "pirate": 10, "sash": 7, "tightdress": 12,
    "underdress": 10, "robe": 7, "formal": 2,
}  # fmt: skip
# What is worn instead of a robe or a formal shirt if there are no frames of it.
SPARE_COLOURS = {
    "": "white", "white": "white", "light gray": "white", "brown": "brown", "dark brown": "brown",
    "red": "maroon", "black": "maroon", "dark gray": "maroon", "blue": "teal",
    "forest green": "teal",
}  # fmt: skip
UNDER_ARMOUR = ("longsleeve", "tunic", "sleeveless", "pirate")
BARE_LEGS = ("sash", "tightdress", "underdress")
HEADS = {"cap": 3, "hat": 2, "helm": 2, "hood": 4, "bandana": 2, "tiara": 3}
# What hair would come through: all of it, or what stands high on the head.
HIDE_HAIR, PRESS_HAIR = ("helm", "hood", "bandana"), ("cap", "hat")
HIGH_HAIR = (
    "bedhead", "jewfro", "longhawk", "longknot", "messy1", "messy2", "mohawk", "shorthawk",
    "shortknot", "xlongknot",
)  # fmt: skip
WEAPONS = {
    "bow": 1, "greatbow": 1, "recurvebow": 1, "spear": 3, "dagger": 3, "woodwand": 1.5,
    "steelwand": 1.5,
}  # fmt: skip


@dataclass(frozen=True)
class Character:
    """Who is drawn, and what is worn in each animation.

    attributes: (name, value); outfits: pieces from the lowest up, one an animation, in the order of
    ANIMATIONS. If a piece has no frames it is not worn, and what lies below it shows.
    """

    seed: int
    attributes: tuple[tuple[str, str], ...]
    outfits: tuple[tuple[Piece, ...], ...]


def draw_character(wardrobe: Wardrobe, seed: int) -> Character:
    """The character of a seed: the same one everywhere, for the same folder."""
    draw = _Draw(wardrobe, seed)
    body = draw.wear("body", weights=BODIES)
    assert body is not None, "a wardrobe has bodies"
    if body.kind in SKINS:
        _draw_face(draw, body.kind)
    if body.kind != "skeleton":
        _draw_hair(draw, bearded=body.kind in SKINS)
    _draw_clothes(draw)
    _draw_extras(draw)
    outfits = tuple(tuple(_outfit(draw.worn, draw.spare, a)) for a in ANIMATIONS)
    return Character(seed, tuple(describe(draw.worn, draw.sex).items()), outfits)


class _Draw:
    """The decisions about one character, one number of its seed's sequence after the other."""

    def __init__(self, wardrobe: Wardrobe, seed: int) -> None:
        # PCG64's own doubles: of all that numpy draws, what stays the same in every version.
        self.numbers = iter(np.random.Generator(np.random.PCG64(seed)).random(128).tolist())
        self.wardrobe = wardrobe
        self.sex = self.one({sex: 1 for sex in wardrobe.sexes}) or ""
        self.worn: dict[str, Piece] = {}
        self.spare: dict[str, Piece] = {}  # below, for animations that `worn` has no frames for

    def chance(self, probability: float) -> bool:
        return next(self.numbers) < probability

    def one(self, weights: Mapping[str, float]) -> str | None:
        """One of some names, by weight; None if there is none."""
        left = next(self.numbers) * sum(weights.values())
        for name, weight in weights.items():
            if left < weight:
                return name
            left -= weight
        return None

    def wear(
        self,
        slot: str,
        kinds: Iterable[str] | None = None,
        weights: Mapping[str, float] | None = None,
        colour: str | None = None,
        avoid: str | None = None,
        spare: bool = False,
    ) -> Piece | None:
        """Puts on a piece of some kinds, by weight, and any, one or not one colour, if it is there.

        Returns it, or None.
        """
        there = self.wardrobe.kinds(slot, self.sex)
        wanted = {k: (weights or {}).get(k, 0 if weights else 1) for k in there}
        kind = self.one({k: w for k, w in wanted.items() if kinds is None or k in kinds})
        some = self.wardrobe.colours(slot, self.sex, kind) if kind else {}
        chosen = self.one({c: 1 for c in some if colour in (None, c) and c != avoid})
        if chosen is None:
            return None
        (self.spare if spare else self.worn)[slot] = some[chosen]
        return some[chosen]


def _draw_face(draw: _Draw, skin: str) -> None:
    draw.wear("eyes")
    if draw.chance(0.35):
        draw.wear("nose", colour=skin)
    elf = skin.startswith("darkelf")
    if draw.chance(0.8 if elf else 0.2):
        draw.wear("ears", ("elven",) if elf else None, colour=skin)


def _draw_hair(draw: _Draw, bearded: bool) -> None:
    style = draw.one({kind: 1 for kind in draw.wardrobe.kinds("hair", draw.sex)})
    colours = draw.wardrobe.colours("hair", draw.sex, style) if style else {}
    dyed = draw.chance(0.2)
    colour = draw.one({c: 1 for c in colours if (c in DYED) == dyed})
    if draw.chance(0.95) and colour and style:
        draw.wear("hair", (style,), colour=colour)
    if draw.chance(0.3) and bearded:
        draw.wear("beard", colour=colour)


def _draw_clothes(draw: _Draw) -> None:
    suits = {"": 74, "leather": 10, "chain": 7, "plate": 5, "gold": 4}
    there = draw.wardrobe.kinds("chest", draw.sex)
    suit = draw.one({s: w for s, w in suits.items() if not s or s in there}) or ""
    skin = draw.worn["body"].kind
    avoid = "brown" if skin.startswith("dark") and "elf" not in skin else None  # looks like none
    top = draw.wear("torso", UNDER_ARMOUR if suit else None, CLOTHES, avoid=avoid)
    if top is None or not top.always:
        basics: Sequence[str] = draw.wardrobe.basics("torso", draw.sex)
        basics = [kind for kind in basics if kind in UNDER_ARMOUR] or basics
        near = SPARE_COLOURS.get(top.colour) if top else None
        under = draw.wear("torso", basics, colour=near, avoid=avoid, spare=True)
        under = under or draw.wear("torso", basics, spare=True)
        top = top or under
    assert top is not None, "a wardrobe has something for every torso"
    _draw_legs(draw, top.kind, suit)
    if suit:
        draw.wear("chest", (suit,))
        if draw.chance(0.8):
            draw.wear("shoulders", (suit,))
    if draw.chance(0.5 if suit == "chain" else 0.05) and suit in ("", "chain"):
        draw.wear("tabard")
    if top.kind == "underdress":
        if draw.chance(0.5):
            draw.wear("overskirt")
        if draw.chance(0.5):
            draw.wear("vest", ("vest",))
    elif top.kind == "formal":
        draw.wear("neck", ("tie", "bowtie"))
        if draw.chance(0.6):
            draw.wear("vest", ("formal",))
    elif top.kind in UNDER_ARMOUR and not suit:
        if draw.chance(0.12):
            draw.wear("vest", ("corset",))
        elif draw.chance(0.25):
            draw.wear("belt", draw.wardrobe.basics("belt", draw.sex))
    if draw.chance(0.15 if suit not in SUITS else 0.8):
        gloved = suit in SUITS
        draw.wear(
            "hands", ("gloves",) if gloved else ("bracers", "bandages"), None, SUITS.get(suit)
        )


def _draw_legs(draw: _Draw, top: str, suit: str) -> None:
    basics = [k for k in draw.wardrobe.basics("legs", draw.sex) if k != "armour"]
    armoured = suit in SUITS and draw.chance(0.85)
    bare = top in BARE_LEGS and not draw.chance(0.2)
    if armoured:
        draw.wear("legs", ("armour",), None, SUITS[suit])
        draw.wear("feet", ("armour",), None, SUITS[suit])
    elif top == "formal":
        draw.wear("legs", ("formal",))
        draw.wear("legs", basics, spare=True)
    elif not bare and (top in (*BARE_LEGS, "robe") or not draw.chance(0.15)):
        draw.wear("legs", basics)
    elif not bare:
        draw.wear("skirt", draw.wardrobe.basics("skirt", draw.sex))
    if not bare and not {"legs", "skirt"} & set(draw.worn):
        draw.wear("legs", draw.wardrobe.basics("legs", draw.sex))
    if not armoured and draw.chance(0.94):
        draw.wear("feet", ("shoes", "boots", "slippers"))


def _draw_extras(draw: _Draw) -> None:
    chest = draw.worn.get("chest")
    suit = SUITS.get(chest.kind) if chest else None
    if draw.chance(0.5 if suit else 0.2):
        draw.wear("head", ("helm",) if suit else None, HEADS, suit)
    if draw.chance(0.12):
        cape = draw.wear("cape", colour=None)
        behind = cape and draw.wear("cape behind", (cape.kind,), None, cape.colour)
        if cape and behind:
            draw.wear("clasp", colour=cape.colour)
        else:
            draw.worn.pop("cape", None)
    elif draw.chance(0.04):
        draw.wear("wings")
    if draw.chance(0.08) and not {"clasp", "chest", "neck"} & set(draw.worn):
        draw.wear("neck", ("necklace",))
    skeleton = draw.worn["body"].kind == "skeleton"
    if draw.chance(0.3):
        weapon = draw.wear("weapon", weights=WEAPONS)
        if weapon and weapon.kind.endswith("bow"):
            draw.wear("arrow", ("arrow_skeleton" if skeleton else "arrow",))
            if skeleton and weapon.kind == "bow":
                draw.wear("weapon", ("bow_skeleton",))
    elif draw.chance(0.1):
        draw.wear("shield")


def _outfit(worn: dict[str, Piece], spare: dict[str, Piece], animation: str) -> list[Piece]:
    """What is worn in an animation, from the lowest up."""
    head, hair = worn.get("head"), worn.get("hair")
    covered = (
        head is not None
        and hair is not None
        and animation in head.animations
        and (head.kind in HIDE_HAIR or (head.kind in PRESS_HAIR and hair.kind in HIGH_HAIR))
    )
    pieces = []
    for slot in ORDER:
        piece = worn.get(slot)
        if piece is None or animation not in piece.animations:
            piece = spare.get(slot)
        if piece and animation in piece.animations and not (slot == "hair" and covered):
            pieces.append(piece)
    return pieces
