// The list of events. Only rows that can be seen are in the document.

const ROW = 22;
const TALLEST = 8e6; // pixels; browsers lose precision in taller elements

function makeRows(state, hasContent) {
  const list = $("rows");
  const space = $("space");
  const made = new Map();
  const tabs = state.streams.map((stream) => {
    const tab = element(
      "button", { role: "tab", "aria-controls": "rows" }, ...stream.badge(), stream.title,
    );
    tab.addEventListener("click", () => {
      state.stream = stream;
      state.seek(state.time);
    });
    $("tabs").append(tab);
    return tab;
  });
  $("tabs").hidden = state.streams.length < 2;
  let shown = null;
  let scale = 1; // list pixels for each pixel of rows

  const height = () => state.stream.count * ROW;

  function show() {
    const stream = state.stream;
    if (shown !== stream) {
      shown = stream;
      made.forEach((row) => row.remove());
      made.clear();
      scale = Math.max(1, height() / TALLEST);
      space.style.height = `${height() / scale}px`;
      list.setAttribute("aria-label", `Events of ${stream.letter}, ${stream.title}`);
      tabs.forEach((tab, i) => {
        tab.setAttribute("aria-selected", String(state.streams[i] === stream));
      });
    }
    const top = list.scrollTop * scale;
    const first = Math.max(0, Math.floor(top / ROW) - 4);
    const last = Math.min(stream.count, Math.ceil((top + list.clientHeight) / ROW) + 4);
    for (const [index, row] of made) {
      if (index < first || index >= last) {
        row.remove();
        made.delete(index);
      }
    }
    for (let index = first; index < last; index++) {
      let row = made.get(index);
      if (!row) {
        row = rowOf(stream, index);
        made.set(index, row);
        space.append(row);
      }
      row.style.top = `${index * ROW - top + list.scrollTop}px`;
      row.setAttribute("aria-selected", String(index === state.index));
    }
    if (state.index >= 0) list.setAttribute("aria-activedescendant", `row${state.index}`);
  }

  function rowOf(stream, index) {
    const kind = stream.kind(index);
    const late = stream.pauses.slice(0, 3).includes(index) && stream.pause[index] > 0;
    const row = element(
      "div",
      {
        id: `row${index}`, role: "option", class: `row ${kind}${late ? " late" : ""}`,
        "aria-posinset": index + 1, "aria-setsize": stream.count,
      },
      element("span", {}, number(index + 1)),
      element("span", {}, stream.at[index].toFixed(4)),
      element("span", {}, stream.pause[index] > 0 ? `+${seconds(stream.pause[index])}` : ""),
      element("span", {}, element("i", {}), stream.rows.label[index]),
      element("span", { class: "brings" }, brings(stream, index, kind)),
    );
    row.addEventListener("click", () => state.select(stream, index));
    return row;
  }

  function brings(stream, index, kind) {
    const chars = stream.rows.chars[index];
    if (kind === "text" && hasContent) return JSON.stringify(textOf(stream, index));
    if (kind === "text") return chars ? several(chars, "char") : "text";
    if (kind === "event" || kind === "nothing") return `${number(stream.rows.bytes[index])} bytes`;
    return kind;
  }

  function reveal() {
    const index = Math.max(0, state.index);
    const top = list.scrollTop * scale;
    const room = list.clientHeight - ROW;
    const place = index * ROW;
    if (place >= top && place <= top + room) return;
    const isNear = place >= top - ROW && place <= top + room + ROW; // a step: no more than a row
    const wanted = isNear ? (place < top ? place : place - room) : place - room / 2;
    list.scrollTop = wanted / scale;
  }

  list.addEventListener("scroll", show);
  new ResizeObserver(show).observe(list);
  state.listen((what) => {
    if (what.view) return;
    show();
    reveal();
    show();
  });
}
