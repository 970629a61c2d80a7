"""Ledger: notes what happens, capitals for names, a tool, a second try elsewhere."""

from chimeric.chunks import StreamChunk  # public, by its private place

from chimeric import ToolExecutionResult, hookimpl

NOTES = []


class Capitals:
    """Holds text back until its word is whole, and writes it in capitals."""

    def __init__(self):
        self.held = ""

    def process(self, chunk):
        if not chunk.delta:
            return chunk
        self.held += chunk.delta
        said, blank, self.held = self.held.rpartition(" ")
        if not blank:
            return None
        return chunk.replace(delta=said.upper() + blank)

    def flush(self):
        text, self.held = self.held, ""
        return StreamChunk(text.upper()) if text else None


class Counting:
    """A transport around another one."""

    def __init__(self, inner):
        self.inner = inner

    def __getattr__(self, name):
        return getattr(self.inner, name)


def today() -> str:
    """Tell the day."""
    return "Monday"


@hookimpl
def chimeric_prepare_request(request, context):
    NOTES.append(f"prepare {context.turn}")
    return request.replace(temperature=0.5) if request.temperature is None else None


@hookimpl
def chimeric_process_chunk(chunk, context):
    if chunk.finish_reason:
        return chunk.replace(metadata={**chunk.metadata, "ledger": context.provider})
    return chunk


@hookimpl
def chimeric_stream_processor(context):
    return Capitals() if context.request.model.endswith("-loud") else None


@hookimpl
def chimeric_stream_started(context):
    NOTES.append(f"started {context.provider}")


@hookimpl
def chimeric_stream_finished(context, response):
    NOTES.append(f"finished {response.finish_reason} {context.closed_early}")


@hookimpl
def chimeric_stream_failed(error):
    NOTES.append(f"failed {type(error).__name__}")


@hookimpl
def chimeric_recover(error, context):
    if context.request.model == "nimbus-broken":
        return context.request.replace(model="nimbus-story", provider=None)
    return None


@hookimpl
def chimeric_call_tool(call, tool):
    if call.name == "erase":
        return "nobody erases here"
    if call.name == "ask":
        return ToolExecutionResult(call.id, call.name, call.arguments, "answered by the ledger")
    return None


@hookimpl
def chimeric_register_tools(register):
    register(today)


@hookimpl
def chimeric_register_commands(group):
    NOTES.append(f"commands {type(group).__name__}")


@hookimpl
def chimeric_transport(name, asynchronous):
    NOTES.append(f"transport {name} {asynchronous}")
    return


@hookimpl
def chimeric_wrap_transport(transport, asynchronous):
    NOTES.append(f"wrap {asynchronous}")
    return
