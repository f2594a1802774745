// The desk: the queue, the open conversation, and what stands beside it. Frames: docs/protocol.md, "The console".

import { announce, onKey, post } from "./console.js";
import { Composer } from "./desk_compose.js";
import * as draw from "./desk_draw.js";
import { h } from "./desk_draw.js";
import { DeskSocket, Outbox } from "./desk_socket.js";

const QUIET_MS = 900;  // what is mended sooner is not worth a notice
const TYPING_MS = 7000;
const SUGGEST_AFTER_MS = 700;
const LATE_MS = 120_000;

const $ = (id) => document.getElementById(id);
const desk = $("desk");
const narrow = matchMedia("(max-width: 1020px)");
const title = document.title;
const outbox = new Outbox();
const seen = new Map();  // conversation -> the shopper's last message that was on this screen
const rows = new Map();  // conversation -> its row in the queue

let me = { id: 0, name: "", takes: false };
let queue = { waiting: [], mine: [], others: [], team: [], available: false };
let clock = 0;  // the server's clock minus ours
let open = null;  // {id, standing, bySeq, waiting, last, firstName, beside}
let asked = 0;  // the last call for what stands beside, so that a slow one does not overtake

const socket = new DeskSocket({ receive, change: connectionChanged });
const composer = new Composer({ say, fill, typing: (on) => open && socket.send({ type: "typing", conversation: open.id, on }) });

// ---- the connection

function receive(frame) {
  const act = {
    welcome: () => (me = frame.member),
    queue: () => showQueue(frame),
    history: () => showHistory(frame),
    message: () => frame.conversation === open?.id && (add(frame), answerable(frame)),
    ack: () => acknowledged(frame),
    standing: () => frame.conversation === open?.id && showStanding(frame),
    typing: () => frame.conversation === open?.id && showTyping(frame),
    read: () => frame.conversation === open?.id && showRead(frame.seq),
    others: () => frame.conversation === open?.id && showOthers(frame.names),
    note: () => frame.conversation === open?.id && addNote(frame.note),
    suggestions: () => frame.conversation === open?.id && showSuggestions(frame),
    error: () => refused(frame),
  }[frame.type];
  if (act) act();  // kinds that a newer server adds are none of this version's business
}

let noticeTimer = null;
function connectionChanged(up) {
  if (!up) {
    showTyping({ on: false });
    noticeTimer ??= setTimeout(() => notice("The connection is lost. We are reconnecting; what you write is kept."), QUIET_MS);
    return;
  }
  clearTimeout(noticeTimer);
  noticeTimer = null;
  notice("");
  if (open) watch();
  for (const item of outbox.items.values()) send(item);
}

function notice(text) {
  $("notice").textContent = text;
  $("notice").hidden = !text;
}

function refused(frame) {
  const item = frame.id && outbox.remove(frame.id);
  if (item) {
    const node = open?.waiting.get(frame.id);
    open?.waiting.delete(frame.id);
    if (node) {
      node.classList.add("failed");
      node.append(h("p", { class: "meta" }, `Not sent: ${frame.message} `, h("button", { type: "button", class: "link", on: { click: () => { node.remove(); composer.insert(item.text); } } }, "Put it back into the box")));
    }
  }
  if (frame.code === "not_found" && frame.conversation === open?.id) close();
  if (frame.code !== "rate_limited" || item) announce(frame.message);
}

// ---- the queue

function showQueue(frame) {
  queue = frame;
  clock = Date.parse(frame.now) - Date.now();
  $("available").setAttribute("aria-checked", String(frame.available));
  $("available-text").textContent = frame.available ? "Available" : "Not available";
  const here = frame.team.filter((each) => each.available && each.id !== me.id).map((each) => each.name);
  $("team").textContent = here.length ? `Also available: ${here.join(", ")}` : "No colleague is available.";
  const focused = document.activeElement?.closest?.("[data-row]")?.dataset.row;
  const part = (id, name, list, empty) => [
    h("h2", { id }, name, " ", list.length ? h("span", { class: "count" }, String(list.length)) : ""),
    list.length ? h("ul", { "aria-labelledby": id }, list.map((row) => h("li", {}, queueRow(row)))) : h("p", { class: "muted small" }, empty),
  ];
  rows.clear();
  $("queue").replaceChildren(
    ...part("waiting-title", "Waiting", frame.waiting, "Nobody waits."),
    ...part("mine-title", "Yours", frame.mine, "You hold no conversation."),
    ...(frame.others.length ? part("others-title", "With colleagues", frame.others, "") : []));
  if (focused) rows.get(focused)?.focus();
  marks();
  tick();
  if (open) fillAssign();
}

