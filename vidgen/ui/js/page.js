// What the page runs besides its players: the language, settings that are kept, what a file was
// made with. Python calls its functions through `window.vidgen`; they stand at the end.
const LANGUAGE = "vidgen-language";
const SETTINGS = "vidgen-settings-"; // a tab's name follows
const still = matchMedia("(prefers-reduced-motion: reduce)");

const players = {}; // by tab; each has ask(request) and speak()
const requests = {}; // what the controls of a tab say, for a player that comes later
const settings = {}; // what is set in a tab, as text
const made = {}; // what was set when the file of a tab was asked for

// A sandboxed frame has no memory, and a full one takes nothing.
function remember(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {}
}

function remembered(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function keptSettings(tab) {
  try {
    const kept = JSON.parse(remembered(SETTINGS + tab));
    return kept && typeof kept === "object" ? kept : null;
  } catch {
    return null;
  }
}

// Begins with the browser's language.
function recallLanguage(languages) {
  const kept = remembered(LANGUAGE);
  if (languages.includes(kept)) return kept;
  return languages[navigator.language?.startsWith("zh") ? 1 : 0];
}

function setLanguage(language) {
  window.vidgen.language = language;
  document.documentElement.lang = language === "中文" ? "zh" : "en";
  remember(LANGUAGE, language);
  Object.values(players).forEach((player) => player.speak());
  Object.keys(followers).forEach(tellFollowers);
  label(document);
}

// Buttons that are but a sign say what they do, in the page's language.
function label(root) {
  root.querySelectorAll("[data-words]").forEach((button) => {
    const words = JSON.parse(button.dataset.words);
    const [spoken] = Object.values(words[window.vidgen.language] ?? Object.values(words)[0]);
    if (button.title !== spoken) button.title = spoken;
    button.setAttribute("aria-label", spoken);
  });
}

// Three hints for a first visit; whoever has read them sees them no more.
const HINTS = "vidgen-hints";
document.documentElement.classList.toggle("vg-seen", remembered(HINTS) !== null);
document.addEventListener("click", (event) => {
  if (!event.target.closest?.(".vg-hints-close")) return;
  remember(HINTS, "read");
  document.documentElement.classList.add("vg-seen");
});

// A player fills the screen, or no longer.
document.addEventListener("click", (event) => {
  const player = event.target.closest?.(".vg-full")?.closest(".vg-player");
  if (!player) return;
  if (document.fullscreenElement) document.exitFullscreen();
  else player.requestFullscreen?.().catch(() => {});
});

function named(names, values) {
  return Object.fromEntries(names.map((name, i) => [name, values[i]]));
}

const followers = {}; // by tab: what else wants to know what its controls say

// Until `told` answers false: an accordion that is closed takes down what is in it.
function follow(tab, told) {
  (followers[tab] ??= []).push(told);
  if (requests[tab]) told(requests[tab]);
}

function tellFollowers(tab) {
  if (!requests[tab]) return;
  followers[tab] = followers[tab]?.filter((told) => told(requests[tab]) !== false);
}

function ask(tab, names, values) {
  requests[tab] = named(names, values);
  tellFollowers(tab);
  players[tab]?.ask(requests[tab]);
}

function keep(tab, names, values) {
  settings[tab] = JSON.stringify(named(names, values));
  remember(SETTINGS + tab, settings[tab]);
  markOutdated(tab);
}

// What was kept of a tab, as text: Gradio would refuse choices that it does not offer yet. And the
// language: the switch itself may not show it yet.
function recall(tab, languages) {
  if (opened && tabOf(opened) === tab) {
    const place = opened;
    opened = null;
    if (tab === "morph") document.querySelector("#morph-tab-button")?.click();
    return [place, recallLanguage(languages)];
  }
  const kept = settings[tab] ?? JSON.stringify(keptSettings(tab) ?? {});
  return [kept, recallLanguage(languages)];
}

// A tab takes over what another one shows, and comes to the front.
function take(tab, values) {
  store(tab, { ...keptSettings(tab), ...values });
  document.querySelector(`#${tab}-take`)?.click();
  document.querySelector(`#${tab}-tab-button`)?.click();
  scrollTo({ top: 0 });
}

function store(tab, values) {
  settings[tab] = JSON.stringify(values);
  remember(SETTINGS + tab, settings[tab]);
}

// What a player shows becomes a keyframe, two seconds after the last one. Returns what is to be said.
function addKeyframe(document, most) {
  const { frames, fps, loop, travel, snap, colors, ...place } = JSON.parse(document);
  const kept = (settings.timeline ? JSON.parse(settings.timeline) : keptSettings("timeline")) ?? {};
  const keyframes = Array.isArray(kept.keyframes) ? kept.keyframes : [];
  const model = keyframes[0]?.place?.model;
  if (keyframes.length && model !== place.model) return ["timeline_other_model", { model }];
  if (keyframes.length >= most) return ["timeline_full", { most }];
  const at = keyframes.length ? Math.max(...keyframes.map((each) => each.at)) + 2 : 0;
  store("timeline", { ...kept, keyframes: [...keyframes, { at, place }] });
  players.timeline?.ask();
  return ["timeline_added", { number: keyframes.length + 1, at }];
}

// The address carries what is shown, as the JSON of a place, once somebody has chosen something.
const PLACE = "place"; // its name in the address
const SETTLED = 700; // ms after which a change is a step to go back to
const chosen = {}; // the place that a tab shows, by tab
let stepping = null; // the timer of the next step, and what it goes to
let next = null;
let returning = true; // until what the address says is shown, or somebody acts
let opened = addressed(); // a place that a tab has still to take over
const arriving = opened && tabOf(opened); // the tab that begins with the address's place

function addressed() {
  return new URLSearchParams(location.search).get(PLACE);
}

function link(place) {
  const url = new URL(location.href);
  url.searchParams.set(PLACE, place);
  return url.href;
}

function showed(tab, place) {
  chosen[tab] = place;
  if (place === next) return; // endless video says it with every chunk
  clearTimeout(stepping);
  next = null;
  if (place === addressed()) returning = false;
  else if (!returning) step(place);
}

function step(place) {
  next = place;
  stepping = setTimeout(() => {
    next = null;
    history.pushState(null, "", link(place));
  }, SETTLED);
}

async function copyLink(place) {
  history.replaceState(null, "", link(place));
  try {
    await navigator.clipboard.writeText(location.href);
    return true;
  } catch {
    return false; // not allowed here: it stands in the address
  }
}

// Which tab shows a place: that of two seeds shows those that have two.
function tabOf(place) {
  try {
    return JSON.parse(place).seed_b === undefined ? "generate" : "morph";
  } catch {
    return "generate";
  }
}

function open(place) {
  opened = place;
  const tab = tabOf(place);
  document.querySelector(`#${tab}-tab-button`)?.click();
  document.querySelector(`#${tab}-take`)?.click();
}

for (const act of ["pointerdown", "keydown", "input"]) {
  addEventListener(act, () => (returning = false), { capture: true });
}
addEventListener("popstate", () => {
  const place = addressed();
  returning = true;
  if (place) open(place);
  else location.reload();
});

function markOutdated(tab) {
  const result = document.querySelector(`#${tab}-result`);
  const outdated = tab in made && made[tab] !== settings[tab];
  result?.classList.toggle("vg-old", outdated);
  result?.querySelectorAll(".vg-outdated").forEach((line) => (line.hidden = !outdated));
}

function rendering(tab, names, values) {
  made[tab] = settings[tab] = JSON.stringify(named(names, values));
}

// An animated picture can't be paused: its first frame takes its place until a button is pressed.
async function hold(picture) {
  await picture.decode();
  const frame = document.createElement("canvas");
  [frame.width, frame.height] = [picture.naturalWidth, picture.naturalHeight];
  frame.getContext("2d").drawImage(picture, 0, 0);
  frame.setAttribute("role", "img");
  frame.setAttribute("aria-label", picture.alt);
  const button = document.createElement("button");
  button.className = "vg-toggle";
  button.setAttribute("aria-label", picture.dataset.play);
  const show = (moving) => {
    picture.classList.toggle("vg-moving", moving);
    frame.hidden = moving;
    button.textContent = moving ? "❚❚" : "▶";
    button.setAttribute("aria-pressed", moving);
  };
  button.addEventListener("click", () => show(!frame.hidden));
  show(false);
  picture.after(frame, button);
}

// A file has come: its link is on the screen, and nothing moves for those who want it still.
function rendered(tab) {
  requestAnimationFrame(() => {
    markOutdated(tab);
    const result = document.querySelector(`#${tab}-result`);
    const video = result?.querySelector("video");
    if (video && still.matches) {
      video.autoplay = false;
      video.pause();
    }
    if (still.matches) result?.querySelectorAll(".vg-moves").forEach(hold);
    if (window.vidgen.unasked !== tab) result?.querySelector(".vg-links")?.scrollIntoView({ block: "nearest" });
    window.vidgen.unasked = null;
  });
}

window.vidgen = {
  players,
  requests,
  language: null,
  keptSettings,
  recallLanguage,
  setLanguage,
  label,
  take,
  store,
  addKeyframe,
  ask,
  follow,
  keep,
  recall,
  rendering,
  rendered,
  showed,
  copyLink,
  open,
  arriving,
  settings: (tab) => JSON.parse(settings[tab] ?? "null"),
  unasked: null, // the tab that has a file made by itself: nobody waits for the link
  place: (tab, inAddress) => (inAddress ? addressed() : chosen[tab]),
};
