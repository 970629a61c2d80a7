// Replaying, stepping, and the keys that do it.

function makePlayer(state) {
  let last = 0;
  let gap = -1;
  const scrub = $("scrub");
  const speeds = Array.from($("speed").options, (option) => Number(option.value));

  function tick(now) {
    if (!state.playing) return;
    const time = state.time + ((now - last) / 1000) * state.speed;
    last = now;
    if (time >= state.until) pause();
    state.seek(time, false);
    if (state.playing) requestAnimationFrame(tick);
  }

  function play() {
    if (state.time >= state.until - 1e-9) state.seek(0, false);
    state.playing = true;
    last = performance.now();
    requestAnimationFrame(tick);
    show();
  }

  function pause() {
    state.playing = false;
    show();
  }

  const toggle = () => (state.playing ? pause() : play());
  const step = (by) => {
    pause();
    state.select(state.stream, state.index + by);
  };
  const setSpeed = (value) => {
    state.speed = value;
    $("speed").value = String(value);
  };
  const nextSpeed = (by) => {
    const place = speeds.indexOf(state.speed) + by;
    setSpeed(speeds[Math.max(0, Math.min(speeds.length - 1, place))]);
  };

  function nextGap() {
    const pauses = state.stream.pauses;
    if (!pauses.length) return;
    const known = pauses.indexOf(state.index);
    gap = known < 0 ? 0 : (known + 1) % pauses.length;
    pause();
    state.select(state.stream, pauses[gap]);
  }

  function show() {
    $("play").setAttribute("aria-pressed", String(state.playing));
    $("play").setAttribute("aria-label", state.playing ? "Pause" : "Replay");
    $("clock").replaceChildren(element("b", {}, clock(state.time)), ` of ${clock(state.until)}`);
    scrub.value = String((state.time / state.until) * 1000);
    scrub.setAttribute("aria-valuetext", clock(state.time));
    $("back").disabled = state.index < 0;
    $("forward").disabled = state.index >= state.stream.count - 1;
  }

  const jobs = {
    first: () => step(-Infinity), back: () => step(-1), play: toggle, forward: () => step(1),
    last: () => step(Infinity), gap: nextGap, in: () => state.zoom(0.5), out: () => state.zoom(2),
    fit: () => state.zoom(Infinity),
  };
  for (const [id, job] of Object.entries(jobs)) $(id).addEventListener("click", job);
  $("speed").addEventListener("change", (event) => setSpeed(Number(event.target.value)));
  scrub.addEventListener("input", () => state.seek((Number(scrub.value) / 1000) * state.until));

  const keys = {
    ArrowLeft: jobs.back, ArrowUp: jobs.back, k: jobs.back, ArrowRight: jobs.forward, ArrowDown: jobs.forward,
    j: jobs.forward, Home: jobs.first, End: jobs.last, PageUp: () => step(-20), PageDown: () => step(20),
    " ": toggle, "[": () => nextSpeed(-1), "]": () => nextSpeed(1), g: nextGap,
    "+": jobs.in, "=": jobs.in, "-": jobs.out, 0: jobs.fit,
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target;
    const inList = target === $("rows");
    if (target.matches("input, select, textarea")) return;
    const scrolls = ["ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End"].includes(event.key);
    if (scrolls && target.matches("pre, .scroll")) return; // they scroll themselves
    if (["ArrowUp", "ArrowDown", "PageUp", "PageDown"].includes(event.key) && !inList) return;
    if (event.key === " " && target.matches("button, summary, a")) return;
    const stream = state.streams[Number(event.key) - 1];
    const job = keys[event.key] || (stream && (() => {
      state.stream = stream;
      state.seek(state.time);
    }));
    if (!job) return;
    event.preventDefault();
    job();
  });
  state.listen((what) => {
    if (!what.view) show();
    if (what.say && state.index >= 0) {
      $("told").textContent = `Event ${state.index + 1} of ${state.stream.count}, `
        + `${state.stream.kind(state.index)}, ${clock(state.time)}`;
    }
  });
}
