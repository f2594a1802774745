// A conversation: from message to message by key, its parts opened and closed, notes, and who else looks at it.

import { onKey } from "/static/console/console.js";
import { DeskSocket } from "/static/console/desk_socket.js";

const talk = document.getElementById("talk");
const conversation = talk.dataset.conversation;
const messages = [...document.querySelectorAll("#messages > .message")];
const why = () => [...document.querySelectorAll("details.why")];
let current = -1;

// ---- from message to message

function go(index) {
  if (index < 0 || index >= messages.length) return;
  messages[current]?.classList.remove("current");
  current = index;
  messages[current].classList.add("current");
  messages[current].focus({ preventScroll: true });
  messages[current].scrollIntoView({ block: "nearest" });
}

messages.forEach((each, index) => each.addEventListener("focusin", () => {
  if (current === index) return;
  messages[current]?.classList.remove("current");
  current = index;
  each.classList.add("current");
}));

onKey("j", "Next message", () => go(current + 1));
onKey("k", "Previous message", () => go(current < 0 ? messages.length - 1 : current - 1));
onKey("o", "Open or close the “why” of this message", () => {
  const details = messages[current]?.querySelectorAll("details.why") ?? [];
  const open = [...details].some((each) => !each.open);
  for (const each of details) each.open = open;
});

const marked = Number(talk.dataset.marked) || 0;
if (marked) {
  const index = messages.findIndex((each) => Number(each.dataset.seq) === marked);
  if (index >= 0) {
    go(index);
    messages[index].scrollIntoView({ block: "center" });
  }
}

const toggle = document.getElementById("toggle-why");
toggle?.addEventListener("click", () => {
  const open = why().some((each) => !each.open);
  for (const each of why()) each.open = open;
  toggle.setAttribute("aria-expanded", String(open));
  toggle.textContent = open ? "Close every “why”" : "Open every “why”";
});

// ---- the next one of the queue

const next = document.getElementById("next");
if (next) {
  let queue = [];
  try {
    queue = JSON.parse(sessionStorage.getItem("review-queue") ?? "[]");
  } catch {
    // Whatever stands there is not ours: the link leads to the queue.
  }
  const here = queue.findIndex((each) => typeof each === "string" && each.startsWith(location.pathname));
  const following = queue[here + 1];
  if (typeof following === "string" && following.startsWith("/console/conversations/")) next.href = following;
}

// ---- notes

const seq = document.getElementById("note-seq");
function noteAbout(number) {
  if (!seq) return;
  seq.value = number || "";
  document.getElementById("note-about").textContent = number ? `On message ${number}` : "On the whole conversation";
  document.getElementById("note-whole").hidden = !number;
  document.querySelector("#note-form textarea").focus();
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-note]");
  if (button) noteAbout(Number(button.dataset.note));
});
document.getElementById("note-whole")?.addEventListener("click", () => noteAbout(0));
if (seq) onKey("m", "Write a note on this message", () => current >= 0 && noteAbout(Number(messages[current].dataset.seq)));

// ---- the editor, loaded when it is first wanted

if ("reviews" in talk.dataset) {
  const edit = async (number) => (await import("/static/console/conversation_editor.js")).open(conversation, number);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-edit]");
    if (button) edit(Number(button.dataset.edit));
  });
  onKey("e", "Correct what was understood, done or said", () => {
    // Without a current message the last one that can be corrected is meant.
    const able = messages.filter((each) => each.dataset.kinds);
    const chosen = messages[current]?.dataset.kinds ? messages[current] : able.at(-1);
    if (chosen) edit(Number(chosen.dataset.seq));
  });
}

// ---- who else is here; without a socket the page is whole, and nobody is shown

const others = document.getElementById("others");
const socket = new DeskSocket({
  receive(frame) {
    if (frame.type !== "others" || frame.conversation !== conversation) return;
    others.hidden = !frame.names.length;
    others.textContent = frame.names.length ? `Also here: ${frame.names.join(", ")}` : "";
  },
  change(up) {
    if (up) socket.send({ type: "looking", conversation });
    else others.hidden = true;
  },
});
