// The time line: one canvas for each stream, on one scale that begins when its request was sent.

const HEIGHT = 46;
const EDGE = 12; // pixels on both sides

function makeTimeline(state) {
  const box = $("time");
  const axis = $("axis");
  const head = $("head");
  const lanes = state.streams.map((stream) => {
    const canvas = element("canvas", { height: HEIGHT, role: "img", "aria-label": laneInWords(stream) });
    const lane = element("div", { class: "lane" }, laneLine(stream), canvas);
    $("lanes").append(lane);
    return { stream, lane, canvas };
  });
  let width = 0;
  let dirty = true;

  const x = (time) => EDGE + ((time - state.from) / (state.to - state.from)) * (width - 2 * EDGE);
  const timeAt = (pixel) =>
    state.from + ((pixel - EDGE) / Math.max(1, width - 2 * EDGE)) * (state.to - state.from);

  function prepared(canvas, height) {
    const ratio = window.devicePixelRatio || 1;
    if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.height = `${height}px`;
    const pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    pen.font = "11px system-ui, sans-serif";
    return pen;
  }

  function drawLane({ stream, canvas }, colour) {
    const pen = prepared(canvas, HEIGHT);
    const base = HEIGHT - 9;
    const right = x(stream.until);
    pen.fillStyle = colour.line;
    pen.fillRect(x(0), base, right - x(0), 1);
    drawPauses(pen, stream, base, colour);
    drawTicks(pen, stream, base, colour);
    if (stream.headersAt > 0 && stream.status) mark(pen, x(stream.headersAt), base, colour.soft, 3);
    if (stream.first >= 0) arrow(pen, x(stream.at[stream.first]), base, colour.accent);
    pen.fillStyle = stream.failed ? colour.fail : colour.ink;
    if (stream.failed) cross(pen, right, base, colour.fail);
    else pen.fillRect(right - 1, 8, 2, base - 8);
  }

  // Where nothing came for a while, and for how long.
  function drawPauses(pen, stream, base, colour) {
    pen.textAlign = "center";
    const shown = stream.pauses.map((i) => [stream.at[i] - stream.pause[i], stream.at[i]]);
    shown.push([0, stream.headersAt], [stream.count ? stream.at[stream.count - 1] : 0, stream.until]);
    for (const [from, to] of shown) {
      const left = x(from);
      const size = x(to) - left;
      if (size < 14) continue;
      pen.fillStyle = colour.wait;
      pen.fillRect(left + 1, 8, size - 2, base - 8);
      if (size < 46) continue;
      pen.fillStyle = colour.soft;
      const centre = Math.max(left, 0) + (Math.min(left + size, width) - Math.max(left, 0)) / 2;
      pen.fillText(seconds(to - from), centre, base - 11);
    }
  }

  // Events that fall on one pixel are one stroke: as high as the highest.
  function drawTicks(pen, stream, base, colour) {
    const colours = [colour.accent, colour.accentSoft, colour.ink, colour.ink, colour.soft, colour.line];
    const start = Math.max(0, indexAt(stream, state.from - 1e-9));
    let column = -1;
    let height = 0;
    let kind = 5;
    const stroke = () => {
      if (column < 0) return;
      pen.fillStyle = colours[kind];
      pen.fillRect(column, base - height, 1.5, height);
    };
    for (let i = start; i < stream.count; i++) {
      const place = Math.round(x(stream.at[i]));
      if (place > width) break;
      if (place !== column) {
        stroke();
        [column, height, kind] = [place, 0, 5];
      }
      kind = Math.min(kind, stream.rows.kind[i]);
      const size = stream.rows.kind[i] < 3 ? 9 + 2.6 * Math.log2(1 + stream.rows.bytes[i] / 32) : 6;
      height = Math.max(height, Math.min(base - 10, size));
    }
    stroke();
  }

  function mark(pen, place, base, colour, size) {
    pen.fillStyle = colour;
    pen.fillRect(place - 0.5, base - 4, 1, 4 + size);
  }

  function arrow(pen, place, base, colour) {
    pen.fillStyle = colour;
    pen.beginPath();
    pen.moveTo(place, base + 1);
    pen.lineTo(place - 4.5, base + 8);
    pen.lineTo(place + 4.5, base + 8);
    pen.fill();
  }

  function cross(pen, place, base, colour) {
    pen.strokeStyle = colour;
    pen.lineWidth = 2;
    pen.beginPath();
    for (const slope of [-1, 1]) {
      pen.moveTo(place - 5, base - 12 - 5 * slope);
      pen.lineTo(place + 5, base - 12 + 5 * slope);
    }
    pen.stroke();
    pen.fillStyle = colour;
    pen.fillRect(place - 0.75, base - 6, 1.5, 6);
  }

  function drawAxis(colour) {
    const pen = prepared(axis, 20);
    const span = state.to - state.from;
    const rough = span / Math.max(2, width / 90);
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough);
    pen.fillStyle = colour.soft;
    for (let n = Math.ceil(state.from / step - 1e-9); n * step <= state.to + step * 1e-6; n++) {
      const place = x(n * step);
      pen.fillRect(place, 0, 1, 4);
      const label = seconds(n * step);
      const half = pen.measureText(label).width / 2;
      pen.textAlign = "center";
      pen.fillText(label, Math.max(half + 2, Math.min(width - half - 2, place)), 15);
    }
  }

  function draw() {
    if (dirty) {
      dirty = false;
      width = box.clientWidth;
      const style = getComputedStyle(document.documentElement);
      const take = (name) => style.getPropertyValue(name).trim();
      const colour = {
        ink: take("--ink"), soft: take("--soft"), line: take("--line"), accent: take("--accent"),
        accentSoft: take("--accent-soft"), fail: take("--fail"), wait: take("--wait"),
      };
      for (const lane of lanes) drawLane(lane, colour);
      drawAxis(colour);
    }
    head.style.transform = `translateX(${x(state.time) - 0.75}px)`;
    for (const { stream, lane } of lanes) {
      lane.setAttribute("aria-current", String(stream === state.stream && lanes.length > 1));
    }
  }

  function redraw() {
    dirty = true;
    requestAnimationFrame(draw);
  }

  box.addEventListener("pointerdown", (event) => {
    const lane = lanes.find((known) => known.lane.contains(event.target));
    if (lane) state.stream = lane.stream;
    box.setPointerCapture(event.pointerId);
    const seek = (moved) => state.seek(timeAt(moved.clientX - box.getBoundingClientRect().left));
    const end = () => {
      box.removeEventListener("pointermove", seek);
      box.removeEventListener("pointerup", end);
      box.removeEventListener("pointercancel", end);
    };
    box.addEventListener("pointermove", seek);
    box.addEventListener("pointerup", end);
    box.addEventListener("pointercancel", end);
    seek(event);
  });
  box.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    state.zoom(event.deltaY > 0 ? 1.25 : 0.8);
  }, { passive: false });
  new ResizeObserver(redraw).observe(box);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  state.listen((what) => (what.view ? redraw() : draw()));
  redraw();
}

// What can be said of a stream in a line.
function laneFacts(stream) {
  return [
    stream.first >= 0 ? `first content ${seconds(stream.at[stream.first])}` : "no content",
    stream.longest ? `longest pause ${seconds(stream.longest)}` : "",
    `${several(stream.count, "event")} in ${seconds(stream.until)}`,
  ].filter(Boolean);
}

function laneLine(stream) {
  const line = element("p", {}, element("b", {}, stream.name ? `${stream.title} · ${stream.name}` : stream.title));
  line.prepend(...stream.badge());
  for (const fact of laneFacts(stream)) line.append(element("span", {}, fact));
  if (stream.failed) line.append(element("span", { class: "bad" }, endInWords(stream)));
  return line;
}

const laneInWords = (stream) =>
  `${stream.title}: ${[...laneFacts(stream), endInWords(stream)].join(", ")}`;

function endInWords(stream) {
  const end = stream.end;
  const status = stream.status >= 400 ? `HTTP ${stream.status}: ` : "";
  return `${status}${end.why}`;
}
