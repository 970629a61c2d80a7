// What reads events of AG-UI in a front end: HttpAgent, with the protocol's verifier and reducer.
// A task names a URL, the conversation, the front end's tools, and what to answer interrupts with.

import { createInterface } from "node:readline";

import { HttpAgent } from "@ag-ui/client";

async function answer({ url, messages, tools = [], context = [], resume, interrupts }) {
  const agent = new HttpAgent({ url, threadId: "thread", initialMessages: messages });
  if (interrupts) agent.pendingInterrupts = interrupts;
  const events = [];
  const custom = [];
  const errors = [];
  let finished = null;
  const subscriber = {
    onEvent: ({ event }) => {
      events.push(event.type);
      if (event.type === "CUSTOM") custom.push(event.name);
      if (event.type === "RUN_ERROR") errors.push(event.message);
      if (event.type === "RUN_FINISHED") finished = event;
    },
    onRunFailed: ({ error }) => void errors.push(String(error.message)),
  };
  try {
    await agent.runAgent({ runId: "run", tools, context, resume }, subscriber);
  } catch (error) {
    errors.push(String(error?.message ?? error));
  }
  return { events, custom, errors, finished, messages: agent.messages };
}

for await (const line of createInterface({ input: process.stdin })) {
  const outcome = await answer(JSON.parse(line)).catch((error) => ({
    raised: String(error?.stack ?? error),
  }));
  process.stdout.write(JSON.stringify(outcome) + "\n");
}
