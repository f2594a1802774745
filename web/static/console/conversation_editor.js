// The editor of what was understood, done and said. What a colleague changed meanwhile is shown before it is replaced.

import { announce, get, post } from "/static/console/console.js";

const at = (id) => document.getElementById(`editor-${id}`);
const dialog = document.getElementById("editor");
const said = at("said");
let conversation = "";
let state = null;  // the message as the server has it
let marks = [];  // entities as they are edited: {entity, value, start, end, masked}

/** Opens the editor for message `seq`, which may also be the answer to the one that is edited. */
export async function open(id, seq) {
  conversation = id;
  try {
    state = await read(seq);
  } catch (error) {
    announce(error.message);
    return;
  }
  fill();
  problem("");
  dialog.showModal();
  const first = state.kinds.includes("intent") ? at("intent-filter") : dialog.querySelector(".choice input, #editor-replies textarea");
  first?.focus();
}

function read(seq) {
  return get(`/console/api/conversations/${conversation}/messages/${seq}`);
}

function fill() {
  const kinds = [...state.kinds, ...(state.replies.length ? ["reply"] : [])];
  for (const part of dialog.querySelectorAll("[data-kind]")) part.hidden = part.dataset.kind !== "said" && !kinds.includes(part.dataset.kind);
  said.value = shown();
  said.setSelectionRange(0, 0);
  at("said-hint").hidden = !kinds.includes("entities");
  at("entity").replaceChildren(...state.entity_names.map((name) => new Option(name, name)));
  marks = state.entities.map((each) => ({ ...each }));
  drawMarks();
  const guessed = Object.fromEntries(state.ranking.map((each) => [each.name, each.confidence.toFixed(2)]));
  const likely = state.ranking.map((each) => each.name).filter((name) => state.intents.includes(name));
  options("intent", at("intents"), [...new Set([...likely, ...state.intents])], state.corrections.intent?.after ?? state.intent, guessed);
  const done = state.done_actions.filter((name) => state.actions.includes(name));
  options("action", at("actions"), [...new Set([...done, ...state.actions])], state.corrections.action?.after ?? null, Object.fromEntries(done.map((name) => [name, "done"])));
  at("replies").replaceChildren(...state.replies.map(replyField));
  const by = Object.values(state.corrections).concat(state.replies.map((each) => each.correction ?? [])).flat()
    .filter((each) => each.by).map((each) => each.by);
  at("by").textContent = by.length ? `Corrected by ${[...new Set(by)].join(", ")}` : "";
}

// ---- intent and action: a list that a filter shortens

function options(kind, root, names, chosen, hints) {
  root.replaceChildren(...names.map((name) => {
    const label = document.createElement("label");
    const input = Object.assign(document.createElement("input"), { type: "radio", name: kind, value: name, checked: name === chosen });
    label.append(input, name);
    if (hints[name]) label.append(Object.assign(document.createElement("span"), { className: "was", textContent: hints[name] }));
    return label;
  }));
  const filter = at(`${kind}-filter`);
  filter.value = "";
  filter.oninput = () => {
    const words = filter.value.toLowerCase().split(/[\s_]+/).filter(Boolean);
    for (const label of root.children) {
      label.hidden = !words.every((word) => label.firstChild.value.includes(word));
    }
  };
  filter.onkeydown = (event) => {
    if (event.key !== "Enter" && event.key !== "ArrowDown") return;
    event.preventDefault();
    const first = [...root.children].find((label) => !label.hidden)?.firstChild;
    if (!first) return;
    if (event.key === "Enter") first.checked = true;
    first.focus();
  };
  root.querySelector("input:checked")?.scrollIntoView({ block: "nearest" });
}

const chosenOf = (kind) => dialog.querySelector(`input[name=${kind}]:checked`)?.value ?? null;

// Browsers move no caret in a field that is "readonly", so words could not be selected by key: it takes no input instead.
const shown = () => state.pieces.map((each) => each.text).join("");
said.addEventListener("beforeinput", (event) => event.preventDefault());
said.addEventListener("input", () => (said.value = shown()));  // of an input method that asks nobody

// ---- entities: places count characters as the server does, and masked words are marked whole

const characters = (text) => [...text].length;

/** The place in the stored text of place `index` (UTF-16) in what is shown. */
function stored(index, isEnd) {
  let before = 0;
  for (const piece of state.pieces) {
    const after = before + piece.text.length;
    if (index < after || (isEnd && index === after)) {
      if (piece.masked) return isEnd ? piece.end : piece.start;
      return piece.start + characters(piece.text.slice(0, index - before));
    }
    before = after;
  }
  return state.pieces.at(-1)?.end ?? 0;
}

/** What is shown of characters `start` to `end` of the stored text. */
function shownWords(start, end) {
  return state.pieces.map((piece) => {
    if (piece.end <= start || end <= piece.start) return "";
    if (piece.masked) return piece.text;
    return [...piece.text].slice(Math.max(0, start - piece.start), end - piece.start).join("");
  }).join("");
}

