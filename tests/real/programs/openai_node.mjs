// The official SDK of OpenAI. Tasks come in as lines of JSON, and what came of each goes out as one.

import { createInterface } from "node:readline";

import OpenAI from "openai";

function client({ url, key: apiKey, headers: defaultHeaders }) {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey, defaultHeaders, maxRetries: 0 });
}

function chat(task) {
  const messages = task.case === "turns" ? [{ role: "system", content: task.system }] : [];
  const asked = { model: task.model, messages };
  if (task.case === "tools") asked.tools = task.tools;
  if (task.case === "structured") {
    const json_schema = { name: "recipe", schema: task.schema, strict: true };
    asked.response_format = { type: "json_schema", json_schema };
  }
  const api = client(task).chat.completions;
  return {
    say: (content) => messages.push({ role: "user", content }),
    result: (tool_call_id, content) => messages.push({ role: "tool", tool_call_id, content }),
    open: () => api.create({ ...asked, stream: true }),
    async ask() {
      let pieces = 1;
      let found;
      if (task.stream) {
        pieces = 0;
        const told = api.stream({ ...asked, stream_options: { include_usage: true } });
        told.on("content", () => pieces++);
        found = await told.finalChatCompletion();
      } else {
        found = await api.create(asked);
      }
      const { parsed, ...message } = found.choices[0].message;
      messages.push(message);
      const calls = (message.tool_calls ?? []).map(({ id, function: made }) => ({
        id,
        name: made.name,
        arguments: JSON.parse(made.arguments),
      }));
      return { text: message.content ?? "", calls, usage: found.usage, pieces };
    },
  };
}

function responses(task) {
  const input = [];
  const asked = { model: task.model, input };
  if (task.case === "turns") asked.instructions = task.system;
  if (task.case === "tools") {
    asked.tools = task.tools.map((tool) => ({ type: "function", strict: false, ...tool.function }));
  }
  if (task.case === "structured") {
    const format = { type: "json_schema", name: "recipe", schema: task.schema, strict: true };
    asked.text = { format };
  }
  const api = client(task).responses;
  return {
    say: (content) => input.push({ role: "user", content }),
    result: (call_id, output) => input.push({ type: "function_call_output", call_id, output }),
    open: () => api.create({ ...asked, stream: true }),
    async ask() {
      let pieces = 1;
      let found;
      if (task.stream) {
        pieces = 0;
        const told = api.stream(asked);
        told.on("response.output_text.delta", () => pieces++);
        found = await told.finalResponse();
      } else {
        found = await api.create(asked);
      }
      const calls = [];
      for (const { parsed_arguments, ...item } of found.output) {
        if (item.type === "message") {
          item.content = item.content.map(({ parsed, ...part }) => part);
        }
        input.push(item);
        if (item.type !== "function_call") continue;
        const { call_id: id, name } = item;
        calls.push({ id, name, arguments: JSON.parse(item.arguments) });
      }
      return { text: found.output_text, calls, usage: found.usage, pieces };
    },
  };
}

async function answer(task) {
  const talk = task.protocol === "responses" ? responses(task) : chat(task);
  talk.say(task.prompt);
  if (task.case === "abort") {
    const events = await talk.open();
    let seen = 0;
    for await (const _ of events) {
      if (++seen > 8) {
        events.controller.abort();
        return { left: true };
      }
    }
    return { left: false };
  }
  const found = await talk.ask();
  if (task.case === "structured") return { value: JSON.parse(found.text), usage: found.usage };
  if (found.calls.length) {
    for (const { id, name } of found.calls) talk.result(id, task.results[name]);
    found.last = await talk.ask();
  }
  if (task.case === "turns") {
    talk.say(task.then);
    found.last = await talk.ask();
  }
  return found;
}

function failure(error) {
  return {
    raised: [error?.constructor?.name ?? typeof error],
    status: error?.status,
    message: String(error?.message),
    after: error?.headers?.get?.("retry-after") ?? null,
    trace: String(error?.stack) + JSON.stringify(error?.error ?? null),
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  const outcome = await answer(JSON.parse(line)).catch(failure);
  process.stdout.write(JSON.stringify(outcome) + "\n");
}
