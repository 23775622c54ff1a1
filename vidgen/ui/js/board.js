// The board: asks for a column of clips at a time and plays all of them on one canvas.
const cells = element.querySelector(".vg-cells");
const canvas = element.querySelector("canvas");
const facts = element.querySelector(".vg-facts");
const error = element.querySelector(".vg-error");
const root = element.querySelector(".vg-player");
const ROWS = 4; // as many as the server draws at once, two by two
const MOTIONS = 6; // columns of motions
const WALL = 10; // columns of a wall
const GAP = 2; // pixels of the canvas between two cells

let plan = null; // {model, rows: [seed], columns: [{cells, head}], wall}
let clips = []; // by column: what the server drew, with its bitmap
let drawn = "";
let shownError = null;
let focus = 0; // the cell that the arrow keys have come to

async function ask(request) {
  const mine = ++round;
  const wanted = () => mine === round && element.isConnected;
  complain(null);
  root.dataset.drawn = 0;
  let columns = [];
  if (request.columns === "actions") {
    const reply = await answered(() => server.columns(request.model), wanted, complain);
    columns = reply?.columns ?? [];
    if (mine !== round) return;
  }
  plan = planned(request, columns);
  forget();
  layOut();
  for (let at = 0; at < plan.columns.length; at++) {
    const column = { model: request.model, cells: plan.columns[at].cells };
    const reply = await answered(() => server.draw(column), wanted, complain);
    if (!reply?.grid || mine !== round) return;
    const bitmap = await bitmapOf(reply);
    if (mine !== round) return bitmap.close();
    clips[at] = { ...reply, bitmap };
    root.dataset.drawn = at + 1;
    drawn = "";
    speak();
    draw(performance.now());
  }
}

function planned(request, actions) {
  const { model, seed } = request;
  const from = (start, count) => Array.from({ length: count }, (_, i) => (start + i) % props.seeds);
  if (request.columns === "wall") {
    const columns = from(0, WALL).map((column) => {
      const seeds = from(0, ROWS).map((row) => from(seed + row * WALL + column, 1)[0]);
      return { cells: seeds.map((each) => [each, each, null]), head: null, takes: {} };
    });
    return { model, rows: from(seed, ROWS), columns, wall: true };
  }
  const rows = from(seed, ROWS);
  const columns = actions.length
    ? actions.map(({ draws, takes, words }) => ({
        cells: rows.map((each) => [each, seed, draws]),
        head: words,
        takes,
      }))
    : from(seed, MOTIONS).map((motion) => ({
        cells: rows.map((each) => [each, motion, null]),
        head: motion,
        takes: { action: "" },
      }));
  return { model, rows, columns, wall: false };
}

function forget() {
  clips.forEach((clip) => clip?.bitmap.close());
  clips = [];
  drawn = "";
}

// Buttons over the canvas, with the seeds and actions that they stand for around them.
function layOut() {
  cells.querySelectorAll(".vg-cell, .vg-label").forEach((old) => old.remove());
  const { rows, columns, wall } = plan;
  cells.classList.toggle("vg-wall", wall);
  const heads = wall ? "" : "auto ";
  cells.style.gridTemplateColumns = `${heads}repeat(${columns.length}, minmax(var(--cell), 1fr))`;
  cells.style.gridTemplateRows = `${heads}repeat(${rows.length}, auto)`;
  cells.style.setProperty("--columns", columns.length);
  const first = wall ? 1 : 2;
  canvas.style.gridArea = `${first} / ${first} / ${first + rows.length} / ${first + columns.length}`;
  focus = Math.min(focus, rows.length * columns.length - 1);
  if (!wall) {
    columns.forEach((_, i) => label(1, i + 2, "column"));
    rows.forEach((_, i) => label(i + 2, 1, "row"));
  }
  rows.forEach((_, row) =>
    columns.forEach((_, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "vg-cell";
      button.style.gridArea = `${row + first} / ${column + first}`;
      button.addEventListener("click", () => take(row, column));
      button.addEventListener("focus", () => (focus = row * columns.length + column));
      cells.append(button);
    }),
  );
  speak();
  draw(performance.now());
}

