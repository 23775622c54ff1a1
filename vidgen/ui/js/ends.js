// The two ends of a morph beside it, moving with it: whoever chooses one has all of it.
const ends = [...element.querySelectorAll(".vg-end")].map((button, mix) => ({
  button, mix, canvas: button.querySelector("canvas"), clip: null,
}));
let endsOf = null; // what the ends are drawn of: a request without its mix
let endsBusy = false;

function endOf({ mix, travel, ...request }) {
  return request;
}

// After the morph itself, and one after the other: its own frames come first.
async function drawEnds() {
  const wanted = newest && JSON.stringify(endOf(newest));
  if (!wanted || wanted === endsOf || endsBusy || busy || !clip) return;
  endsBusy = true;
  let drawn = 0;
  for (const end of ends) {
    let reply = null;
    try {
      reply = await server.draw({ ...endOf(newest), mix: end.mix, travel: false });
    } catch {}
    if (!reply?.grid) {
      if (reply?.busy) setTimeout(() => (endsOf = null), RETRY);
      end.clip = null;
      end.canvas.width = 1; // nothing is better than another seed's
      continue;
    }
    const bitmap = await bitmapOf(reply);
    end.clip?.bitmap.close();
    end.clip = { ...reply, bitmap };
    drawn += 1;
  }
  endsOf = wanted; // what was refused is refused again: the morph says why
  root.dataset.ends = drawn;
  endsBusy = false;
  paintEnds(performance.now());
}

function paintEnds(now) {
  const frame = live.on ? Math.floor(((now - clock) / 1000) * (clip?.fps ?? 25)) : at;
  for (const { canvas, clip } of ends) if (clip) paint(canvas, clip, Math.max(0, frame) % clip.frames);
}

function speakEnds() {
  const words = inLanguage(props.words);
  const seeds = [newest?.seed, newest?.seed_b];
  ends.forEach(({ button, mix }) => {
    const name = filled(words[mix ? "morph_end_b" : "morph_end_a"], { seed: seeds[mix] ?? "" });
    button.querySelector("span").textContent = name;
    button.setAttribute("aria-label", `${name}: ${words.morph_end}`);
    button.title = words.morph_end;
  });
}

for (const { button, mix } of ends) {
  button.addEventListener("click", () => {
    const slider = document.querySelector("#mix-slider input[type=range]");
    if (!slider || slider.disabled) return;
    slider.value = mix;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

let endsSaid = null;
function tickEnds(now) {
  if (!element.isConnected) return;
  if (visible && !document.hidden) {
    const said = `${window.vidgen.language} ${newest?.seed} ${newest?.seed_b}`;
    if (said !== endsSaid) speakEnds();
    endsSaid = said;
    drawEnds();
    paintEnds(now);
  }
  requestAnimationFrame(tickEnds);
}
requestAnimationFrame(tickEnds);
