// What the page was given, as streams with times in seconds.

const $ = (id) => document.getElementById(id);

async function given() {
  const element = $("data");
  let text = element.textContent;
  if (element.dataset.packing === "gzip") {
    const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
    const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    text = await new Response(unpacked).text();
  }
  element.remove();
  return JSON.parse(text);
}

function streamOf(facts, place, kinds, alone) {
  const { rows, ...told } = facts;
  const count = rows.at.length;
  const at = Float64Array.from(rows.at, (micro) => micro / 1e6);
  const pause = new Float64Array(count);
  const chars = new Float64Array(count); // up to and with each event
  let first = -1;
  let sum = 0;
  for (let i = 0; i < count; i++) {
    pause[i] = at[i] - (i ? at[i - 1] : told.headersAt);
    chars[i] = sum += rows.chars[i];
    if (first < 0 && rows.kind[i] < 3) first = i; // text, reasoning or a tool
  }
  const last = count ? at[count - 1] : told.headersAt;
  const tail = Math.max(0, told.end.at - last); // nothing came, and then the end
  const pauses = Array.from(pause.keys()).sort((a, b) => pause[b] - pause[a]).slice(0, 9);
  return {
    ...told, rows, count, at, pause, chars, first, place,
    letter: String.fromCharCode(65 + place),
    badge: () => (alone ? [] : [element("b", { class: "badge" }, String.fromCharCode(65 + place))]),
    kind: (i) => kinds[rows.kind[i]],
    pauses: pauses.filter((i) => pause[i] > 0),
    longest: Math.max(tail, pauses.length ? pause[pauses[0]] : 0),
    tail,
    until: Math.max(told.end.at, count ? at[count - 1] : 0, told.headersAt),
    title: [told.provider, told.model].filter(Boolean).join(":") || "unknown provider",
    failed: told.end.how !== "complete" || told.status >= 400,
  };
}

// The last event that had come at a time; -1 before the first.
function indexAt(stream, time) {
  let low = 0;
  let high = stream.count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (stream.at[middle] <= time + 1e-9) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

// One place for what is shown: which stream, which event, what time, how fast.
function makeState(streams) {
  const listeners = [];
  const until = Math.max(...streams.map((stream) => stream.until), 0.001);
  const state = {
    streams, until, stream: streams[0], index: Math.max(streams[0].first, streams[0].count ? 0 : -1), time: 0, playing: false,
    speed: 1, from: 0, to: until,
    listen: (listener) => listeners.push(listener),
    changed: (what) => listeners.forEach((listener) => listener(what)),
    select(stream, index, say = true) {
      state.stream = stream;
      state.index = Math.max(-1, Math.min(stream.count - 1, index));
      state.time = state.index < 0 ? 0 : stream.at[state.index];
      state.follow();
      state.changed({ say });
    },
    seek(time, say = true) {
      state.time = Math.max(0, Math.min(until, time));
      state.index = indexAt(state.stream, state.time);
      state.follow();
      state.changed({ say });
    },
    // Keeps the time in view when the line is zoomed.
    follow() {
      const span = state.to - state.from;
      if (state.time < state.from || state.time > state.to) {
        state.from = Math.max(0, Math.min(until - span, state.time - span / 4));
        state.to = state.from + span;
        state.changed({ view: true });
      }
    },
    zoom(factor) {
      const span = Math.min(until, Math.max(until / 1e5, 0.002, (state.to - state.from) * factor));
      const share = (state.time - state.from) / (state.to - state.from || 1);
      state.from = Math.max(0, Math.min(until - span, state.time - span * share));
      state.to = factor === Infinity ? until : state.from + span;
      if (factor === Infinity) state.from = 0;
      state.changed({ view: true });
    },
    // How far a stream is: the chosen event in the current one, the time in the others.
    reached: (stream) => (stream === state.stream ? state.index : indexAt(stream, state.time)),
  };
  return state;
}
