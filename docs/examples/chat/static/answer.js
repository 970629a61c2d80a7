// Shows one answer: each chunk changes the part of the page that its block is.
// Nothing of it is ever read as HTML.

export function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

export class Answer {
  constructor(role) {
    this.root = element("article", { className: role });
    this.blocks = new Map();
    this.calls = new Map();
    this.sources = new Map();
  }

  show(chunk) {
    if (chunk.metadata?.restarted) this.restart(chunk.turn);
    const place = `${chunk.turn}.${chunk.block}`;
    if (chunk.reasoning) this.text(place, "reasoning").append(chunk.reasoning);
    if (chunk.delta) this.text(place, "text").append(chunk.delta);
    if (chunk.refusal) this.text(place, "text").append(chunk.refusal);
    for (const citation of chunk.citations ?? []) this.cite(place, citation);
    for (const tool of chunk.server_tools ?? []) this.serverTool(place, tool);
    for (const file of chunk.files ?? []) this.file(`${place}.${file.id}`, file.part);
    for (const call of chunk.tool_calls ?? []) this.call(chunk.turn, call);
    for (const result of chunk.tool_results ?? []) this.result(result);
  }

  // A block's own element, made where it first appears.
  block(place, make) {
    let block = this.blocks.get(place);
    if (!block) {
      block = make();
      this.blocks.set(place, block);
      this.root.append(block);
    }
    return block;
  }

  text(place, kind) {
    const block = this.block(place, () => {
      if (kind === "text") return element("div", { className: "text" });
      const thought = element("details", {}, element("summary", { textContent: "Thoughts" }));
      thought.append(element("div"));
      return thought;
    });
    return kind === "text" ? block : block.lastElementChild;
  }

  cite(place, { url, title, text }) {
    const name = url ?? title ?? text;
    if (!name) return;
    if (!this.sources.has(name)) {
      const number = this.sources.size + 1;
      const told = title ?? url ?? text;
      const item = element("li", {}, isWeb(url) ? link(url, told) : told);
      this.sources.set(name, number);
      this.list ??= element("ol", { className: "sources" });
      this.list.append(item);
      this.root.append(this.list);
    }
    const number = this.sources.get(name);
    const mark = isWeb(url) ? link(url, `[${number}]`) : `[${number}]`;
    this.text(place, "text").append(element("sup", { title: text ?? title ?? "" }, mark));
  }

  serverTool(place, tool) {
    const block = this.block(`${place}.${tool.id}`, () => folded(tool.name));
    const told = { input: tool.input, output: tool.output };
    title(block, `${tool.name}: ${tool.status ?? "started"}`);
    if (told.input ?? told.output) block.lastElementChild.textContent = shown(told);
  }

  file(place, part) {
    const url = part.url ?? `data:${part.media_type};base64,${part.data}`;
    const block = this.block(place, () => element("figure"));
    if (part.type === "image") {
      block.replaceChildren(element("img", { src: url, alt: "An image of the answer" }));
    } else if (part.type === "audio") {
      block.replaceChildren(element("audio", { src: url, controls: true }));
    } else {
      const name = part.filename ?? "File";
      block.replaceChildren(element("a", { href: url, download: name, textContent: name }));
    }
  }

  call(turn, call) {
    const block = this.block(`${turn}.call.${call.index}`, () => folded("tool"));
    block.tool = call.name || block.tool;
    if (call.id) this.calls.set(call.id, block);
    block.said = (block.said ?? "") + (call.arguments_delta ?? "");
    title(block, `${block.tool}(${block.said})`);
  }

  result(result) {
    let block = this.calls.get(result.call_id);
    if (!block) {
      // A call of an answer before this one, which somebody has allowed since.
      block = this.block(result.call_id, () => folded(result.name));
      this.calls.set(result.call_id, block);
    }
    block.lastElementChild.textContent = shown(result.output);
  }

  // What came of this turn so far is void: another model begins it anew.
  restart(turn) {
    for (const [place, block] of this.blocks) {
      if (!place.startsWith(`${turn}.`)) continue;
      block.remove();
      this.blocks.delete(place);
    }
  }

  note(text, wrong = false) {
    this.root.append(element("p", { className: wrong ? "note wrong" : "note", textContent: text }));
  }
}

function folded(name) {
  return element("details", {}, element("summary", { textContent: name }), element("pre"));
}

function title(block, text) {
  block.firstElementChild.textContent = text;
}

function shown(value) {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

function isWeb(url) {
  return /^https?:\/\//i.test(url ?? "");
}

function link(href, textContent) {
  return element("a", { href, textContent, target: "_blank", rel: "noreferrer" });
}