const REASON = { asked: "asked for a person", failed: "was not understood", staff: "" };

function queueRow(row) {
  const late = h("span", { class: "waited" });
  const button = h("button", { type: "button", class: "row", "data-row": row.conversation, on: { click: () => openTalk(row.conversation) } },
    h("span", { class: "name" }, row.name), late,
    h("span", { class: "said" }, row.said || "…"),
    h("span", { class: "muted small why" }, [row.status === "waiting" ? REASON[row.reason] : row.holder && row.holder !== me.name ? row.holder : "", row.channel === "web" ? "" : row.channel].filter(Boolean).join(" · ")));
  button.row = row;
  button.late = late;
  rows.set(row.conversation, button);
  return button;
}

function unread(row) {
  return row.unanswered && row.said_seq > (seen.get(row.conversation) ?? 0);
}

/** Marks what is open and what is unread, and counts it in the title. */
function marks() {
  for (const [id, button] of rows) {
    const isUnread = button.row.status === "staff" && queue.mine.includes(button.row) && unread(button.row);
    button.classList.toggle("unread", isUnread);
    button.setAttribute("aria-current", String(id === open?.id));
    const mark = button.querySelector(".mark");
    if (isUnread && !mark) button.prepend(h("span", { class: "mark" }, h("span", { class: "quiet" }, "New: ")));
    else if (!isUnread) mark?.remove();
  }
  const count = queue.waiting.length + queue.mine.filter(unread).length;
  document.title = count ? `(${count}) ${title}` : title;
  $("tab-count").textContent = count;
  $("tab-count").hidden = !count;
}

function tick() {
  const now = Date.now() + clock;
  for (const { row, late } of rows.values()) {
    const since = row.status === "waiting" ? row.waiting_since : row.last_at;
    const ms = now - Date.parse(since);
    late.textContent = draw.waited(ms);
    late.classList.toggle("late", row.status === "waiting" && ms > LATE_MS);
  }
  if (open?.standing?.status === "waiting") $("state").textContent = standingWords();
}
setInterval(tick, 1000);

$("available").addEventListener("click", () => {
  socket.send({ type: "available", on: $("available").getAttribute("aria-checked") !== "true" });
});

// ---- the open conversation

function openTalk(id) {
  if (open?.id !== id) {
    open = { id, standing: null, bySeq: new Map(), waiting: new Map(), last: 0, firstName: null };
    history.replaceState(null, "", `/console/desk?conversation=${id}`);
    $("log").replaceChildren();
    $("suggestions").replaceChildren();
    showOthers([]);
    showTyping({ on: false });
    composer.open(id);
    for (const item of outbox.of(id)) drawWaiting(item);
    watch();
    loadBeside();
  }
  show("talk");
  marks();
}

function close() {
  open = null;
  socket.send({ type: "unwatch" });
  history.replaceState(null, "", "/console/desk");
  composer.open(null);
  for (const id of ["head", "write", "beside-filled"]) $(id).hidden = true;
  $("beside-empty").hidden = false;
  showTyping({ on: false });
  $("log").replaceChildren(h("p", { class: "empty" }, "Choose a conversation from the queue."));
  show("queue");
  marks();
}

function watch() {
  socket.send({ type: "watch", conversation: open.id, after: open.last });
}

