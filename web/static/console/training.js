// The trainers' page: what proposed examples are like, and what they would do, both asked of the server and awaited.
import { announce, onKey, post } from "/static/console/console.js";

const POLL_MS = 1000;
const form = document.getElementById("corrections");
const changes = [...document.querySelectorAll(".training-change")];
const boxes = [...document.querySelectorAll('input[name="correction"]')];
let asked = 0;  // only the newest question's answer is shown

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

/** The result of a prediction; `onState` is told "waiting" and "running" meanwhile. Throws an Error to be shown. */
async function predicted(corrections, effect, onState = () => {}) {
  let found = await post("/console/api/training/predictions", { corrections, effect });
  while (found.state === "waiting" || found.state === "running") {
    onState(found.state);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    const response = await fetch(`/console/api/training/predictions/${found.key}`, { headers: { Accept: "application/json" } });
    if (!response.ok) throw new Error("The prediction is gone. Ask for it again.");
    found = await response.json();
  }
  if (found.state === "failed") throw new Error(found.message);
  return found.result;
}

function showNear(conflicts) {
  for (const change of changes) {
    const near = (conflicts[change.dataset.id] ?? []).flatMap((sentence) => sentence.near);
    const place = change.querySelector(".training-near");
    place.replaceChildren();
    place.hidden = near.length === 0;
    if (!near.length) continue;
    const list = element("ul");
    for (const each of near) {
      const item = element("li", undefined, "small");
      const percent = Math.round(each.likeness * 100);
      const badge = element("span", `${percent} %`, each.too_like ? "badge bad" : each.likeness >= 0.75 ? "badge warn" : "badge");
      item.append(badge, ` “${each.text}” `, element("b", each.intent), " ", element("span", `${each.file}:${each.line}`, "muted"));
      list.append(item);
    }
    place.append(element("h4", "The likest examples of other intents"), list);
  }
}

function share(value) {
  return value === null ? "–" : `${(value * 100).toFixed(1)} %`;
}

function figures(effect) {
  const table = element("table", undefined, "table");
  const head = table.createTHead().insertRow();
  for (const title of [`Of ${effect.sentences} held-out sentences`, "before", "after"]) {
    const cell = element("th", title, title.startsWith("Of") ? "" : "number");
    cell.scope = "col";
    head.append(cell);
  }
  const body = table.createTBody();
  for (const [name, title] of [["accuracy", "best guess is right"], ["answered_rightly", "answered rightly"], ["refused", "out of scope, and refused"]]) {
    const row = body.insertRow();
    row.insertCell().textContent = title;
    for (const when of ["before", "after"]) {
      const cell = row.insertCell();
      cell.className = "number";
      cell.textContent = share(effect[when][name]);
    }
  }
  return table;
}

function sentences(title, found, kind) {
  if (!found.length) return [];
  const list = element("ul");
  for (const each of found) {
    const item = element("li", undefined, "small");
    item.append(element("span", kind, `badge ${{ better: "good", worse: "bad" }[kind] ?? ""}`),
      ` “${each.text}” (${each.intent}): ${each.before} → `, element("b", each.after));
    list.append(item);
  }
  return [element("h3", title), list];
}

function showEffect(effect) {
  const changed = effect.better.length + effect.worse.length + effect.otherwise.length;
  document.getElementById("effect").replaceChildren(
    ...(effect.sentences ? [figures(effect)] : [element("p", "This project holds no sentences out.", "muted")]),
    ...(effect.sentences && !changed ? [element("p", "No held-out sentence is answered otherwise.")] : []),
    ...sentences("Answered rightly only with it", effect.better, "better"),
    ...sentences("Answered rightly only without it", effect.worse, "worse"),
    ...sentences("Wrong both times", effect.otherwise, "otherwise"),
    ...sentences("The sentences themselves", effect.learnt, "learnt"),
  );
}

function chosen() {
  return boxes.filter((box) => box.checked).map((box) => Number(box.value));
}

function count() {
  const number = chosen().length;
  document.getElementById("chosen-count").textContent = number ? `${number} chosen` : "Choose what to decide.";
}

async function predict() {
  const corrections = chosen();
  if (!corrections.length) return announce("Choose at least one correction first.");
  const mine = ++asked;
  const state = document.getElementById("predict-state");
  const say = (text) => { if (mine === asked) state.textContent = text; };
  say("Asking…");
  try {
    const result = await predicted(corrections, true, (now) => say(now === "running" ? "Training, twice…" : "Waiting for another prediction…"));
    if (mine !== asked) return;
    showEffect(result.effect);
    say("Predicted.");
  } catch (error) {
    say(error.message);
  }
}

function move(by) {
  const here = changes.indexOf(document.activeElement?.closest(".training-change"));
  const next = changes[here < 0 ? (by > 0 ? 0 : changes.length - 1) : here + by];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

if (form) {
  form.addEventListener("change", count);
  document.getElementById("predict").addEventListener("click", predict);
  onKey("j", "Next correction", () => move(1));
  onKey("k", "Previous correction", () => move(-1));
  onKey("x", "Choose it, or not", () => document.activeElement?.closest(".training-change")?.querySelector('input[name="correction"]')?.click());
  onKey("*", "Choose all, or none", () => {
    const all = boxes.every((box) => box.checked);
    boxes.forEach((box) => { box.checked = !all; });
    count();
  });
  count();
  predicted(changes.map((change) => Number(change.dataset.id)), false)
    .then((result) => showNear(result.conflicts))
    .catch((error) => announce(`Like examples were not looked for: ${error.message}`));
}
