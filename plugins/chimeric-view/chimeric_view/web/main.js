// Puts the parts together.

function begin(data) {
  const state = makeState(data.streams.map((facts, place) => streamOf(facts, place, data.kinds, data.streams.length === 1)));
  const only = state.streams.length === 1 ? state.stream : null;
  const title = only ? only.title : `${state.streams.length} streams`;
  document.title = only ? `${only.title}, a stream` : title;
  $("title").textContent = title;
  $("summary").textContent = only
    ? [only.status ? `HTTP ${only.status}` : "", ...laneFacts(only)].filter(Boolean).join(" · ")
    : "side by side, each from the sending of its request";
  $("opening").remove();
  $("main").hidden = false;
  makeTimeline(state);
  makeRows(state, data.content);
  makeDetail(state, data.content);
  makeFacts(state, data.content);
  makePlayer(state);
  state.select(state.stream, state.index, false);
  document.documentElement.dataset.ready = "true";
}

given().then(begin).catch((error) => {
  $("opening").textContent = `This page is damaged and cannot be shown: ${error.message}`;
  throw error;
});
