// Numbers in words, and elements made of text: nothing that was received is read as HTML.

function seconds(value) {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size < 0.001) return `${Math.round(value * 1e6)} µs`;
  if (size < 1) return `${(value * 1e3).toFixed(size < 0.01 ? 2 : size < 0.1 ? 1 : 0)} ms`;
  return `${value.toFixed(size < 10 ? 2 : 1)} s`;
}

const clock = (value) => `${value.toFixed(3)} s`;
const number = (value) => value.toLocaleString("en");
const several = (count, word) => `${number(count)} ${word}${count === 1 ? "" : "s"}`;

function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key === "class") made.className = value;
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

// JSON over several lines; what is none stays as it is.
function pretty(lines) {
  return lines
    .split("\n")
    .map((line) => {
      try {
        return JSON.stringify(JSON.parse(line), null, 2);
      } catch {
        return line;
      }
    })
    .join("\n");
}

// Characters that would not be seen, or would move others.
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f]/g;
const visible = (text) =>
  text.replace(/\r\n/g, "␍\n").replace(UNSEEN, (char) => {
    const code = char.charCodeAt(0);
    return code < 256 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
  });

function textOf(stream, index) {
  const line = stream.rows.chunk[index];
  if (!line) return "";
  return line
    .split("\n")
    .map((part) => JSON.parse(part))
    .map((chunk) => chunk.delta || chunk.refusal || "")
    .join("");
}