function drawMarks() {
  const rows = marks.map((mark, index) => {
    const row = document.createElement("li");
    const words = shownWords(mark.start, mark.end);
    const value = mark.masked || mark.value === null || String(mark.value) === words ? "" : ` = ${mark.value}`;
    const name = Object.assign(document.createElement("span"), { className: "mono", textContent: mark.entity });
    const remove = Object.assign(document.createElement("button"), { type: "button", className: "icon-button", textContent: "×" });
    remove.setAttribute("aria-label", `Remove ${mark.entity} “${words}”`);
    remove.onclick = () => {
      marks.splice(index, 1);
      drawMarks();
      (at("marks").querySelector("button") ?? said).focus();
    };
    const told = document.createElement("span");
    told.append(name, ` “${words}”${value}`);
    row.append(told, remove);
    return row;
  });
  if (!rows.length) rows.push(Object.assign(document.createElement("li"), { className: "none", textContent: "None." }));
  at("marks").replaceChildren(...rows);
}

at("mark").addEventListener("click", () => {
  let [start, end] = [said.selectionStart, said.selectionEnd];
  // A word that was selected by a double click brings its space along.
  while (start < end && /\s/.test(said.value[start])) start++;
  while (end > start && /\s/.test(said.value[end - 1])) end--;
  if (start === end) {
    problem("Select the words first: with the mouse, or with Shift and the arrow keys.");
    said.focus();
    return;
  }
  problem("");
  const mark = { entity: at("entity").value, start: stored(start, false), end: stored(end, true), value: at("value").value.trim() || null };
  if (!marks.some((each) => each.entity === mark.entity && each.start === mark.start && each.end === mark.end)) marks.push(mark);
  marks.sort((one, other) => one.start - other.start || one.end - other.end);
  at("value").value = "";
  drawMarks();
  announce(`Marked as ${mark.entity}.`);
});
at("value").addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  event.preventDefault();
  at("mark").click();
});

// ---- replies

function replyField(reply) {
  const label = Object.assign(document.createElement("label"), { className: "field", textContent: "Better reply" });
  const text = Object.assign(document.createElement("textarea"), { value: reply.correction?.after ?? reply.text, rows: 3, maxLength: 2000 });
  text.dataset.seq = reply.seq;
  label.append(text);
  if (reply.correction) {
    label.append(Object.assign(document.createElement("span"), { className: "hint", textContent: `Said: ${reply.text}` }));
  }
  return label;
}

// ---- saving

/** What differs from how it stands: {seq, kind, after, seen}; `after` null takes a correction back. */
function changes() {
  const found = [];
  const compare = (seq, kind, correction, now, was, original) => {
    if (now === null || now === was) return;
    if (now !== original) found.push({ seq, kind, after: now, seen: correction?.version ?? null });
    else if (correction) found.push({ seq, kind, after: null, seen: correction.version });
  };
  if (state.kinds.includes("intent")) {
    const made = state.corrections.intent;
    compare(state.seq, "intent", made, chosenOf("intent"), made?.after ?? state.intent, state.intent);
  }
  if (state.kinds.includes("action")) {
    const made = state.corrections.action;
    compare(state.seq, "action", made, chosenOf("action"), made?.after ?? null, state.done_actions.length === 1 ? state.done_actions[0] : undefined);
  }
  if (state.kinds.includes("entities")) {
    const made = state.corrections.entities;
    const text = (list) => JSON.stringify(list.map((each) => [each.entity, each.start, each.end, each.value]).sort());
    if (text(marks) !== text(state.entities)) {
      const back = text(marks) === text(state.understood);
      const after = marks.map(({ entity, value, start, end, masked }) => masked ? { entity, start, end, keep: true } : { entity, value, start, end });
      if (!back) found.push({ seq: state.seq, kind: "entities", after, seen: made?.version ?? null });
      else if (made) found.push({ seq: state.seq, kind: "entities", after: null, seen: made.version });
    }
  }
  for (const reply of state.replies) {
    const now = dialog.querySelector(`textarea[data-seq="${reply.seq}"]`).value.trim();
    compare(reply.seq, "reply", reply.correction, now, reply.correction?.after ?? reply.text, reply.text);
  }
  return found;
}

at("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const wanted = changes();
  if (!wanted.length) {
    dialog.close();
    return;
  }
  at("save").disabled = true;
  try {
    await post(`/console/api/conversations/${conversation}/corrections`, { changes: wanted });
    // The page is drawn by the server: the same message, marked.
    location.assign(`${location.pathname}?seq=${state.seq}`);
    return;
  } catch (error) {
    if (error.code === "changed_meanwhile" || error.code === "decided") await compareWithNow(error.message);
    else problem(error.message);
  }
  at("save").disabled = false;
});

/** A colleague was quicker: what they wrote is shown, what stands in the editor stays, and saving again replaces it. */
async function compareWithNow(message) {
  try {
    const now = await read(state.seq);
    const theirs = [...Object.entries(now.corrections), ...now.replies.map((each) => ["reply", each.correction])]
      .filter(([, each]) => each).map(([kind, each]) => `${kind}: ${each.told}${each.by ? ` (${each.by})` : ""}`);
    const kept = { intent: state.intent, understood: state.understood, done_actions: state.done_actions };
    const entities = now.entities;
    state = { ...now, ...kept, entities };
    problem(`${message} Now it says: ${theirs.join("; ") || "nothing, it was taken back"}. Yours still stands below: save again to replace it, or cancel.`);
  } catch {
    problem(message);
  }
}

function problem(text) {
  at("problem").hidden = !text;
  at("problem").textContent = text;
  if (text) at("problem").scrollIntoView({ block: "nearest" });
}

for (const button of [at("close"), at("cancel")]) button.addEventListener("click", () => dialog.close());
