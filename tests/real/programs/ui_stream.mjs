// What reads the UI message stream in a browser: the AI SDK's transport, its checks of each chunk,
// and its reducer, in three major versions. A task names a URL and what useChat would post to it.

import { createInterface } from "node:readline";

import * as ai6 from "ai";
import * as ai5 from "ai-5";
import * as ai7 from "ai-7";

const VERSIONS = { 5: ai5, 6: ai6, 7: ai7 };

async function answer({ url, messages, sdk, body }) {
  const ai = VERSIONS[sdk];
  const transport = new ai.DefaultChatTransport({ api: url, body });
  const stream = await transport.sendMessages({
    chatId: "chat",
    trigger: "submit-message",
    messages,
  });
  const [counted, read] = stream.tee();
  const types = [];
  const errors = [];
  const counting = (async () => {
    for await (const chunk of counted) types.push(chunk.type);
  })().catch((error) => errors.push(String(error)));
  const last = messages.at(-1);
  let message = null;
  const reading = ai.readUIMessageStream({
    stream: read,
    message: last.role === "assistant" ? structuredClone(last) : undefined,
    onError: (error) => errors.push(String(error?.message ?? error)),
  });
  for await (const state of reading) message = state;
  await counting;
  let refused = null;
  if (message?.parts.length) {
    if (ai.safeValidateUIMessages) {
      const checked = await ai.safeValidateUIMessages({ messages: [message] });
      if (!checked.success) refused = String(checked.error);
    }
    await ai.convertToModelMessages([message]);
  }
  return { types, errors, message, refused };
}

for await (const line of createInterface({ input: process.stdin })) {
  const outcome = await answer(JSON.parse(line)).catch((error) => ({
    raised: String(error?.stack ?? error),
  }));
  process.stdout.write(JSON.stringify(outcome) + "\n");
}
