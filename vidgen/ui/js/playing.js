// What plays as long as it is seen, for a stage whose draw(now) stands after this: a button stops it.
const toggle = element.querySelector(".vg-toggle");
let playing = !still.matches;
let stopped = performance.now(); // when it was paused
let visible = true;
let round = 0; // the newest request counts; an older one ends when it notices

function tick(now) {
  if (!element.isConnected) return round++; // and asks for nothing more
  if (visible && !document.hidden && playing) draw(now);
  requestAnimationFrame(tick);
}

function setPlaying(on) {
  if (!on) stopped = performance.now();
  playing = on;
  toggle.textContent = playing ? "❚❚" : "▶";
  toggle.setAttribute("aria-pressed", playing);
}

// Begins: with what the controls said before, or else with what is shown first.
function play(seen, resized) {
  toggle.addEventListener("click", () => setPlaying(!playing));
  new IntersectionObserver((entries) => {
    visible = entries[entries.length - 1].isIntersecting;
  }).observe(seen);
  new ResizeObserver(resized).observe(seen);
  window.vidgen.players[props.tab] = { ask, speak };
  setPlaying(playing);
  speak();
  ask(window.vidgen.requests[props.tab] ?? props.first);
  requestAnimationFrame(tick);
}
