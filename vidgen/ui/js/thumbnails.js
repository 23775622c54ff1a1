// Models as small moving pictures, which are radio buttons: the arrow keys go from one to the next.
const SETTLED = 250; // ms after which a choice counts: arrow keys pass many
const PATIENCE = 5000; // ms that the pictures wait for the first clip
const root = element.querySelector(".vg-models");
const row = element.querySelector(".vg-models-row");
const toggle = element.querySelector(".vg-toggle");
const began = performance.now();
let model = null; // what the list of names says
let later = null;

function labelOf({ name, leads }) {
  const [label, input, frame] = [made("label", "vg-model"), made("input"), made("span", "vg-frame", name[0])];
  input.type = "radio";
  input.name = `${props.tab}-models`;
  input.value = name;
  input.addEventListener("change", () => {
    clearTimeout(later);
    later = setTimeout(() => document.querySelector(`#${props.tab}-pick`)?.click(), SETTLED);
  });
  frame.setAttribute("aria-hidden", "true");
  label.classList.toggle("vg-leads", leads);
  label.title = name;
  label.append(input, frame, made("span", "vg-model-name", name));
  return label;
}

async function fill(label, picture) {
  const [moving, first] = [made("img"), made("canvas")];
  moving.alt = "";
  moving.src = `data:image/webp;base64,${picture}`;
  const bitmap = await bitmapOf({ grid: picture, mime: "image/webp" });
  [first.width, first.height] = [bitmap.width, bitmap.height];
  first.getContext("2d").drawImage(bitmap, 0, 0);
  label.querySelector(".vg-frame").replaceChildren(moving, first);
}

function offer(models) {
  const focused = row.contains(document.activeElement);
  row.replaceChildren(...models.map(labelOf));
  root.hidden = models.length < 2;
  check();
  if (focused) row.querySelector("input:checked")?.focus();
}

// The one that is chosen is in sight; the page itself does not scroll.
function check() {
  for (const input of row.querySelectorAll("input")) {
    input.checked = input.value === model;
    if (!input.checked) continue;
    const [outer, inner] = [row.getBoundingClientRect(), input.parentElement.getBoundingClientRect()];
    if (inner.left < outer.left) row.scrollLeft += inner.left - outer.left - 8;
    if (inner.right > outer.right) row.scrollLeft += inner.right - outer.right + 8;
  }
}

function speak() {
  const words = inLanguage(props.words);
  row.setAttribute("aria-label", words.by_picture);
  toggle.title = words.by_picture_play;
  toggle.setAttribute("aria-label", words.by_picture_play);
}

function setMoving(on) {
  root.classList.toggle("vg-still", !on);
  toggle.textContent = on ? "❚❚" : "▶";
  toggle.setAttribute("aria-pressed", on);
}

async function load() {
  const reply = await answered(() => server.models(null), () => element.isConnected, () => {});
  if (!reply) return;
  const known = props.models.map(({ name }) => name).join();
  if (reply.models.map(({ name }) => name).join() !== known) offer(reply.models);
  const labels = [...row.children];
  await Promise.all(reply.models.map(({ picture }, i) => picture && fill(labels[i], picture)));
  root.dataset.pictures = row.querySelectorAll("img").length;
}

toggle.addEventListener("click", () => setMoving(root.classList.contains("vg-still")));
offer(props.models);
setMoving(!still.matches);
speak();
window.vidgen.follow(props.tab, (request) => {
  if (!element.isConnected) return false;
  model = request.model;
  check();
  speak();
});
const waiting = setInterval(() => {
  const drawn = document.querySelector(`#player-${props.tab} .vg-player[data-clips]`);
  if (!drawn && performance.now() - began < PATIENCE) return;
  clearInterval(waiting);
  load();
}, 200);
