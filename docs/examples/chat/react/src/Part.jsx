// One part of a message, as the AI SDK tells it.

export function Part({ part, decide }) {
  switch (part.type) {
    case "text":
      return <div className="text">{part.text}</div>;
    case "reasoning":
      return (
        <details>
          <summary>Thoughts</summary>
          <div>{part.text}</div>
        </details>
      );
    case "source-url":
      return <p className="note">Source: {isWeb(part.url) ? <Link part={part} /> : part.title ?? part.url}</p>;
    case "source-document":
      return <p className="note">Source: {part.title}</p>;
    case "file":
      return <File part={part} />;
    default:
      return part.type === "dynamic-tool" || part.type.startsWith("tool-") ? <Tool part={part} decide={decide} /> : null;
  }
}

function Link({ part }) {
  return <a href={part.url} target="_blank" rel="noreferrer">{part.title ?? part.url}</a>;
}

function File({ part }) {
  const name = part.filename ?? "File";
  if (part.mediaType.startsWith("image/")) {
    return <figure><img src={part.url} alt={part.filename ?? "An image of the answer"} /></figure>;
  }
  if (part.mediaType.startsWith("audio/")) return <audio src={part.url} controls />;
  return <p className="note"><a href={part.url} download={name}>{name}</a></p>;
}

function Tool({ part, decide }) {
  const name = part.toolName ?? part.type.slice("tool-".length);
  const asked = `${name}(${part.input === undefined ? "" : shown(part.input)})`;
  if (part.state === "approval-requested") {
    const answer = (approved) => decide({ id: part.approval.id, approved });
    return (
      <div className="decide">
        <pre>{asked}</pre>
        <button type="button" className="yes" onClick={() => answer(true)}>Allow</button>
        <button type="button" onClick={() => answer(false)}>Deny</button>
      </div>
    );
  }
  return (
    <details>
      <summary>{asked}</summary>
      <pre>{part.errorText ?? (part.output === undefined ? part.state : shown(part.output))}</pre>
    </details>
  );
}

function shown(value) {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

function isWeb(url) {
  return /^https?:\/\//i.test(url);
}