function showHistory(frame) {
  if (frame.conversation !== open?.id) return;
  if (frame.more) {  // the beginning, or more was missed than is sent at once
    open.bySeq.clear();
    const link = h("a", { href: `/console/conversations/${open.id}` }, "Read the messages before these");
    $("log").replaceChildren(h("p", { class: "muted small more" }, link), ...open.waiting.values());
  }
  for (const message of frame.messages) add(message, true);
  if (!frame.seq) $("log").replaceChildren(h("p", { class: "empty" }, "Nothing was said yet."));
  showRead(frame.read);
  scrollDown(true);
}

function add(frame, old = false) {
  open.last = Math.max(open.last, frame.seq);
  if (frame.sender === "shopper" && document.visibilityState === "visible") {
    seen.set(open.id, Math.max(seen.get(open.id) ?? 0, frame.seq));
    marks();
  }
  if (frame.id && outbox.has(frame.id)) return acknowledged({ ...frame, conversation: open.id });
  if (frame.csat) open.bySeq.get(frame.seq)?.remove();  // rated since
  else if (open.bySeq.has(frame.seq)) return;
  if (frame.sender !== "system" && !old) showTyping({ on: false });
  const question = frame.sender === "bot" && frame.intent && open.bySeq.get(frame.in_reply_to);
  if (question && !question.querySelector(".intent")) question.querySelector(".meta")?.append(draw.understood(frame));
  place(draw.message(frame, me.name), frame.seq, old);
}

/** Puts `node` where its seq belongs; what is not acknowledged yet stays last. */
function place(node, seq, old = false) {
  const log = $("log");
  const following = old || isAtEnd();
  log.querySelector(".empty")?.remove();
  let before = null;
  for (let each = log.lastElementChild; each; each = each.previousElementSibling) {
    if (each === node) continue;
    if (each.seq !== undefined && each.seq < seq) break;
    if (each.seq === undefined && !each.classList.contains("msg")) break;
    before = each;
  }
  node.seq = seq;
  open.bySeq.set(seq, node);
  log.insertBefore(node, before);
  if (!old) scrollDown(following);
}

function scrollDown(wanted) {
  if (wanted) $("log").scrollTop = $("log").scrollHeight;
}

// Who reads the end goes on reading it when the pane changes its size.
let atEnd = true;
$("log").addEventListener("scroll", () => (atEnd = isAtEnd()));
new ResizeObserver(() => scrollDown(atEnd)).observe($("log"));

function isAtEnd() {
  const { scrollTop, scrollHeight, clientHeight } = $("log");
  return scrollHeight - scrollTop - clientHeight < 90;
}

document.addEventListener("visibilitychange", () => {
  const row = open && rows.get(open.id)?.row;
  if (row && document.visibilityState === "visible") {
    seen.set(open.id, row.said_seq);
    marks();
  }
});

function say(text) {
  const item = outbox.add(open.id, text);
  drawWaiting(item);
  send(item);
}

function send({ id, conversation, text }) {
  socket.send({ type: "say", conversation, id, text });
}

function drawWaiting(item) {
  const node = draw.message({ sender: "staff", name: me.name, text: item.text, at: new Date().toISOString() }, me.name);
  node.classList.add("waiting");
  open.waiting.set(item.id, node);
  $("log").querySelector(".empty")?.remove();
  $("log").append(node);
  scrollDown(true);
}

function acknowledged({ conversation, id, seq }) {
  outbox.remove(id);
  if (conversation !== open?.id) return;
  const node = open.waiting.get(id);
  if (!node) return;
  open.waiting.delete(id);
  open.last = Math.max(open.last, seq);
  node.classList.remove("waiting");
  if (open.bySeq.has(seq)) node.remove();
  else place(node, seq);
}

// ---- who has it

const isMine = () => open?.standing?.status === "staff" && open.standing.assigned_to === me.id;

function standingWords() {
  const { status, holder, waiting_since: since, assigned_to: to } = open.standing;
  if (status === "waiting") {
    const meant = to === me.id ? ", for you" : holder ? `, for ${holder}` : "";
    return `Has waited ${draw.waited(Date.now() + clock - Date.parse(since))} for a person${meant}.`;
  }
  if (status === "staff") return isMine() ? "You have it. The assistant is silent." : `${holder ?? "A colleague"} has it.`;
  return status === "resolved" ? "Resolved." : "The assistant is answering.";
}

