import "../../static/chat.css";
import { createRoot } from "react-dom/client";
import { Chat } from "./Chat.jsx";

async function start() {
  const id = location.hash.slice(1) || crypto.randomUUID();
  history.replaceState(null, "", `#${id}`);
  const answer = await fetch(`/api/chat/${id}`);
  createRoot(document.getElementById("root")).render(<Chat id={id} messages={await answer.json()} />);
}

start();
