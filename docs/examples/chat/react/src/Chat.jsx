import { useChat } from "@ai-sdk/react";
import { DefaultChatTransport, lastAssistantMessageIsCompleteWithApprovalResponses } from "ai";
import { useEffect, useRef, useState } from "react";
import { Part } from "./Part.jsx";

let model;

// The server keeps the history: it is sent what is new, not what it has.
const transport = new DefaultChatTransport({
  api: "/api/chat",
  prepareSendMessagesRequest: ({ id, messages, trigger }) => ({
    body: { id, trigger, model, message: messages.at(-1) },
  }),
});

export function Chat({ id, messages: initial, models }) {
  const { messages, sendMessage, addToolApprovalResponse, stop, status, error } = useChat({
    id,
    messages: initial,
    transport,
    resume: true,
    sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithApprovalResponses,
  });
  model ??= models[0];
  const busy = status === "submitted" || status === "streaming";

  // What is new is shown, unless somebody reads what is old.
  const main = useRef(null);
  const atEnd = useRef(true);
  useEffect(() => {
    if (atEnd.current) main.current.scrollTop = main.current.scrollHeight;
  }, [messages]);

  // A connection that closes does not end the answer: the server is told.
  async function end() {
    await fetch(`/api/chat/${id}/stop`, { method: "POST" });
    stop();
  }

  return (
    <>
      <header>
        <h1>Chat</h1>
        <select aria-label="Model" onChange={(event) => (model = event.target.value)}>
          {models.map((name) => <option key={name}>{name}</option>)}
        </select>
        <button type="button" onClick={() => location.assign("/")}>New chat</button>
      </header>
      <main aria-live="polite" ref={main} onScroll={({ target }) => (atEnd.current = isAtEnd(target))}>
        {messages.map((message, place) => (
          <article
            key={message.id}
            className={busy && place === messages.length - 1 ? `${message.role} unfinished` : message.role}
          >
            {message.parts.map((part, index) => (
              <Part key={index} part={part} decide={addToolApprovalResponse} />
            ))}
          </article>
        ))}
        {error && <p className="note wrong">{error.message}</p>}
      </main>
      <Ask busy={busy} send={sendMessage} stop={end} />
    </>
  );
}

function isAtEnd(element) {
  return element.scrollHeight - element.scrollTop - element.clientHeight < 120;
}

function Ask({ busy, send, stop }) {
  const [text, setText] = useState("");
  const [files, setFiles] = useState(null);

  function submit(event) {
    event.preventDefault();
    if (busy || (!text.trim() && !files?.length)) return;
    send({ text, files: files ?? undefined });
    setText("");
    setFiles(null);
  }

  function enter(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) submit(event);
  }

  return (
    <form onSubmit={submit}>
      {files?.length > 0 && <div id="attached">{[...files].map((file) => file.name).join(", ")}</div>}
      <textarea
        rows="1"
        placeholder="Write a message"
        aria-label="Message"
        autoFocus
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={enter}
      />
      <label className="button" title="Attach files">
        <input type="file" multiple hidden onChange={(event) => setFiles(event.target.files)} />
        <span aria-hidden="true">+</span>
        <span className="spoken">Attach files</span>
      </label>
      {busy ? <button type="button" onClick={stop}>Stop</button> : <button id="send">Send</button>}
    </form>
  );
}
