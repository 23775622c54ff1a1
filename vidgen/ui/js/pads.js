// The pads: a handle on each of two planes through the latent space. Where they are is one text of
// a control that nobody sees; the rest of the page treats it like any other control.
const REACH = 1.5; // of an edge from the middle; 1 is the middle of a picture
const STEP = 0.05; // of an arrow key
const WIDE = 0.25; // with Shift
const PLANES = 1e6; // to choose from at random
const NEAR = 0.07; // a finger so near to the middle of a picture is on it
const SETTLED = 400; // ms without a change after which the small pictures are drawn anew
const inside = (value) => Math.max(-REACH, Math.min(REACH, Math.round(value * 100) / 100));
const pads = [...element.querySelectorAll(".vg-pad-one")].map((root) => ({
  root,
  kind: root.dataset.pad,
  slider: root.querySelector(".vg-pad"),
  canvas: root.querySelector("canvas"),
  x: 0,
  y: 0,
  shown: "", // what its pictures were drawn of
}));
let plane = 0;
let now = null; // what the controls say
let later = null;

function control() {
  return document.querySelector(`#${props.tab}-pad :is(input, textarea)`);
}

// The text changes, and with it the clip.
function tell() {
  const numbers = [...pads.flatMap(({ x, y }) => [x, y]), plane];
  const input = control();
  input.value = numbers.some(Boolean) ? JSON.stringify(numbers) : "";
  input.dispatchEvent(new Event("input", { bubbles: true }));
  show();
}

function move(pad, x, y) {
  [pad.x, pad.y] = [inside(x), inside(y)];
  tell();
}

function follow(request) {
  if (!element.isConnected) return false;
  now = request;
  let numbers = [0, 0, 0, 0, 0];
  try {
    numbers = JSON.parse(request.pad || "[0,0,0,0,0]");
  } catch {}
  pads.forEach((pad, i) => ([pad.x, pad.y] = numbers.slice(2 * i, 2 * i + 2)));
  plane = numbers[4];
  show();
  clearTimeout(later);
  later = setTimeout(draw, SETTLED);
}

function show() {
  const words = inLanguage(props.words);
  for (const pad of pads) {
    const { slider, x, y } = pad;
    const name = words[`pad_${pad.kind}`];
    slider.style.setProperty("--x", x);
    slider.style.setProperty("--y", y);
    pad.root.querySelector(".vg-pad-name").textContent = name;
    slider.setAttribute("aria-label", `${name}: ${words.pad_info}`);
    slider.title = words.pad_info;
    slider.setAttribute("aria-valuenow", Math.round(100 * x));
    slider.setAttribute("aria-valuetext", filled(words.pad_at, { x, y }));
    pad.root.querySelector(".vg-recentre").textContent = words.pad_recentre;
  }
  const other = element.querySelector(".vg-plane");
  other.textContent = `⚄ ${words.pad_plane}`;
  other.title = words.pad_plane_info;
}

// Small pictures of what lies where: of the seed, not of where the handle is.
async function draw() {
  for (const pad of pads) {
    if (!now || !pad.slider.offsetParent) return; // nobody looks
    const others = pads.filter((each) => each !== pad).flatMap(({ x, y }) => [x, y]);
    const text = JSON.stringify([now.model, now.seed, now.own_motion && now.motion_seed, now.action,
      now.direction, now.truncation, plane, ...others]);
    if (text === pad.shown) continue;
    let reply = null;
    try {
      reply = await server.pictures({ now, pad: pad.kind });
    } catch {}
    if (!reply?.grid || !element.isConnected) continue; // the player says what is wrong
    const bitmap = await bitmapOf(reply);
    const context = pad.canvas.getContext("2d");
    context.imageSmoothingEnabled = !reply.pixelArt;
    context.clearRect(0, 0, pad.canvas.width, pad.canvas.height);
    context.drawImage(bitmap, 0, 0, pad.canvas.width, pad.canvas.height);
    bitmap.close();
    pad.shown = text;
    pad.root.dataset.pictures = Number(pad.root.dataset.pictures ?? 0) + 1;
  }
}

for (const pad of pads) {
  const drag = (event) => {
    if (event.buttons === 0) return;
    const box = pad.slider.getBoundingClientRect();
    const [x, y] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    const [right, up] = [REACH * (2 * x - 1), REACH * (1 - 2 * y)];
    const [column, row] = [Math.round(right), Math.round(up)];
    const near = Math.hypot(right - column, up - row) < NEAR;
    move(pad, near ? column : right, near ? row : up);
  };
  pad.slider.addEventListener("pointerdown", (event) => {
    pad.slider.setPointerCapture(event.pointerId);
    drag(event);
  });
  pad.slider.addEventListener("pointermove", drag);
  pad.slider.addEventListener("keydown", (event) => {
    const step = event.shiftKey ? WIDE : STEP;
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "Home") move(pad, 0, 0);
    else if (event.key in ways) move(pad, pad.x + step * ways[event.key][0], pad.y + step * ways[event.key][1]);
    else return;
    event.preventDefault();
  });
  pad.root.querySelector(".vg-recentre").addEventListener("click", () => move(pad, 0, 0));
}
element.querySelector(".vg-plane").addEventListener("click", () => {
  plane = 1 + Math.floor(Math.random() * PLANES);
  tell();
});
// Pictures are drawn when the pads come into sight.
new IntersectionObserver((entries) => entries.at(-1).isIntersecting && draw()).observe(element);
show();
window.vidgen.follow(props.tab, follow);