function showStanding(frame) {
  const before = open.standing;
  open.standing = frame;
  $("head").hidden = $("write").hidden = false;
  $("who").textContent = rows.get(open.id)?.row.name ?? open.name ?? `Conversation ${open.id.slice(0, 4)}`;
  $("state").textContent = standingWords();
  $("take").hidden = frame.status === "staff" || !me.takes;
  $("give-back").hidden = $("resolve").hidden = !isMine();
  composer.enable(isMine());
  $("text").placeholder = isMine() ? "Write to the shopper. / inserts a canned reply." : frame.status === "staff" ? "Only who has the conversation can write." : "Take the conversation to write.";
  $("suggest-section").hidden = !isMine();
  fillAssign();
  if (isMine() && !(before?.status === "staff" && before.assigned_to === me.id)) {
    if (before && !narrow.matches) $("text").focus();
    suggestSoon();
  }
  if (before && before.status !== frame.status) loadBeside();
}

function fillAssign() {
  const status = open?.standing?.status;
  const offered = queue.team.filter((each) => !(status === "staff" && each.id === open.standing.assigned_to));
  $("assign").parentElement.hidden = !me.takes || !offered.length || !["staff", "waiting"].includes(status);
  if (document.activeElement === $("assign")) return;
  const option = (each) => h("option", { value: each.id }, each.id === me.id ? "me" : each.name, each.available ? "" : " (not available)");
  $("assign").replaceChildren(h("option", { value: "" }, status === "waiting" ? "Meant for…" : "Pass to…"), ...offered.map(option),
    ...(status === "staff" ? [h("option", { value: "0" }, "whoever is free")] : []));
}

$("assign").addEventListener("change", (event) => {
  const chosen = event.target.value;
  event.target.value = "";
  event.target.blur();
  if (chosen && open) socket.send({ type: "assign", conversation: open.id, staff: Number(chosen) });
});

for (const [id, type] of [["take", "take"], ["give-back", "give_back"], ["resolve", "resolve"]]) {
  $(id).addEventListener("click", () => {
    if (open && !socket.send({ type, conversation: open.id })) announce("There is no connection just now. Try again in a moment.");
  });
}

/** Says "Seen" below the last message of staff that the shopper has seen. */
function showRead(seq) {
  open.read = Math.max(open.read ?? 0, seq);
  let last = null;
  for (const node of $("log").querySelectorAll(".msg.staff")) {
    node.querySelector(".seen")?.remove();
    if (node.seq !== undefined && node.seq <= open.read) last = node;
  }
  if (last) last.append(h("p", { class: "meta seen" }, "Seen"));
}

let typingTimer = null;
function showTyping({ who, on }) {
  clearTimeout(typingTimer);
  const name = { shopper: "The shopper", bot: "The assistant" }[who] ?? who;
  $("typing").textContent = on ? `${name} is writing…` : "";
  if (on && who !== "bot") typingTimer = setTimeout(() => showTyping({ on: false }), TYPING_MS);
}

function showOthers(names) {
  $("others").hidden = !names.length;
  $("others").textContent = names.length ? `${names.join(" and ")} ${names.length > 1 ? "are" : "is"} looking at it too.` : "";
}

// ---- beside it

async function loadBeside() {
  const turn = ++asked;
  const { id } = open;
  try {
    const response = await fetch(`/console/api/desk/${id}`, { headers: { Accept: "application/json" }, credentials: "same-origin" });
    if (!response.ok) throw new Error(`The details could not be loaded (${response.status}).`);
    const facts = await response.json();
    if (turn !== asked || open?.id !== id) return;
    $("summary").replaceChildren(...draw.summary(facts.summary).filter(Boolean));
    $("customer").replaceChildren(...draw.customer(facts.customer));
    $("notes").replaceChildren(...facts.notes.map(draw.note));
    $("transcript").href = `/console/conversations/${id}`;
    $("beside-empty").hidden = true;
    $("beside-filled").hidden = false;
    open.firstName = facts.customer?.customer?.first_name ?? null;
    open.name = facts.name;
    if (open.standing) $("who").textContent = facts.name;
  } catch (error) {
    announce(error.message);
  }
}

