// One row of the sheet that is shown, playing; the sheet itself is drawn when its tab is first seen.
const root = element.querySelector(".vg-player");
const stage = element.querySelector(".vg-stage canvas");
const toggle = element.querySelector(".vg-toggle");
const choice = element.querySelector("select");
const REST = 600; // ms between the end of what does not loop and its beginning
const PICTURE = "#sheet-picture img";

let sheet = null; // the picture of all rows
let rows = [];
let playing = !still.matches;
let clock = performance.now();
let stopped = 0; // ms that it had played when it was paused
let drawn = "";
let asked = false; // whether the sheet has been asked for

// Whenever another picture stands in the tab.
function look() {
  const found = document.querySelector(PICTURE);
  if (found === sheet) return;
  sheet = found;
  rows = found ? JSON.parse(found.dataset.rows) : [];
  const wanted = choice.selectedIndex;
  choice.replaceChildren(...rows.map(() => document.createElement("option")));
  if (rows.length) choice.selectedIndex = wanted >= 0 && wanted < rows.length ? wanted : firstRow();
  root.hidden = !rows.length;
  root.dataset.rows = rows.length;
  found?.addEventListener("click", pick);
  again();
  speak();
}

// What goes on for ever and faces whoever looks at it, if there is that.
function firstRow() {
  const names = rows.map((row) => Object.values(row.words)[0]);
  const facing = rows.findIndex((row, i) => row.loops && names[i].endsWith(" down"));
  return Math.max(0, facing >= 0 ? facing : rows.findIndex((row) => row.loops));
}

// A click on the sheet chooses the row under it; the picture keeps its shape, at its top.
function pick(event) {
  const box = sheet.getBoundingClientRect();
  const scale = Math.min(box.width / sheet.naturalWidth, box.height / sheet.naturalHeight);
  const y = (event.clientY - box.top) / scale;
  const row = rows.findIndex(({ boxes }) => boxes[0].y <= y && y < boxes[0].y + boxes[0].h);
  if (row < 0) return;
  choice.selectedIndex = row;
  again();
  speak();
}

function again() {
  [clock, stopped, drawn] = [performance.now(), 0, ""];
}

// The frame after so many ms: first those before the cycle, then the cycle for ever.
function frameOf(row, time) {
  const sum = (list) => list.reduce((all, each) => all + each, 0);
  const lead = row.loops ? sum(row.durations.slice(0, row.lead)) : 0;
  const round = sum(row.durations) - lead + (row.loops ? 0 : REST);
  let left = time < lead + round ? time : lead + ((time - lead) % round);
  for (let i = 0; i < row.durations.length; i++) {
    left -= row.durations[i];
    if (left < 0) return i;
  }
  return row.durations.length - 1;
}

function draw(now) {
  const row = rows[choice.selectedIndex];
  if (!row || !sheet.complete || !sheet.naturalWidth) return;
  const frame = frameOf(row, playing ? now - clock : stopped);
  const side = Math.min(512, Math.round(stage.clientWidth * devicePixelRatio)) || 256;
  const state = `${choice.selectedIndex} ${frame} ${side}`;
  if (state === drawn) return;
  drawn = state;
  if (stage.width !== side) stage.width = stage.height = side;
  const { x, y, w, h } = row.boxes[frame];
  const context = stage.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.clearRect(0, 0, side, side);
  context.drawImage(sheet, x, y, w, h, 0, 0, side, side);
  stage.dataset.frame = `${choice.selectedIndex} ${frame}`;
}

function speak() {
  const words = inLanguage(props.words);
  element.querySelector("label span").textContent = words.sheet_row;
  rows.forEach((row, i) => (choice.options[i].textContent = inLanguage(row.words)));
  const row = rows[choice.selectedIndex];
  if (row) stage.setAttribute("aria-label", filled(words.sheet_row_of, { row: inLanguage(row.words) }));
  toggle.setAttribute("aria-label", words.play);
  toggle.setAttribute("aria-pressed", playing);
  toggle.textContent = playing ? "❚❚" : "▶";
}

function setPlaying(on) {
  if (on) clock = performance.now() - stopped;
  else stopped = performance.now() - clock;
  playing = on;
  speak();
}

// Is it seen? Its own player is hidden until there is a sheet.
function seen() {
  return element.isConnected && element.parentElement.offsetParent !== null && !document.hidden;
}

function tick(now) {
  if (!element.isConnected) return;
  if (seen()) {
    look();
    const button = document.querySelector("#sheet-draw");
    if (!asked && !sheet && button && document.querySelector("#sheet-model input")?.value) {
      asked = true;
      window.vidgen.unasked = props.tab;
      button.click();
    }
    draw(now);
  }
  requestAnimationFrame(tick);
}

toggle.addEventListener("click", () => setPlaying(!playing));
stage.addEventListener("click", () => setPlaying(!playing));
choice.addEventListener("change", () => {
  again();
  speak();
});
window.vidgen.players[props.tab] = { ask: look, speak };
speak();
requestAnimationFrame(tick);
