// What every page of the console shares: keys and their help, requests with the form's secret, short messages, times.

const csrf = document.querySelector('meta[name="csrf"]')?.content ?? "";
const registered = [];  // {keys, help, act} of page scripts
const LANGUAGE = document.documentElement.lang || undefined;
const SEQUENCE_MS = 1200;
let begun = "";  // the first key of a sequence such as "g d"
let begunAt = 0;

/** Sends `data` as JSON and returns the answer's JSON. Throws an Error whose message a person may read. */
export function post(url, data = {}, method = "POST") {
  return ask(url, {
    method, body: JSON.stringify(data), headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf },
  });
}

/** The JSON at `url`. Throws as `post` does. */
export function get(url) {
  return ask(url, {});
}

async function ask(url, request) {
  let response;
  try {
    response = await fetch(url, {
      ...request, credentials: "same-origin", headers: { ...request.headers, Accept: "application/json" },
    });
  } catch {
    throw new Error("The server cannot be reached. Check the connection and try again.");
  }
  const content = await response.json().catch(() => null);
  if (!response.ok) {
    const error = new Error(content?.error?.message ?? `The server answered with ${response.status}.`);
    error.code = content?.error?.code;
    error.status = response.status;
    throw error;
  }
  return content;
}

/** Shows a short message for some seconds, and has a screen reader say it. */
export function announce(text, seconds = 5) {
  const line = document.createElement("p");
  line.textContent = text;
  document.getElementById("toasts")?.append(line);
  setTimeout(() => line.remove(), seconds * 1000);
}

/** Makes `key` ("j", or "g x" for one after the other) do something on this page; `help` stands in the help dialog. */
export function onKey(key, help, act) {
  registered.push({ key, help, act });
}

/** Whether what has the focus takes typed text. */
export function isTyping(target = document.activeElement) {
  return Boolean(target?.closest?.("input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable]"));
}

/** Writes the times below `root` in the reader's own zone. */
export function localTimes(root = document) {
  for (const each of root.querySelectorAll("time[datetime]:not([data-local])")) {
    const moment = new Date(each.dateTime);
    each.dataset.local = "";
    each.title = moment.toLocaleString(LANGUAGE, { dateStyle: "full", timeStyle: "long" });
    if (each.dataset.keep === undefined) each.textContent = shortTime(moment);
  }
}

/** "14:05" today, else "24 Nov, 14:05", with the year where it is another. */
export function shortTime(moment, now = new Date()) {
  const parts = { hour: "2-digit", minute: "2-digit" };
  if (moment.toDateString() !== now.toDateString()) Object.assign(parts, { day: "numeric", month: "short" });
  if (moment.getFullYear() !== now.getFullYear()) parts.year = "numeric";
  return moment.toLocaleString(LANGUAGE, parts);
}

function shown(element) {
  return element.getClientRects().length > 0 && !element.disabled;
}

function act(key) {
  const own = registered.find((each) => each.key === key);
  if (own) return own.act(), true;
  // A navigation that is folded into the menu still leads somewhere; anything else hidden does not.
  const element = [...document.querySelectorAll("[data-key]")]
    .find((each) => each.dataset.key === key && (shown(each) || each.closest("#menu")));
  if (!element) return false;
  if (isTyping(element)) {
    element.focus();
    element.select?.();
  } else {
    element.click();
  }
  return true;
}

function isPrefix(key) {
  const begins = (each) => each.startsWith(`${key} `);
  return registered.some((each) => begins(each.key)) || [...document.querySelectorAll("[data-key]")].some((each) => begins(each.dataset.key));
}

function keysOn() {
  return localStorage.getItem("console-keys") !== "off";
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (isTyping(event.target)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (event.key === "?") {
    event.preventDefault();
    showKeys();
    return;
  }
  if (!keysOn() || document.querySelector("dialog[open]")) return;
  const sequence = begun && event.timeStamp - begunAt < SEQUENCE_MS ? `${begun} ${event.key}` : event.key;
  begun = "";
  if (act(sequence)) {
    event.preventDefault();
  } else if (isPrefix(event.key)) {
    begun = event.key;
    begunAt = event.timeStamp;
  }
});

// ---- the help dialog

function rows(entries) {
  const list = document.createElement("dl");
  list.className = "keys";
  for (const [key, help] of entries) {
    const name = document.createElement("dt");
    key.split(" ").forEach((each, index) => {
      const cap = document.createElement("kbd");
      cap.textContent = each;
      name.append(...(index ? [" then ", cap] : [cap]));
    });
    const text = document.createElement("dd");
    text.textContent = help;
    list.append(name, text);
  }
  return list;
}

function helpOf(element) {
  return element.dataset.keyHelp ?? element.getAttribute("aria-label") ?? element.textContent.trim().replace(/\s+/g, " ");
}

export function showKeys() {
  const dialog = document.getElementById("keys");
  if (!dialog || dialog.open) return;
  const marked = [...document.querySelectorAll("[data-key]")];
  const here = new Map(registered.map((each) => [each.key, each.help]));
  const everywhere = new Map();
  for (const each of marked) {
    if (each.closest("main") ? shown(each) : true) (each.closest("main") ? here : everywhere).set(each.dataset.key, helpOf(each));
  }
  everywhere.set("?", "This help");
  const groups = [["On this page", here], ["Everywhere", everywhere]].filter(([, keys]) => keys.size);
  document.getElementById("keys-list").replaceChildren(...groups.flatMap(([title, keys]) => {
    const heading = document.createElement("h3");
    heading.textContent = title;
    return [heading, rows(keys)];
  }));
  document.getElementById("keys-on").checked = keysOn();
  dialog.showModal();
}

document.getElementById("keys-button")?.addEventListener("click", showKeys);
document.getElementById("keys-on")?.addEventListener("change", (event) => {
  localStorage.setItem("console-keys", event.target.checked ? "on" : "off");
});

// ---- what attributes ask for

document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form?.requestSubmit();
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(source.value ?? source.textContent);
    announce("Copied.");
  } catch {
    source.focus();
    source.select?.();
    announce("Select it and press Ctrl+C: the browser does not let us copy.");
  }
});

localTimes();
