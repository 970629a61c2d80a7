// Vercel's AI SDK. Tasks come in as lines of JSON, and what came of each goes out as one.

import { createInterface } from "node:readline";

import { createAmazonBedrock } from "@ai-sdk/amazon-bedrock";
import { createAnthropic } from "@ai-sdk/anthropic";
import { createCohere } from "@ai-sdk/cohere";
import { createGoogleGenerativeAI } from "@ai-sdk/google";
import { createGroq } from "@ai-sdk/groq";
import { createMistral } from "@ai-sdk/mistral";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { createXai } from "@ai-sdk/xai";
import { generateText, jsonSchema, Output, stepCountIs, streamText, tool } from "ai";

globalThis.AI_SDK_LOG_WARNINGS = false; // standard output is for answers

function model({ protocol, url, key: apiKey, headers, model: name }) {
  const at = (path) => ({ baseURL: url + path, apiKey, headers });
  switch (protocol) {
    case "chat":
      return createOpenAI(at("/v1")).chat(name);
    case "responses":
      return createOpenAI(at("/v1")).responses(name);
    case "anthropic":
      return createAnthropic(at("/v1"))(name);
    case "google":
      return createGoogleGenerativeAI(at("/v1beta"))(name);
    case "mistral":
      return createMistral(at("/v1"))(name);
    case "groq":
      return createGroq(at("/openai/v1"))(name);
    case "cohere":
      return createCohere(at("/v2"))(name);
    case "xai":
      return createXai(at("/v1")).chat(name);
    case "xai-responses":
      return createXai(at("/v1")).responses(name);
    case "bedrock":
      return createAmazonBedrock({ ...at(""), region: "us-east-1" })(name);
    case "compatible":
      return createOpenAICompatible({
        ...at("/v1"),
        name: "server",
        includeUsage: true,
        supportsStructuredOutputs: true,
      })(name);
  }
  throw new Error(`no protocol ${protocol}`);
}

const THINKING = {
  openai: { reasoningEffort: "low", reasoningSummary: "auto" },
  anthropic: { thinking: { type: "enabled", budgetTokens: 1024 } },
  google: { thinkingConfig: { includeThoughts: true } },
  xai: { reasoningEffort: "low" },
  bedrock: { reasoningConfig: { type: "enabled", budgetTokens: 1024 } },
};

async function ask(settings, stream) {
  if (!stream) return all(await generateText(settings), settings, 1);
  const failed = [];
  const result = streamText({ ...settings, onError: ({ error }) => failed.push(error) });
  let pieces = 0;
  for await (const part of result.fullStream) pieces += part.type === "text-delta";
  if (failed.length) throw failed[0];
  return all(result, settings, pieces);
}

async function all(result, settings, pieces) {
  const output = settings.output && (await result.output);
  const [text, steps, usage] = await Promise.all([result.text, result.steps, result.usage]);
  return { text, steps, usage, output, response: await result.response, pieces };
}

async function left(settings) {
  const control = new AbortController();
  let seen = 0;
  const result = streamText({ ...settings, abortSignal: control.signal, onError: () => {} });
  for await (const part of result.fullStream) {
    if (part.type === "text-delta" && ++seen === 5) control.abort();
    if (part.type === "abort") return { left: true };
  }
  return { left: false };
}

function told({ text, toolCalls = [], usage, reasoningText }) {
  const calls = toolCalls.map((call) => ({ name: call.toolName, arguments: call.input }));
  return { text, calls, usage, reasoning: reasoningText };
}

async function answer(task) {
  const { case: kind, stream } = task;
  const settings = { model: model(task), maxRetries: 0, maxOutputTokens: 4000 };
  if (task.options) settings.providerOptions = task.options;
  const messages = [{ role: "user", content: task.prompt }];
  if (kind === "structured") {
    settings.output = Output.object({ schema: jsonSchema(task.schema), name: "recipe" });
  }
  if (kind === "thinking") {
    settings.providerOptions = { ...THINKING, openai: { ...THINKING.openai, ...task.options?.openai } };
  }
  if (kind === "tools" || kind === "thinking") {
    settings.stopWhen = stepCountIs(3);
    settings.tools = Object.fromEntries(
      task.tools.map(({ function: { name, description, parameters } }) => [
        name,
        tool({
          description,
          inputSchema: jsonSchema(parameters),
          execute: async () => task.results[name],
        }),
      ]),
    );
  }
  if (kind === "turns") settings.system = task.system;
  if (kind === "abort") return left({ ...settings, messages });
  const first = await ask({ ...settings, messages }, stream);
  if (kind === "structured") return { value: first.output, usage: first.usage };
  const steps = first.steps.map(told);
  const found = { ...steps[0], pieces: first.pieces };
  if (steps.length > 1) found.last = steps.at(-1);
  if (kind === "turns") {
    messages.push(...first.response.messages, { role: "user", content: task.then });
    found.last = told(await ask({ ...settings, messages }, stream));
  }
  return found;
}

function failure(error) {
  return {
    raised: [error?.name ?? typeof error],
    status: error?.statusCode ?? error?.cause?.statusCode,
    message: String(error?.message ?? JSON.stringify(error)),
    retryable: error?.isRetryable,
    after: error?.responseHeaders?.["retry-after"] ?? null,
    trace: String(error?.stack) + JSON.stringify(error?.cause ?? null) + (error?.responseBody ?? ""),
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  const outcome = await answer(JSON.parse(line)).catch(failure);
  process.stdout.write(JSON.stringify(outcome) + "\n");
}
