// The page: history, the message that is written, and the answer that is running.

import { Answer, element } from "./answer.js";

const $ = (id) => document.getElementById(id);
const conversation = $("conversation");

let chat = location.hash.slice(1) || newChat();
let attached = [];
let running = null; // {run, events, answer}

function newChat() {
  const id = crypto.randomUUID();
  history.replaceState(null, "", `#${id}`);
  return id;
}

async function call(path, body) {
  const method = body === undefined ? "GET" : "POST";
  const headers = { "content-type": "application/json" };
  const answer = await fetch(path, { method, headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error((await answer.text()) || answer.statusText);
  return answer.status === 204 ? null : answer.json();
}

// The whole page, as the server knows it: what was said, and the run that goes on, if there is one.
async function load() {
  leave();
  conversation.replaceChildren();
  const { turns, run, pending } = await call(`api/chats/${chat}`);
  for (const { role, chunks, fault } of turns) {
    const shown = add(new Answer(role));
    chunks.forEach((chunk) => shown.show(chunk));
    if (fault) shown.note(fault, true);
  }
  if (run) follow(run);
  else if (pending.length) ask(pending);
}

function add(answer) {
  keepingTheEnd(() => conversation.append(answer.root));
  return answer;
}

// What is new is shown, unless somebody reads what is old.
function keepingTheEnd(change) {
  const { scrollHeight, scrollTop, clientHeight } = conversation;
  change();
  if (scrollHeight - scrollTop - clientHeight < 120) scrollDown();
}

function scrollDown() {
  conversation.scrollTop = conversation.scrollHeight;
}

// An EventSource connects again by itself and says where it was: nothing is lost or shown twice.
function follow(run) {
  const answer = add(new Answer("assistant unfinished"));
  const events = new EventSource(`api/runs/${run}`);
  running = { run, events, answer };
  events.onmessage = ({ data }) => keepingTheEnd(() => answer.show(JSON.parse(data)));
  events.addEventListener("done", () => ended());
  events.addEventListener("error", ({ data }) => {
    if (data) {
      keepingTheEnd(() => answer.note(JSON.parse(data).message, true));
      ended();
    } else if (events.readyState === EventSource.CLOSED) {
      keepingTheEnd(() => answer.note("The answer cannot be read any more. Load the page again.", true));
      leave();
    } // else the connection broke, and is made anew
  });
  buttons();
}

async function ended() {
  const { answer } = running;
  leave();
  answer.root.classList.remove("unfinished");
  const { pending } = await call(`api/chats/${chat}`);
  if (pending.length) ask(pending);
}

function leave() {
  running?.events.close();
  running = null;
  buttons();
}

function buttons() {
  $("send").hidden = Boolean(running);
  $("stop").hidden = !running;
}

async function start(path, body) {
  try {
    const { run } = await call(path, { model: $("model").value, ...body });
    follow(run);
  } catch (error) {
    add(new Answer("assistant")).note(error.message, true);
  }
}

// Calls that wait for somebody's yes or no.
function ask(pending) {
  const decisions = {};
  const shown = pending.map(({ id, name, arguments: input }) => {
    const row = element("div", { className: "decide" }, element("pre", { textContent: `${name}(${input})` }));
    for (const [text, decision] of [["Allow", true], ["Deny", false]]) {
      const button = element("button", { type: "button", textContent: text });
      if (decision) button.className = "yes";
      button.onclick = () => {
        decisions[id] = decision;
        row.replaceChildren(element("span", { className: "note", textContent: `${name}: ${decision ? "allowed" : "denied"}` }));
        if (Object.keys(decisions).length === pending.length) start(`api/chats/${chat}/decisions`, { decisions });
      };
      row.append(button);
    }
    return row;
  });
  conversation.append(...shown);
  scrollDown();
}

function read(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve({ name: file.name, type: file.type, data: reader.result.split(",", 2)[1] });
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}

$("files").onchange = async ({ target }) => {
  attached.push(...(await Promise.all([...target.files].map(read))));
  target.value = "";
  $("attached").textContent = attached.map(({ name }) => name).join(", ");
};

$("ask").onsubmit = async (event) => {
  event.preventDefault();
  const text = $("text").value.trim();
  if (running || (!text && !attached.length)) return;
  const message = { text, files: attached };
  const said = add(new Answer("user"));
  if (text) said.show({ turn: 0, block: 0, delta: text });
  attached.forEach((file) => said.note(file.name));
  attached = [];
  $("attached").textContent = "";
  $("text").value = "";
  scrollDown();
  await start(`api/chats/${chat}/messages`, message);
};

$("text").onkeydown = (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  $("ask").requestSubmit();
};

$("text").oninput = ({ target }) => {
  target.style.height = "auto";
  target.style.height = `${target.scrollHeight}px`;
};

$("stop").onclick = () => call(`api/runs/${running.run}/stop`, {});

$("new").onclick = () => {
  chat = newChat();
  load();
};

window.onhashchange = () => {
  chat = location.hash.slice(1) || newChat();
  load();
};

for (const model of await call("api/models")) {
  $("model").append(element("option", { textContent: model }));
}
await load();
