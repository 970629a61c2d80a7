// The chosen event: its chunk, its struct, its bytes; and the text that had come until then.

const LONGEST = 200_000; // characters of one event that are shown
const VEILS = 160; // events whose text is shown where it is hidden
const KINDS = {
  text: "text", reasoning: "reasoning", tool: "a tool", finish: "the finish", event: "no content", nothing: "no event",
};

function makeDetail(state, hasContent) {
  const fill = (id, text, note, none) => {
    const pane = $(id);
    const cut = text.length > LONGEST;
    pane.textContent = text ? visible(cut ? text.slice(0, LONGEST) : text) : none;
    pane.className = text ? "" : "none";
    $(`${id}Note`).textContent = cut ? `${note}; ${number(LONGEST)} characters shown` : note;
  };

  function showEvent() {
    const { stream, index } = state;
    if (index < 0) {
      $("which").replaceChildren(element("b", {}, stream.count ? "Before the first event" : "No event"));
      const until = stream.status ? `headers came after ${seconds(stream.headersAt)}` : endInWords(stream);
      $("which").append(element("span", {}, until));
      for (const id of ["chunk", "native", "raw"]) fill(id, "", "", "–");
      return;
    }
    const rows = stream.rows;
    $("which").replaceChildren(
      ...stream.badge(),
      element("b", {}, `Event ${number(index + 1)} of ${number(stream.count)}`),
      element("span", {}, `${KINDS[stream.kind(index)]} at ${clock(stream.at[index])}`),
      element("span", {}, `${seconds(stream.pause[index])} after the one before`),
      element("span", {}, `read ${number(rows.read[index] + 1)} of ${number(stream.reads)}`),
    );
    const chunks = rows.chunk[index] ? rows.chunk[index].split("\n").length : 0;
    fill("chunk", pretty(rows.chunk[index]), chunks > 1 ? several(chunks, "chunk") : "", "This event made no chunk.");
    fill("native", pretty(rows.native[index]), rows.struct[index], "No struct of the provider.");
    fill("raw", rows.raw[index], several(rows.bytes[index], "byte"), "");
  }

  const columns = state.streams.map((stream) => {
    const title = element("h3", {});
    const text = element("p", {});
    $("texts").append(element("div", {}, title, text));
    return { stream, title, text, index: null };
  });

  function showTexts() {
    for (const column of columns) {
      const { stream } = column;
      const index = state.reached(stream);
      if (index === column.index) continue;
      column.index = index;
      const chars = index < 0 ? 0 : stream.chars[index];
      column.title.replaceChildren(
        ...stream.badge(), `${several(chars, "character")}, ${several(index + 1, "event")}`,
      );
      const line = element("span", {});
      if (hasContent) line.textContent = visible(tail(stream, index));
      else line.append(...veils(stream, index));
      column.text.replaceChildren(line);
    }
  }

  function tail(stream, index) {
    const parts = [];
    for (let i = index, size = 0; i >= 0 && size < 1500; i--) {
      if (!stream.rows.chars[i]) continue;
      const text = textOf(stream, i);
      parts.push(text);
      size += text.length;
    }
    return parts.reverse().join("");
  }

  // A bar for each event's text, as long as the text.
  function veils(stream, index) {
    const bars = [];
    for (let i = index; i >= 0 && bars.length < VEILS; i--) {
      const chars = stream.rows.chars[i];
      if (!chars) continue;
      const bar = element("span", { class: "veil" });
      bar.style.width = `${Math.max(0.5, Math.min(chars, 120) * 0.85)}ch`;
      bars.push(bar);
    }
    return bars.reverse();
  }

  let waiting = false;
  state.listen((what) => {
    if (what.view || waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      showEvent();
      showTexts();
    });
  });
}
