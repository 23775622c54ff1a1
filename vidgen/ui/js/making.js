// A file of a timeline in the making: how far it is, and the end of it.
const progress = element.querySelector(".vg-progress");
const state = element.querySelector(".vg-state");
const GLANCE = 400; // ms between two questions how far it is

let phase = null; // what is said of it, and its values
let file = null; // its links, by language

async function call(request) {
  try {
    return await server.timeline(request);
  } catch {
    return null;
  }
}

async function render() {
  phase = ["waiting", {}];
  file = null;
  speak();
  const { size, format, background } = timeline;
  const reply = await call({ do: "start", timeline: written(), size, format, background: told.alpha ? background : "transparent" });
  if (!reply?.job) return ended(reply?.words ?? "offline");
  timeline.job = reply.job;
  window.vidgen.store(props.tab, timeline);
  await watch();
}

// A page that was loaded again goes on with the file that it had asked for.
async function watch() {
  while (timeline.job && element.isConnected) {
    const reply = await call({ do: "watch", job: timeline.job });
    if (!timeline.job) return;
    if (reply?.error) return ended(reply.words);
    if (reply?.made) {
      file = reply.made;
      return ended(null);
    }
    phase = !reply ? ["offline", {}] : [reply.done ? "drawing" : "waiting", reply];
    speak();
    await new Promise((resolve) => setTimeout(resolve, GLANCE));
  }
}

async function cancel() {
  const { job } = timeline;
  ended("cancelled");
  if (job) await call({ do: "stop", job });
}

function ended(sentence) {
  timeline.job = null;
  phase = sentence === null ? null : ["over", sentence];
  window.vidgen.store(props.tab, timeline);
  speak();
}

function speakOfFile(all) {
  const going = Boolean(phase) && phase[0] !== "over";
  moves.render.disabled = !told || going;
  moves.cancel.hidden = progress.hidden = !going;
  progress.value = going && phase[1].total ? phase[1].done / phase[1].total : 0;
  const [what, values] = phase ?? [null, {}];
  const over = { cancelled: say("cancelled"), offline: all.offline }[values] ?? inLanguage(values);
  const now = what === null ? "" : what === "over" ? over : what === "offline" ? all.offline : say(what, values);
  if (state.textContent !== now) state.textContent = now;
  progress.setAttribute("aria-label", now);
  const links = element.querySelector(".vg-file");
  const shown = file ? inLanguage(file) : "";
  if (links.dataset.shows !== shown) {
    links.dataset.shows = shown;
    links.innerHTML = shown; // the server's own, escaped there
  }
}
