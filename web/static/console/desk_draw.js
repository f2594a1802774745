// What the desk draws. Text from outside only ever becomes text nodes.

import { shortTime } from "./console.js";

/** An element. `props`: "class" and other attributes, "on" for listeners; strings in `children` are text. */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name === "on") for (const [kind, listener] of Object.entries(value)) element.addEventListener(kind, listener);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== "" && child !== false));
  return element;
}

export function money(cents, currency) {
  if (cents === null || cents === undefined) return "";
  return new Intl.NumberFormat("en-GB", { style: "currency", currency: currency || "EUR" }).format(cents / 100);
}

export function time(at) {
  const moment = new Date(at);
  return Number.isNaN(moment.getTime()) ? null : h("time", { datetime: moment.toISOString(), title: moment.toLocaleString() }, shortTime(moment));
}

/** "45 s", "3 min", "2 h": a waiting time. */
export function waited(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  return seconds < 3600 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3600)} h`;
}

/** A path of the shop's own pages, or null: nothing else becomes a link. */
export function shopPath(url) {
  return typeof url === "string" && /^\/(?![/\\])/.test(url) ? url : null;
}

function product(card) {
  const url = shopPath(card.url);
  const title = url ? h("a", { href: url, target: "_blank", rel: "noopener" }, card.title ?? "") : h("span", {}, card.title ?? "");
  return h("li", {}, title, h("span", { class: "nowrap" }, money(card.price_cents, card.currency)));
}

export function products(cards) {
  return h("ul", { class: "desk-products" }, cards.map(product));
}

/** What the assistant took a message for; a reply's frame tells it of the message that it answers. */
export function understood({ intent, confidence }) {
  const sure = typeof confidence === "number" ? ` ${Math.round(confidence * 100)} %` : "";
  const words = intent === "nlu_fallback" ? "not understood" : `${intent.replaceAll("_", " ")}${sure}`;
  return h("span", { class: "intent", title: "What the assistant understood" }, ` · ${words}`);
}

/** One message. `mine`: the name of the agent at this desk. */
export function message(frame, mine) {
  if (frame.sender === "system") {
    const rated = frame.csat === true ? "Not rated yet." : frame.csat ? `Rated ${frame.csat} of 5.` : "";
    return h("div", { class: "msg system" }, h("p", {}, frame.text), " ", time(frame.at), rated ? h("p", { class: "rated" }, ` ${rated}`) : null);
  }
  const who = { shopper: "Shopper", bot: "Assistant" }[frame.sender] ?? (frame.name === mine ? "You" : frame.name ?? "Staff");
  return h("div", { class: `msg ${frame.sender}` },
    h("p", { class: "meta" }, h("b", {}, who), " ", time(frame.at),
      frame.intent && frame.sender === "shopper" ? understood(frame) : null,
      frame.feedback ? h("span", { class: "badge" }, frame.feedback === "up" ? "Thumb up" : "Thumb down") : null),
    frame.text ? h("p", { class: "text" }, frame.text) : null,
    frame.cards?.length ? products(frame.cards) : null,
    frame.order ? h("p", { class: "aside" }, `Order #${frame.order.number}: ${frame.order.status_text ?? ""}`) : null,
    frame.offer ? h("p", { class: "aside" }, `Offer: ${frame.offer.title ?? ""} (${frame.offer.code ?? ""})`) : null,
    frame.table?.length ? table(frame.table) : null,
    frame.link ? h("p", { class: "aside" }, `Link: ${frame.link}`) : null,
    frame.buttons?.length ? h("p", { class: "aside" }, `Buttons: ${frame.buttons.join(" · ")}`) : null);
}

function table([head, ...rows]) {
  return h("div", { class: "desk-table", tabindex: 0, role: "group", "aria-label": "Table" }, h("table", {},
    h("thead", {}, h("tr", {}, head.map((cell) => cell ? h("th", { scope: "col" }, cell) : h("td")))),
    h("tbody", {}, rows.map((row) => h("tr", {}, row.map((cell) => h("td", {}, cell)))))));
}

/** The summary of a handover. */
export function summary(facts) {
  const quoted = (each) => h("li", {}, h("b", {}, each.intent), ": ", h("q", {}, each.said));
  const rows = [];
  const row = (title, ...content) => rows.push(h("dt", {}, title), h("dd", {}, ...content));
  if (facts.asked.length) row("Asked about", h("ul", {}, facts.asked.map(quoted)));
  if (facts.failed.length) row("Not understood", h("ul", {}, facts.failed.map((each) => h("li", {}, h("q", {}, each.said)))));
  if (facts.orders.length) row("Order", facts.orders.map((number) => `#${number}`).join(", "));
  if (facts.page) row("Looks at", products([facts.page]));
  if (facts.products.length) row("Was shown", products(facts.products));
  if (facts.contact) row("E-mail for the answer", facts.contact);
  if (facts.thumbs_down) row("Thumbs down", String(facts.thumbs_down));
  const reason = facts.reason ? h("p", { class: "desk-reason" }, facts.reason) : null;
  if (!rows.length) return [reason, h("p", { class: "muted small" }, `${facts.messages} messages, and nothing that stands out.`)];
  return [reason, h("dl", { class: "desk-facts" }, rows)];
}

/** The customer; null: this member may not see any. */
export function customer(card) {
  if (!card) return [h("p", { class: "muted small" }, "Your account does not show customers' data.")];
  const who = card.customer;
  const parts = [who
    ? h("p", {}, h("b", {}, who.name), h("br"), who.email, h("br"), h("span", { class: "muted small" }, "Customer since ", time(who.since), who.consents.length ? ` · agreed to ${who.consents.join(", ")}` : ""))
    : h("p", { class: "muted" }, "A visitor who is not signed in.")];
  const part = (title, rows) => rows.length && parts.push(h("h3", {}, title), h("ul", { class: "desk-products" }, rows));
  part("Orders", card.orders.map((order) => h("li", {}, h("span", {}, `#${order.number} `, h("span", { class: "badge" }, order.status)), h("span", { class: "nowrap" }, money(order.total_cents, order.currency)))));
  part("Basket", card.basket.map((line) => h("li", {}, h("span", {}, `${line.quantity} × ${line.title}`), h("span", { class: "nowrap" }, money(line.price_cents, line.currency)))));
  part("Earlier conversations", card.talks.map((talk) => h("li", {}, h("a", { href: `/console/conversations/${talk.id}` }, time(talk.at)), h("span", { class: "badge" }, talk.status))));
  return parts;
}

export function note(each) {
  return h("li", { "data-note": each.id }, h("p", { class: "text" }, each.text), h("p", { class: "muted small" }, `${each.name ?? "Somebody who left"}, `, time(each.at)));
}