function addNote(note) {
  if (!$("notes").querySelector(`[data-note="${Number(note.id)}"]`)) $("notes").append(draw.note(note));
}

$("note-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = $("note").value.trim();
  if (!text || !open) return;
  try {
    const { id } = open;
    const { note } = await post(`/console/api/desk/${id}/notes`, { text });
    $("note").value = "";
    if (open?.id === id) addNote(note);
  } catch (error) {
    announce(error.message);
  }
});
$("note").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) $("note-form").requestSubmit();
});

// ---- suggestions and canned replies

let suggestTimer = null;
function suggestSoon() {
  clearTimeout(suggestTimer);
  suggestTimer = setTimeout(suggest, SUGGEST_AFTER_MS);
}

function suggest() {
  clearTimeout(suggestTimer);
  if (isMine() && socket.send({ type: "suggest", conversation: open.id })) $("suggestions").classList.add("loading");
}
$("suggest").addEventListener("click", suggest);

function answerable(frame) {
  if (frame.sender === "shopper" && isMine()) suggestSoon();
}

function showSuggestions({ suggestions, note }) {
  $("suggestions").classList.remove("loading");
  const offered = suggestions.map((each) => h("button", { type: "button", class: "suggestion", title: "Put it into the box", on: { click: () => use(each.text) } },
    each.text, h("span", { class: "muted small" }, each.written ? "Written for this, and checked" : "Standard reply")));
  const empty = offered.length || note ? "" : "Nothing fits what was said last.";
  $("suggestions").replaceChildren(...offered, ...(note || empty ? [h("p", { class: "muted small" }, note || empty)] : []));
}

function use(text) {
  show("talk");
  composer.insert(text);
}

/** A canned reply's text with its places filled: a name that is not known goes, with the blank or comma before it. */
function fill(text) {
  const name = open?.firstName;
  const named = name ? text : text.replace(/,?[ \t]*\{first_name\}/g, "");
  const places = { first_name: name ?? "", agent: me.name, shop: desk.dataset.shop };
  return named.replace(/\{(first_name|agent|shop)\}/g, (_, place) => places[place]).trim();
}

async function loadCanned() {
  const response = await fetch("/console/api/canned", { headers: { Accept: "application/json" }, credentials: "same-origin" });
  if (response.ok) composer.replies = (await response.json()).replies;
}
loadCanned();
addEventListener("focus", loadCanned);  // back from the page on which they are edited

// ---- panes and keys

function show(pane) {
  desk.dataset.pane = pane;
  for (const tab of desk.querySelectorAll("[data-show]")) tab.setAttribute("aria-current", String(tab.dataset.show === pane));
}
for (const tab of desk.querySelectorAll("[data-show]")) tab.addEventListener("click", () => show(tab.dataset.show));

function move(step) {
  const list = [...rows.values()];
  if (!list.length) return;
  const at = list.indexOf(document.activeElement?.closest?.("[data-row]"));
  const from = at >= 0 ? at : list.findIndex((each) => each.dataset.row === open?.id);
  list[Math.min(list.length - 1, Math.max(0, from + step))].focus();
}
onKey("j", "Next in the queue", () => move(1));
onKey("k", "The one before in the queue", () => move(-1));
onKey("i", "Write", () => composer.enabled && $("text").focus());
onKey("n", "Write a note", () => open && (show("beside"), $("note").focus()));
onKey("Escape", "Back to the queue", () => {
  show("queue");
  (rows.get(open?.id) ?? [...rows.values()][0])?.focus();
});

show("queue");
composer.enable(false);
const wanted = new URLSearchParams(location.search).get("conversation");
if (/^[0-9a-f]{32}$/.test(wanted ?? "")) openTalk(wanted);
