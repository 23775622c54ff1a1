// The hole that is painted on a clip, for clip.js, which follows: by finger and by key.
const painted = element.querySelector(".vg-seen");
const BRUSH = 2; // cells to each side of the pointer
const CELLS = props.cells;
const SIDE = 384; // pixels of a canvas
let hole = new Set(); // cells that are painted, row * CELLS + column
let cursor = null; // the cell that the keyboard is at

// The hole as the server takes it: rows of digits, 1 where it is.
function holeRows() {
  return Array.from({ length: CELLS }, (_, y) =>
    Array.from({ length: CELLS }, (_, x) => (hole.has(y * CELLS + x) ? "1" : "0")).join(""));
}

function paintHole(context) {
  const size = SIDE / CELLS;
  context.fillStyle = "rgb(225 29 72 / 0.6)";
  for (const cell of hole) {
    context.fillRect((cell % CELLS) * size, Math.floor(cell / CELLS) * size, size, size);
  }
  if (cursor === null || document.activeElement !== painted) return;
  context.strokeStyle = "#e11d48";
  context.lineWidth = 3;
  const [x, y] = [cursor % CELLS, Math.floor(cursor / CELLS)].map((each) => (each - BRUSH) * size);
  context.strokeRect(x, y, (2 * BRUSH + 1) * size, (2 * BRUSH + 1) * size);
}

function dab(column, row) {
  if (settings.task !== "repair" || running || shown.seen !== original) return;
  for (let y = row - BRUSH; y <= row + BRUSH; y++) {
    for (let x = column - BRUSH; x <= column + BRUSH; x++) {
      if (x >= 0 && y >= 0 && x < CELLS && y < CELLS) hole.add(y * CELLS + x);
    }
  }
  root.dataset.hole = hole.size;
  draw();
}

function pointed(event) {
  if (!event.buttons || settings.task !== "repair") return;
  if (shown.seen !== original && !running) put("seen", original);
  const box = painted.getBoundingClientRect();
  const [x, y] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  dab(Math.floor(x * CELLS), Math.floor(y * CELLS));
  event.preventDefault();
}

painted.addEventListener("pointerdown", pointed);
painted.addEventListener("pointermove", pointed);
painted.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -CELLS, ArrowDown: CELLS }[event.key];
  if (settings.task !== "repair" || (!step && event.key !== " ")) return;
  cursor ??= (CELLS / 2) * CELLS + CELLS / 2;
  if (step && cursor + step >= 0 && cursor + step < CELLS * CELLS) cursor += step;
  if (event.key === " ") dab(cursor % CELLS, Math.floor(cursor / CELLS));
  event.preventDefault();
  draw();
});