function label(row, column, kind) {
  const line = document.createElement("span");
  line.className = `vg-label vg-${kind}`;
  line.style.gridArea = `${row} / ${column}`;
  line.setAttribute("aria-hidden", "true"); // every cell says its own
  cells.append(line);
}

function take(row, column) {
  const [seed, motion] = plan.columns[column].cells[row];
  const own = plan.wall ? { action: "" } : plan.columns[column].takes;
  const who = { model: plan.model, seed, own_motion: seed !== motion, motion_seed: motion };
  window.vidgen.take("generate", { ...who, ...own });
}

function complain(sentence) {
  shownError = sentence;
  speak();
}

function speak() {
  const words = inLanguage(props.words);
  const sentence = shownError === "offline" ? words.offline : inLanguage(shownError) ?? "";
  error.hidden = shownError === null;
  if (error.textContent !== sentence) error.textContent = sentence;
  toggle.setAttribute("aria-label", words.play);
  cells.setAttribute("aria-label", words.matrix);
  window.vidgen.label(element);
  if (!plan) return;
  const all = plan.columns.length;
  const done = clips.filter(Boolean).length;
  const counts = { done, all, clips: all * plan.rows.length };
  facts.textContent = filled(done < all ? words.matrix_drawing : words.matrix_shown, counts);
  const head = ({ head }) => (typeof head === "number" ? filled(words.matrix_column, { seed: head }) : inLanguage(head));
  cells.querySelectorAll(".vg-column").forEach((line, i) => (line.textContent = head(plan.columns[i])));
  cells.querySelectorAll(".vg-row").forEach((line, i) => {
    line.textContent = filled(words.matrix_row, { seed: plan.rows[i] });
  });
  cells.querySelectorAll(".vg-cell").forEach((button, i) => {
    const column = plan.columns[i % all];
    const [seed] = column.cells[Math.floor(i / all)];
    const told = plan.wall ? words.matrix_wall_cell : words.matrix_cell;
    button.title = filled(told, { seed, column: plan.wall ? "" : head(column) });
    button.setAttribute("aria-label", button.title);
    button.tabIndex = i === focus ? 0 : -1;
  });
}

function frameOf(clip, now) {
  return Math.floor((now / 1000) * clip.fps) % clip.frames;
}

function draw(now) {
  if (!plan) return;
  const wide = plan.columns.length;
  const high = plan.rows.length;
  const side = Math.min(192, Math.round((canvas.clientWidth / wide) * devicePixelRatio)) || 64;
  const frames = clips.map((clip) => (clip ? frameOf(clip, playing ? now : stopped) : -1));
  const state = `${frames} ${side}`;
  if (state === drawn) return;
  drawn = state;
  if (canvas.width !== side * wide || canvas.height !== side * high) {
    canvas.width = side * wide;
    canvas.height = side * high;
  }
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, canvas.width, canvas.height);
  clips.forEach((clip, column) => {
    if (!clip) return;
    context.imageSmoothingEnabled = !clip.pixelArt;
    const size = clip.width / 2;
    const left = (frames[column] % clip.columns) * clip.width;
    const top = Math.floor(frames[column] / clip.columns) * clip.height;
    for (let row = 0; row < high; row++) {
      const x = left + (row % 2) * size;
      const y = top + Math.floor(row / 2) * size;
      context.drawImage(
        clip.bitmap, x, y, size, size, column * side + GAP / 2, row * side + GAP / 2, side - GAP, side - GAP,
      );
    }
  });
  canvas.dataset.frames = frames.join(" ");
}

function move(event) {
  if (!plan || event.ctrlKey || event.altKey || event.metaKey) return;
  const wide = plan.columns.length;
  const all = wide * plan.rows.length;
  const column = focus % wide;
  const steps = {
    ArrowLeft: column > 0 ? -1 : 0,
    ArrowRight: column < wide - 1 ? 1 : 0,
    ArrowUp: focus >= wide ? -wide : 0,
    ArrowDown: focus < all - wide ? wide : 0,
    Home: -column,
    End: wide - 1 - column,
  };
  if (!(event.key in steps)) return;
  event.preventDefault();
  focus += steps[event.key];
  speak();
  cells.querySelectorAll(".vg-cell")[focus].focus();
}

cells.addEventListener("keydown", move);
play(canvas, () => {
  drawn = "";
  draw(performance.now());
});
