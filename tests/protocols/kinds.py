"""The kinds of faults, in the order of the table in ``docs/reliability.md``."""

from __future__ import annotations

from .case import Kind

__all__ = ["KINDS"]

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            name="half-received-call",
            title="A tool call is half received when the turn ends badly, or nobody says how",
            finding="01-half-received-call-is-run.md",
            reports=(
                "earendil-works/pi#1509",
                "genkit-ai/genkit#6259",
                "vllm-project/vllm#53270",
                "agentjido/req_llm#1033",
                "NousResearch/hermes-agent#6847",
                "NousResearch/hermes-agent#7693",
                "langchain-ai/langchainjs#11471",
            ),
            why=(
                "Calls become completed when the turn has ended well, never before. Where no "
                "reason is told at all, a call counts whose arguments are a whole JSON object: "
                "Snowflake's Claude was recorded so."
            ),
        ),
        Kind(
            name="text-told-again",
            title="Responses: deltas and `done` events of one text carry different places",
            finding="02-responses-vllm-text-doubled.md",
            reports=(
                "vllm-project/vllm#23218",
                "vllm-project/vllm#45742",
                "vllm-project/vllm#45889",
                "vllm-project/vllm#30223",
            ),
        ),
        Kind(
            name="output-told-again",
            title="Responses: the final output repeats items under other places or ids",
            finding="03-responses-final-output-repeats-items.md",
            reports=(
                "sgl-project/sglang#12644",
                "vllm-project/vllm#47916",
                "vllm-project/vllm#44608",
                "QuantumNous/new-api#6278",
                "NousResearch/hermes-agent#94961",
                "rbb-dev/Open-WebUI-OpenRouter-pipe#54",
                "Sophomoresty/gemini-web2api#42",
                "Sophomoresty/gemini-web2api#57",
                "lemonade-sdk/lemonade#3607",
            ),
        ),
        Kind(
            name="error-field",
            title="The error comes in an event-stream field named `error`",
            finding="04-llamacpp-error-field.md",
            reports=(
                "ggml-org/llama.cpp#14566",
                "ggml-org/llama.cpp#16104",
                "ggml-org/llama.cpp#16109",
                "coddy-project/coddy-agent#106",
            ),
        ),
        Kind(
            name="bare-error",
            title="The error is a bare JSON line amid the events, or of a gateway's own shape",
            finding="05-bare-json-error-in-sse.md",
            reports=(
                "nashsu/llm_wiki#619",
                "snailyp/gemini-balance#347",
                "googleapis/python-genai#1162",
            ),
        ),
        Kind(
            name="choice-error",
            title="The error stands in the choice",
            finding="06-openrouter-choice-error.md",
            reports=(
                "genkit-ai/genkit#6259",
                "UKGovernmentBEIS/inspect_ai#1536",
                "maximhq/bifrost#5425",
            ),
        ),
        Kind(
            name="split-choices",
            title="One answer is split over choices, or its choice has another index",
            finding="07-choices-split-or-misnumbered.md",
            reports=("HKUDS/nanobot#1555", "ericc-ch/copilot-api#81"),
            why=(
                "Unless several answers were asked for (`n`), the choices are parts of one: tool "
                "calls count wherever they are. Text counts of one choice, which keeps two answers "
                "apart that nobody asked for; the others' is in `metadata['other_choices']`."
            ),
        ),
        Kind(
            name="error-class",
            title="An error inside an answer of status 200 says in words or codes what it is",
            finding="08-error-class-inside-200.md",
            reports=(
                "openai/openai-dotnet#881",
                "huggingface/text-generation-inference#2749",
                "huggingface/huggingface_hub#2558",
                "QuantumNous/new-api#6643",
                "QwenLM/qwen-code#3246",
                "epam/ai-dial-adapter-openai#348",
            ),
        ),
        Kind(
            name="failed-then-error",
            title="A failure without a reason, and the reason in the next event",
            finding="09-azure-failed-then-error.md",
            reports=("earendil-works/pi#7983",),
        ),
        Kind(
            name="foreign-done",
            title="`[DONE]` at the end of a protocol that has none",
            finding="10-gemini-done.md",
            reports=("liuw1535/antigravity2api-nodejs#73", "tashfeenahmed/freellmapi#1288"),
        ),
        Kind(
            name="no-reason-word",
            title="Every chunk carries a word for “no finish reason”",
            finding="11-finish-reason-null-word.md",
            reports=("PowerShell/AIShell#350",),
        ),
        Kind(
            name="disowned-call",
            title="The provider itself says that the call is malformed or unexpected",
            finding="12-gemini-malformed-call-runs.md",
            reports=("NousResearch/hermes-agent#83886",),
        ),
        Kind(
            name="one-newline",
            title="Events are parted by one newline instead of two",
            finding="13-events-parted-by-one-newline.md",
            reports=("anomalyco/opencode#27365", "rexxars/eventsource-parser#31"),
            why=(
                "The server breaks the rules of event streams, but nothing is ambiguous: the "
                "joined payload is no JSON, and each of its lines is an object. JSON spread over "
                "several lines is read as before."
            ),
        ),
        Kind(
            name="reasoning-fields",
            title="Reasoning in a field of the server's own",
            finding="14-copilot-reasoning-text.md",
            reports=(
                "mnfst/llm-gateway#2125",
                "mnfst/llm-gateway#2121",
                "ericc-ch/copilot-api#152",
            ),
        ),
        Kind(
            name="content-parts",
            title="Reasoning, refusals or text in content parts of the server's own",
            finding="15-databricks-reasoning-part.md",
            reports=(
                "tidyverse/ellmer#822",
                "posit-dev/chatlas#392",
                "posit-dev/chatlas#397",
                "databricks/appkit#559",
            ),
        ),
        Kind(
            name="audio",
            title="The answer is spoken: a transcript and sound instead of content",
            finding="16-audio-output-lost.md",
            reports=(
                "openai/openai-openapi#577",
                "openai/openai-node#1991",
                "api7/aisix#518",
                "majiayu000/litellm-rs#552",
            ),
            why="The transcript is what was said, so it is the text; the sound is in the metadata.",
        ),
        Kind(
            name="search-results",
            title="Search results, images and related questions beside the choices",
            finding="17-perplexity-search-results.md",
            reports=("langchain-ai/langchain#38070",),
        ),
        Kind(
            name="paused-turn",
            title="A turn that the provider paused",
            finding="18-anthropic-compaction-stop.md",
            reports=("openclaw/openclaw#65288",),
        ),
        Kind(
            name="finish-words",
            title="Ordinary finish words of other protocols",
            finding="19-finish-words.md",
            reports=(
                "genkit-ai/genkit#6259",
                "earendil-works/pi#2142",
                "vespa-engine/vespa#33327",
                "zeitlings/ayai-gpt-nexus#2",
            ),
            why=(
                "Words that a known server sends for an ordinary end count as that, in any case of "
                "letters. Every other word stays `other`: it is not known to be good."
            ),
        ),
        Kind(
            name="early-finish",
            title="The finish reason comes before the answer, and then the stream is cut",
            finding="20-early-finish-then-cut.md",
            reports=(
                "Chevey339/kelivo#1003",
                "open-webui/open-webui#16377",
                "BerriAI/litellm#2195",
            ),
            why=(
                "An answer that goes on after its finish reason had not ended: without a terminal "
                "signal or another reason it was cut. One last piece of text after the reason is "
                "taken, where text came before it: some servers send it late."
            ),
        ),
        Kind(
            name="untyped-events",
            title="Anthropic: the type stands only in the event's name, or nowhere",
            finding="21-anthropic-untyped.md",
            reports=("earendil-works/pi#4381",),
        ),
        Kind(
            name="complete-start",
            title="Anthropic: the message begins complete, with usage and stop reason",
        ),
        Kind(
            name="whole-answer-cut-call",
            title="A whole answer holds a tool call that the token limit cut",
            finding="whole-answer-cut-tool-call.md",
        ),
        Kind(
            name="loop-gone",
            title="The event loop that a stream belongs to has ended",
            finding="stream-across-runs-silently-empty.md",
            reports=(
                "strands-agents/harness-sdk#856",
                "NousResearch/hermes-agent#4013",
                "encode/httpx#2473",
                "pydantic/pydantic-ai#6436",
            ),
        ),
    )
}
