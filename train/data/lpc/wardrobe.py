"""What the sheets of a folder are: pieces to wear, by slot, sex, kind and colour."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from train.data.lpc.layers import ANIMATIONS, ROWS, Layers

SEXES = ("female", "male")
MISSING = {"thrust", "shoot"}  # what `no_th-sh` in a path says that a piece has no frames for

_SEX, _COLOUR, _KIND = r"(?P<sex>female|male)", r"(?P<colour>[\w-]+)", r"(?P<kind>[a-z]\w*)"
# (slot, kind if the name doesn't say it, the whole path without .png). What fits none of them is
# not worn. Left out after a look at the sheets: shadows of hair on the skin; stubble (half
# transparent); hair without a colour in its name (it has no beard to match); slippers but the
# black ones (of the others, soles spill over the head of the next cell); the brown tattered cape (a
# piece of it lies beside the body in slash); ghillies, bracelet, buckles and spikes (few pixels in
# few rows); the trimmed cape (only its front is there); the quiver, which hangs below the back.
RULES = (
    ("body", "", rf"body/{_SEX}/{_KIND}"),
    ("eyes", "eyes", rf"body/{_SEX}/eyes/(?P<colour>[a-z]+)"),
    ("nose", "", rf"body/{_SEX}/nose/(?P<kind>[a-z]+)nose_{_COLOUR}"),
    ("ears", "", rf"body/{_SEX}/ears/(?P<kind>[a-z]+)ears_{_COLOUR}"),
    ("hair", "", rf"hair/{_SEX}/(?P<kind>\w+)/(?P<colour>(?!shadows|scrunch)[\w-]+)"),
    ("beard", "", rf"facial/(?P<sex>male)/(?P<kind>beard|\w+stache|mustache)/{_COLOUR}"),
    ("legs", "pants", rf"legs/pants/{_SEX}/(?P<colour>[a-z]+)_pants_\w+"),
    ("legs", "armour", rf"legs/armor/{_SEX}/(?P<colour>golden|metal)_(greaves|pants)_\w+"),
    ("legs", "formal", rf"formal_{_SEX}_no_th-sh/pants"),
    ("skirt", "skirt", rf"legs/skirt/{_SEX}/robe_skirt_\w+"),
    ("feet", "shoes", rf"feet/shoes/{_SEX}/(?P<colour>[a-z]+)_shoes_\w+"),
    ("feet", "boots", rf"feet/boots/{_SEX}/(?P<colour>[a-z]+)_longboots_\w+"),
    ("feet", "slippers", rf"feet/slippers_{_SEX}/(?P<colour>black)"),
    ("feet", "armour", rf"feet/armor/{_SEX}/(?P<colour>golden|metal)_boots_\w+"),
    ("torso", "", rf"torso/shirts/\w+/{_SEX}/(?P<colour>[a-z]+)_(?P<kind>[a-z]+)"),
    ("torso", "", rf"torso/tunics/{_SEX}/(?P<colour>[a-z]+)_(?P<kind>tunic)"),
    ("torso", "sash", rf"torso/dress_{_SEX}/dress_w_sash_\w+"),
    ("torso", "", rf"torso/dress_{_SEX}/(?P<kind>tightdress)_(?P<colour>[a-z]+)"),
    ("torso", "", rf"torso/dress_{_SEX}/(?P<kind>underdress)"),
    ("torso", "robe", rf"torso/robes_{_SEX}_no_th-sh/(?P<colour>[a-z ]+)"),
    ("torso", "formal", rf"formal_{_SEX}_no_th-sh/shirt"),
    ("overskirt", "", rf"torso/dress_{_SEX}/(?P<kind>overskirt)"),
    ("vest", "", rf"torso/dress_{_SEX}/(?P<colour>blue)_(?P<kind>vest)"),
    ("vest", "corset", rf"torso/corset_{_SEX}/corset_(?P<colour>[a-z]+)"),
    ("vest", "formal", rf"formal_{_SEX}_no_th-sh/vest"),
    ("chest", "", rf"torso/(?P<kind>gold|plate|leather)/chest_{_SEX}"),
    ("chest", "chain", rf"torso/chain/mail_{_SEX}"),
    ("shoulders", "", rf"torso/(?P<kind>gold|plate)/arms_{_SEX}"),
    ("shoulders", "", rf"torso/(?P<kind>leather)/shoulders_{_SEX}"),
    ("tabard", "jacket", rf"torso/chain/tabard/jacket_{_SEX}"),
    ("belt", "leather", rf"belt/leather/{_SEX}/leather_\w+"),
    ("belt", "", rf"belt/(?P<kind>cloth|metal)/{_SEX}/(?P<colour>[a-z0-9]+)_[\w-]+"),
    ("hands", "", rf"hands/gloves/{_SEX}/(?P<colour>golden|metal)_(?P<kind>gloves)_\w+"),
    ("hands", "", rf"hands/bracers/{_SEX}/(?P<colour>cloth|leather)_(?P<kind>bracers)_\w+"),
    ("hands", "", rf"hands/bracers/{_SEX}/(?P<colour>white)_cloth_(?P<kind>bandages|bracers)"),
    ("head", "bandana", rf"head/bandanas/{_SEX}/(?P<colour>[a-z]+)"),
    ("head", "", rf"head/\w+/{_SEX}/(?P<colour>[a-z]+)_?(?P<kind>cap|hat|helm|hood)_\w+"),
    ("head", "tiara", rf"head/tiaras_{_SEX}/(?P<colour>[a-z]+)"),
    ("cape behind", "normal", rf"behind_body/cape/normal/{_SEX}/cape_(?P<colour>[a-z]+)"),
    ("cape behind", "tattered", rf"behind_body/cape/tattered/{_SEX}/\w+_(?P<colour>(?!brown)\w+)"),
    ("cape", "", rf"torso/back/cape/(?P<kind>normal|tattered)/{_SEX}/\w+_(?P<colour>[a-z]+)"),
    ("clasp", "", rf"accessories/neck/cape(?P<kind>clip|tie)/{_SEX}/\w+_(?P<colour>[a-z]+)"),
    ("neck", "necklace", rf"accessories/necklaces_{_SEX}_ ?no_th-sh/(?P<colour>[a-z]+)"),
    ("neck", "", rf"formal_{_SEX}_no_th-sh/(?P<kind>tie|bowtie)"),
    ("wings", "wings", r"torso/back/wings/wings_no_th-sh"),
    ("weapon", "", rf"weapons/right hand/{_SEX}/(?P<kind>[a-z]+)_\w+"),
    ("weapon", "", r"weapons/right hand/either/(?P<kind>\w+)"),
    ("arrow", "", r"weapons/left hand/either/(?P<kind>\w+)"),
    ("shield", "shield", rf"weapons/left hand/{_SEX}/shield_\w+_cutoutforbody"),
)


@dataclass(frozen=True)
class Piece:
    """One sheet that is worn: which layer, where, by whom and in which animations it is drawn.

    sex is "female", "male" or "either"; colour is "" if there is only one.
    """

    layer: int
    name: str
    slot: str
    kind: str
    colour: str
    sex: str
    animations: frozenset[str]

    @property
    def label(self) -> str:
        """Colour and kind, as in `teal tunic`."""
        return f"{self.colour} {self.kind}".strip()

    @property
    def always(self) -> bool:
        """Whether it is drawn in every animation."""
        return len(self.animations) == len(ANIMATIONS)


@dataclass(frozen=True)
class Wardrobe:
    """All pieces of a folder, sorted by name."""

    pieces: tuple[Piece, ...]

    @cached_property
    def sexes(self) -> tuple[str, ...]:
        """Those with a body, and a top and trousers to wear on it whatever it does."""
        return tuple(
            sex
            for sex in SEXES
            if self.kinds("body", sex) and self.basics("torso", sex) and self.basics("legs", sex)
        )

    def kinds(self, slot: str, sex: str) -> tuple[str, ...]:
        """The kinds for a slot that a body of this sex can wear, sorted."""
        return tuple(self._sorted_in.get((slot, sex), ()))

    def colours(self, slot: str, sex: str, kind: str) -> dict[str, Piece]:
        """The pieces of a kind, by colour, sorted."""
        return self._sorted_in.get((slot, sex), {}).get(kind, {})

    def basics(self, slot: str, sex: str) -> tuple[str, ...]:
        """The kinds for a slot of which every colour is drawn in every animation."""
        return self._basics.get((slot, sex), ())

    @cached_property
    def _sorted_in(self) -> dict[tuple[str, str], dict[str, dict[str, Piece]]]:
        found: dict[tuple[str, str], dict[str, dict[str, Piece]]] = {}
        for piece in sorted(self.pieces, key=lambda p: (p.kind, p.colour, p.name)):
            for sex in SEXES if piece.sex == "either" else (piece.sex,):
                kinds = found.setdefault((piece.slot, sex), {})
                kinds.setdefault(piece.kind, {}).setdefault(piece.colour, piece)
        return found

    @cached_property
    def _basics(self) -> dict[tuple[str, str], tuple[str, ...]]:
        return {
            place: tuple(k for k, some in kinds.items() if all(p.always for p in some.values()))
            for place, kinds in self._sorted_in.items()
        }

    def labels(self, *slots: str) -> tuple[str, ...]:
        """Every label in some slots, sorted."""
        return tuple(sorted({piece.label for piece in self.pieces if piece.slot in slots}))


def fill_wardrobe(layers: Layers) -> Wardrobe:
    """The pieces among the layers of a folder."""
    found = (identify(name, layer, layers) for layer, name in enumerate(layers.names.tolist()))
    return Wardrobe(tuple(sorted((p for p in found if p), key=lambda piece: piece.name)))


def identify(name: str, layer: int, layers: Layers) -> Piece | None:
    """The piece that a path names, or None if it is none that is worn."""
    for slot, kind, pattern in RULES:
        match = re.fullmatch(pattern + r"\.png", name)
        if match:
            said = match.groupdict()
            return Piece(
                layer=layer,
                name=name,
                slot=slot,
                kind=kind or said["kind"],
                colour=said.get("colour") or "",
                sex=said.get("sex") or "either",
                animations=drawn_animations(name, layer, layers),
            )
    return None


def drawn_animations(name: str, layer: int, layers: Layers) -> frozenset[str]:
    """The animations that a sheet has any frames for, without those that its name denies."""
    drawn = layers.boxes[layer].any((1, 2))  # (21,)
    missing = MISSING if "no_th-sh" in name else set()
    return frozenset(a for a, there in zip(ROWS, drawn, strict=True) if there) - missing
