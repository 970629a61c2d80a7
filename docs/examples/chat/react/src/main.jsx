import "../../static/chat.css";
import { createRoot } from "react-dom/client";
import { Chat } from "./Chat.jsx";

async function start() {
  const id = location.hash.slice(1) || crypto.randomUUID();
  history.replaceState(null, "", `#${id}`);
  const messages = await (await fetch(`/api/chat/${id}`)).json();
  const models = await (await fetch("/api/models")).json();
  createRoot(document.getElementById("root")).render(<Chat id={id} messages={messages} models={models} />);
}

start();
