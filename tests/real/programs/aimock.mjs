// aimock, a test server of CopilotKit's: says its address, and ends with its standard input.

import { LLMock } from "@copilotkit/aimock";

const mock = new LLMock({ port: 0 });
mock.onMessage("greet", { content: "Hello, one two three." });
mock.onMessage("ponder", { content: "It is four.", reasoning: "Two and two." });
mock.onMessage("recipe", { content: '{"title":"Soup","minutes":20}' });
const asked = (hasToolResult) => ({ userMessage: "weather", hasToolResult });
mock.on(asked(false), { toolCalls: [{ name: "weather", arguments: '{"city":"Rome"}' }] });
mock.on(asked(true), { content: "Rome is sunny." });
const both = { content: "One moment.", toolCalls: [{ name: "weather", arguments: '{"city":"Rome"}' }] };
mock.on({ userMessage: "say and call", hasToolResult: false }, both);
mock.on({ userMessage: "say and call", hasToolResult: true }, { content: "Rome is sunny." });
for (const status of [400, 401, 403, 404, 429, 500, 503]) {
  const error = { message: `refused with ${status}`, type: "test_error" };
  mock.onMessage(`refuse ${status}`, { error, status, retryAfter: 7 });
}
mock.onMessage("break off", { content: "A long answer of many words that nobody reads to its end." }, {
  chunkSize: 5,
  latency: 20, // what is written at once is lost with the connection
  truncateAfterChunks: 9,
});
await mock.start();
process.stdout.write(JSON.stringify({ url: mock.url }) + "\n");
process.stdin.on("end", () => mock.stop().then(() => process.exit(0)));
process.stdin.resume();
