"""What a scoreboard can ask about a character, and the answers."""

from __future__ import annotations

from train.data.lpc.wardrobe import Piece, Wardrobe

# What a scoreboard asks about, beside body, skin and hair -> the slots that answer.
WORN = {
    "legs": ("legs", "skirt"), "torso": ("torso",), "overskirt": ("overskirt",), "vest": ("vest",),
    "armour": ("chest",), "shoulders": ("shoulders",), "tabard": ("tabard",), "feet": ("feet",),
    "hands": ("hands",), "belt": ("belt",), "head": ("head",), "cape": ("cape",), "neck": ("neck",),
    "wings": ("wings",), "shield": ("shield",), "weapon": ("weapon",),
}  # fmt: skip
NONE = "none"


def describe(worn: dict[str, Piece], sex: str) -> dict[str, str]:
    """The attributes of who wears these pieces, by slot."""
    body, hair = worn["body"], worn.get("hair")

    def kind(slot: str) -> str:
        return worn[slot].kind if slot in worn else NONE

    return {
        "body": body_type(body.kind, sex),
        "skin": body.kind,
        "eyes": worn["eyes"].colour if "eyes" in worn else NONE,
        "nose": kind("nose"),
        "ears": kind("ears"),
        "hair": kind("hair"),
        "hair colour": hair.colour if hair else NONE,
        "beard": kind("beard"),
    } | {
        name: next((worn[slot].label for slot in slots if slot in worn), NONE)
        for name, slots in WORN.items()
    }


def body_type(skin: str, sex: str) -> str:
    """female, male, female orc, male orc or skeleton."""
    return skin if skin == "skeleton" else f"{sex} orc" if skin.endswith("orc") else sex


def attribute_values(wardrobe: Wardrobe) -> dict[str, tuple[str, ...]]:
    """Every attribute and the values that it can have, sorted."""
    pieces = wardrobe.pieces

    def values(slot: str, of: str) -> set[str]:
        return {getattr(piece, of) for piece in pieces if piece.slot == slot} | {NONE}

    bodies = [piece for piece in pieces if piece.slot == "body" and piece.sex in wardrobe.sexes]
    found = {
        "body": {body_type(piece.kind, piece.sex) for piece in bodies},
        "skin": {piece.kind for piece in bodies},
        "eyes": values("eyes", "colour"),
        "nose": values("nose", "kind"),
        "ears": values("ears", "kind"),
        "hair": values("hair", "kind"),
        "hair colour": values("hair", "colour"),
        "beard": values("beard", "kind"),
    } | {name: {NONE, *wardrobe.labels(*slots)} for name, slots in WORN.items()}
    return {name: tuple(sorted(some)) for name, some in found.items()}
