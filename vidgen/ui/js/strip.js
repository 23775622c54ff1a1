// The strip of frames under the stage: a slider to go through a clip, by finger and by key.
const STRIP_FRAMES = 12; // at most so many of a clip's frames in the strip
const PAGE = 8; // frames that Page Up and Page Down step over

// Where the strip's slider stands, for those who hear it; not while it runs, or it never stops.
function sayFrame() {
  if (!length() || (playing && held === null)) return;
  const frame = (live.on ? live.at : at) + 1;
  slider.setAttribute("aria-valuenow", frame);
  const words = inLanguage(props.words).strip_frame;
  const place = { frame, frames: length() };
  slider.setAttribute("aria-valuetext", filled(words, place));
}

function drawStrip() {
  const count = Math.min(STRIP_FRAMES, clip.frames);
  const side = clip.width;
  strip.width = count * side;
  strip.height = side;
  slider.setAttribute("aria-valuemax", clip.frames);
  const context = strip.getContext("2d");
  for (let i = 0; i < count; i++) {
    paintTile(context, Math.floor(((i + 0.5) * clip.frames) / count), i * side, 0, side, side);
  }
}

// Stops at a frame and shows it.
function stepTo(frame) {
  setPlaying(false);
  if (live.on) return liveShow(frame);
  held = ((frame % clip.frames) + clip.frames) % clip.frames;
  draw(performance.now());
  release();
}

function step(event) {
  const now = live.on ? live.at : at;
  const steps = {
    ArrowLeft: now - 1,
    ArrowDown: now - 1,
    ArrowRight: now + 1,
    ArrowUp: now + 1,
    PageDown: now - PAGE,
    PageUp: now + PAGE,
    Home: 0,
    End: live.on ? length() - 1 : -1,
  };
  if (!length() || !(event.key in steps) || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  stepTo(steps[event.key]);
}

function hold(event) {
  if (!length() || event.buttons === 0) return;
  const box = strip.getBoundingClientRect();
  const at = Math.max(0, Math.min(0.9999, (event.clientX - box.left) / box.width));
  held = Math.floor(at * length());
}

function release() {
  if (held === null) return;
  if (live.on) {
    liveShow(held);
    held = null;
    live.due = performance.now();
    return;
  }
  at = held;
  held = null;
  setPlaying(playing);
  draw(performance.now());
}
