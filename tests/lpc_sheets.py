"""Sheets of the Liberated Pixel Cup as tests have them: rectangles in a colour of their own."""

import cv2
import numpy as np

from train.data.lpc.layers import ANIMATIONS, CELL, ROW_FRAMES, ROWS

EVERY = tuple(ANIMATIONS)
# path -> top, left, bottom, right of what is drawn in a cell, its colour, and in which animations.
SHEETS = {
    "body/male/light": (10, 20, 60, 44, (200, 150, 100), EVERY),
    "body/male/skeleton": (10, 20, 60, 44, (250, 250, 250), EVERY),
    "body/female/light": (12, 22, 60, 42, (210, 160, 110), EVERY),
    "body/male/eyes/blue": (14, 28, 16, 36, (0, 0, 250), EVERY),
    "body/female/eyes/blue": (14, 28, 16, 36, (0, 0, 251), EVERY),
    "hair/male/mohawk/black": (4, 30, 12, 34, (10, 10, 10), EVERY),
    "hair/female/long/black": (4, 24, 13, 40, (12, 12, 12), EVERY),
    "legs/pants/male/red_pants_male": (45, 22, 58, 42, (255, 0, 0), EVERY),
    "legs/pants/female/red_pants_female": (45, 24, 58, 40, (254, 0, 0), EVERY),
    "torso/shirts/longsleeve/male/teal_longsleeve": (25, 20, 45, 44, (0, 200, 200), EVERY),
    "torso/tunics/female/teal_tunic": (25, 22, 45, 42, (0, 201, 201), EVERY),
    # Drawn everywhere, but its name says that thrust and shoot are not to be used.
    "torso/robes_female_no_th-sh/blue": (25, 21, 59, 43, (0, 0, 99), EVERY),
    "head/helms/male/golden_helm_male": (3, 18, 13, 46, (255, 220, 0), EVERY[:-1]),
    "head/helms/female/golden_helm_female": (3, 18, 13, 46, (254, 220, 0), EVERY[:-1]),
    "weapons/right hand/male/dagger_male": (40, 0, 42, 18, (90, 90, 90), ("walk", "slash")),
}


def write_sheet(root, name, box, colour, animations):
    sheet = np.zeros((len(ROWS), CELL, 13, CELL, 4), np.uint8)
    top, left, bottom, right = box
    for row, animation in enumerate(ROWS):
        if animation in animations:
            for column in range(ROW_FRAMES[row]):
                # One pixel further every frame, so that no two of them are alike.
                side = slice(left + column, right + column) if right < 50 else slice(left, right)
                sheet[row, top:bottom, column, side] = (*colour[::-1], 255)
    path = root / f"{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), sheet.reshape(len(ROWS) * CELL, 13 * CELL, 4))
