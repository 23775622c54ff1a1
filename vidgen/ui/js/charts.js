// Diagrams on canvases, for scripts that stand after this one.
const CHART = 0.42; // height of a diagram, in widths

// A canvas as many pixels wide as it is on the screen, cleared.
function cleared(canvas, ratio) {
  const width = Math.round((canvas.clientWidth || 300) * Math.min(2, devicePixelRatio));
  const height = Math.round(width * ratio);
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, width, height);
  return [context, width, height];
}

// A canvas for a diagram: its context, its size, and the size of the text on it.
function chart(canvas, colour) {
  const [context, width, height] = cleared(canvas, CHART);
  const text = Math.round(width / 26);
  context.fillStyle = colour;
  context.font = `${text}px system-ui, sans-serif`;
  return { context, width, foot: height - text * 1.4, height, text };
}

// Two histograms over each other, {low, high, real: [count], generated: [count]}.
function drawHistogram(canvas, bars, colours, textColour) {
  const { context, width, height, foot } = chart(canvas, textColour);
  const most = Math.max(1, ...bars.real, ...bars.generated);
  const wide = width / bars.real.length;
  for (const [name, fill] of [["real", colours[0]], ["generated", colours[1]]]) {
    context.fillStyle = fill;
    context.globalAlpha = 0.6;
    bars[name].forEach((count, i) => {
      const tall = (count / most) * foot;
      context.fillRect(i * wide, foot - tall, wide - 1, tall);
    });
  }
  context.globalAlpha = 1;
  context.fillStyle = textColour;
  context.textBaseline = "bottom";
  context.textAlign = "left";
  context.fillText(String(bars.low), 2, height);
  context.textAlign = "right";
  context.fillText(String(bars.high), width - 2, height);
}

// Lines over steps from 0 to `last`, [{values, stroke, dashed}]; with points [[share, value]] in
// place of values they need not be even. `mark`, a share, is a moment to be marked.
function drawCurves(canvas, lines, last, textColour, mark = null) {
  const { context, width, height, foot, text } = chart(canvas, textColour);
  const even = (values) => values.map((value, i) => [i / Math.max(1, values.length - 1), value]);
  const curves = lines.map((line) => ({ ...line, points: line.points ?? even(line.values) }));
  const all = curves.flatMap(({ points }) => points.map(([, value]) => value));
  if (!all.length) return;
  const left = text * 3.4;
  const low = Math.min(...all), high = Math.max(low + 0.1, ...all);
  const y = (value) => 3 + (1 - (value - low) / (high - low)) * (foot - 6);
  context.lineWidth = Math.max(1.5, width / 250);
  const x = (share) => left + share * (width - left - 3);
  for (const { points, stroke, dashed } of curves) {
    context.strokeStyle = stroke;
    context.setLineDash(dashed ? [width / 60, width / 90] : []);
    context.beginPath();
    points.forEach(([share, value], i) => context[i ? "lineTo" : "moveTo"](x(share), y(value)));
    context.stroke();
  }
  context.setLineDash([]);
  if (mark !== null) context.fillRect(x(mark) - 1, 0, Math.max(2, width / 300), foot);
  context.textAlign = "right";
  context.textBaseline = "top";
  const short = (value) => String(Number(value.toPrecision(2)));
  context.fillText(short(high), left - 4, 2);
  context.textBaseline = "bottom";
  context.fillText(short(Math.abs(low) < 0.005 ? 0 : low), left - 4, foot);
  context.fillText(String(last), width - 2, height);
  context.textAlign = "left";
  context.fillText("0", left, height);
}
