// What is known of each stream as a whole, as a table and as Markdown; and what was hidden.

function factsOf(stream) {
  const before = stream.tail === stream.longest ? "the end" : `event ${stream.pauses[0] + 1}`;
  const span = stream.first >= 0 ? stream.until - stream.at[stream.first] : 0;
  const tokens = stream.usage.completion_tokens;
  const rate = tokens && span > 0 ? `${(tokens / span).toFixed(1)} tokens/s` : "";
  const size = `${number(stream.bytes)} bytes in ${several(stream.reads, "read")}`;
  return [
    ["provider", stream.provider + (stream.guessed ? " (guessed by the path)" : "")],
    ["endpoint", stream.endpoint],
    ["model", stream.model],
    ["request", [stream.method, stream.path && `…${stream.path}`].filter(Boolean).join(" ")],
    ["sent to", stream.host],
    ["asked for", stream.stream ? "a stream" : "a whole answer"],
    ["HTTP status", stream.status ? String(stream.status) : "no answer"],
    ["attempt", stream.attempt === undefined ? "" : `${stream.attempt + 1}${stream.attempt ? " (a retry)" : ""}`],
    ["same call as", stream.sameCall === undefined ? "" : String.fromCharCode(65 + stream.sameCall)],
    ["turn", stream.turn ? String(stream.turn + 1) : ""],
    ["date", stream.date ? new Date(stream.date * 1000).toISOString().slice(0, 19) + "Z" : ""],
    ["began", stream.began ? `${seconds(stream.began)} after the call` : ""],
    ["headers", stream.status ? `after ${seconds(stream.headersAt)}` : ""],
    ["first content", stream.first >= 0 ? `after ${seconds(stream.at[stream.first])}` : "none"],
    ["longest pause", stream.longest ? `${seconds(stream.longest)} before ${before}` : ""],
    ["duration", seconds(stream.until)],
    ["rate", rate],
    ["events", number(stream.count)],
    ["body", size],
    ["end", endInWords(stream), stream.failed],
    ["error", [stream.end.error, stream.end.kind && `kind ${stream.end.kind}`].filter(Boolean).join(", ")],
    ["message", stream.end.message],
    ["usage", Object.entries(stream.usage).map(([name, count]) => `${name} ${number(count)}`).join(", ")],
    ...Object.entries(stream.headers).map(([name, value]) => [name, value]),
    ...Object.entries(stream.versions).map(([name, value]) => [name, value]),
    ["note", stream.notes.join(" ")],
  ];
}

function makeFacts(state, hasContent) {
  const told = state.streams.map(factsOf);
  const names = [...new Set(told.flat().filter(([, value]) => value).map(([name]) => name))];
  const cell = (facts, name) => facts.find((fact) => fact[0] === name) || [name, ""];
  $("table").className = told.length > 1 ? "" : "one";
  if (told.length > 1) {
    const titles = state.streams.map((stream) => element("th", { scope: "col" }, stream.letter));
    $("table").append(element("thead", {}, element("tr", {}, element("td", {}), ...titles)));
  }
  const body = element("tbody", {});
  for (const name of names) {
    const cells = told.map((facts) => {
      const [, value, bad] = cell(facts, name);
      return element("td", bad ? { class: "bad" } : {}, visible(value || "–"));
    });
    body.append(element("tr", {}, element("th", { scope: "row" }, name), ...cells));
  }
  $("table").append(body);
  for (const stream of state.streams) {
    if (!stream.request) continue;
    const which = state.streams.length > 1 ? ` of ${stream.letter}` : "";
    const title = `Body of the request${which}, ${number(stream.requestBytes)} bytes`;
    $("requests").append(
      element("details", {}, element("summary", {}, title), element("pre", { tabindex: 0 }, visible(pretty(stream.request)))),
    );
  }
  sayHidden(state, hasContent);
  $("copy").addEventListener("click", () => copy(markdown(state, names, told, cell)));
}

function sayHidden(state, hasContent) {
  if (hasContent) {
    const text = "This page shows what was said: look at it before you send it. What looks like a key was masked.";
    $("hidden").append(element("p", {}, text));
    $("veiled").firstChild.textContent = "Texts are shown";
    return;
  }
  const sum = (name) => state.streams.reduce((all, stream) => all + stream.hidden[name], 0);
  $("hidden").append(
    element("p", {}, `Hidden, and not in this file: ${several(sum("texts"), "text")} of ${number(sum("bytes"))} bytes, `
      + `${several(sum("names"), "name")} and ${several(sum("numbers"), "number")} of the bodies that are no protocol's; `
      + "also file names, request ids, hosts other than the provider's own, and messages of errors. "
      + "A letter x stands for a byte of a text, in chunks and structs for a character; a 0 for a digit."),
    element("p", {}, "Shown: the names and words of the protocol, counts, times, sizes, provider, model and versions. Keys are never in the file."),
  );
}

function markdown(state, names, told, cell) {
  const heads = state.streams.map((stream) => stream.letter);
  const escaped = (text) => String(text || "–").replace(/[|\n\r`<]/g, " ");
  const rows = names.map((name) => [name, ...told.map((facts) => escaped(cell(facts, name)[1]))]);
  return [["", ...heads], ["---", ...heads.map(() => "---")], ...rows]
    .map((row) => `| ${row.join(" | ")} |`)
    .join("\n") + "\n";
}

async function copy(text) {
  const area = element("textarea", { readonly: "", class: "aside", "aria-hidden": "true" });
  area.value = text;
  document.body.append(area);
  area.select();
  let done = document.execCommand("copy");
  area.remove();
  if (!done && navigator.clipboard) {
    done = await navigator.clipboard.writeText(text).then(() => true, () => false);
  }
  $("copy").focus();
  $("copy").textContent = done ? "Copied" : "Not allowed to copy";
  setTimeout(() => ($("copy").textContent = "Copy as Markdown"), 2000);
}
