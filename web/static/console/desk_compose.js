// The box in which an agent writes: canned replies by "/", Enter sends, a draft for each conversation.

import { h } from "./desk_draw.js";

const TYPING_EVERY_MS = 3000;
const TYPING_ENDS_MS = 5000;
const SHOWN = 8;
const DRAFT = "desk-draft:";

export class Composer {
  /** `say(text)` sends; `typing(on)` tells the shopper; `fill(text)` fills a canned reply's places. */
  constructor({ say, typing, fill }) {
    Object.assign(this, { say, typing, fill, replies: [], matches: [], chosen: 0 });
    this.box = document.getElementById("text");
    this.list = document.getElementById("completion");
    const form = document.getElementById("write");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    this.box.addEventListener("input", () => this.changed());
    this.box.addEventListener("keydown", (event) => this.key(event));
    this.box.addEventListener("blur", () => this.offer([]));  // a press on the list takes no focus
    document.getElementById("canned").addEventListener("click", () => this.begin());
  }

  /** The conversation that is written to; what was begun in it before is in the box again. */
  open(conversation) {
    if (conversation === this.conversation) return;
    this.conversation = conversation;
    this.stopTyping();
    this.box.value = conversation ? sessionStorage.getItem(DRAFT + conversation) ?? "" : "";
    this.offer([]);
  }

  get enabled() {
    return !this.box.disabled;
  }

  enable(on) {
    if (this.box.disabled === !on) return;
    this.box.disabled = !on;
    for (const button of this.box.form.querySelectorAll("button")) button.disabled = !on;
    if (!on) this.stopTyping();
  }

  /** Puts `text` where the cursor is. Nothing is sent. */
  insert(text) {
    const { selectionStart: start, selectionEnd: end, value } = this.box;
    const gap = start && !/\s$/.test(value.slice(0, start)) ? " " : "";
    this.box.setRangeText(gap + text, start, end, "end");
    this.box.focus();
    this.changed();
  }

  begin() {
    if (!this.enabled) return;
    this.box.focus();
    if (!this.word()) this.insert("/");
    else this.changed();
  }

  submit() {
    const text = this.box.value.trim();
    if (!text || !this.enabled) return;
    this.say(text);
    this.box.value = "";
    this.changed();
    this.stopTyping();
  }

  changed() {
    if (this.conversation) {
      if (this.box.value) sessionStorage.setItem(DRAFT + this.conversation, this.box.value);
      else sessionStorage.removeItem(DRAFT + this.conversation);
    }
    const word = this.word();
    if (word) {
      const wanted = word.slice(1).toLowerCase();
      const starts = this.replies.filter((each) => each.shortcut.startsWith(wanted));
      const holds = this.replies.filter((each) => !each.shortcut.startsWith(wanted) && (each.shortcut.includes(wanted) || (wanted && each.text.toLowerCase().includes(wanted))));
      this.offer([...starts, ...holds].slice(0, SHOWN));
    } else this.offer([]);
    if (!this.box.value.trim() || word) return this.stopTyping();
    clearTimeout(this.typingTimer);
    this.typingTimer = setTimeout(() => this.stopTyping(), TYPING_ENDS_MS);
    if (Date.now() - (this.typingAt ?? 0) < TYPING_EVERY_MS) return;
    this.typingAt = Date.now();
    this.typing(true);
  }

  stopTyping() {
    clearTimeout(this.typingTimer);
    if (this.typingAt) this.typing(false);
    this.typingAt = null;
  }

  /** The "/shortcut" before the cursor; "" where there is none. */
  word() {
    return /(?:^|\s)(\/[a-z0-9_-]*)$/i.exec(this.box.value.slice(0, this.box.selectionStart))?.[1] ?? "";
  }

  offer(matches) {
    this.matches = matches;
    this.chosen = 0;
    this.list.hidden = !matches.length;
    this.list.replaceChildren(...matches.map((each, index) => h("li", {
      role: "option", id: `canned-${index}`, "aria-selected": String(index === 0),
      on: { mousedown: (event) => { event.preventDefault(); this.choose(index); } },
    }, h("b", { class: "mono" }, `/${each.shortcut}`), " ", h("span", { class: "muted" }, this.fill(each.text).slice(0, 90)))));
    this.mark();
  }

  mark() {
    [...this.list.children].forEach((option, index) => option.setAttribute("aria-selected", String(index === this.chosen)));
    if (this.matches.length) this.box.setAttribute("aria-activedescendant", `canned-${this.chosen}`);
    else this.box.removeAttribute("aria-activedescendant");
  }

  choose(index) {
    const word = this.word();
    const end = this.box.selectionStart;
    this.box.setRangeText(this.fill(this.matches[index].text), end - word.length, end, "end");
    this.changed();
    this.box.focus();
  }

  key(event) {
    // While an input method composes a word, Enter belongs to it.
    if (event.isComposing || event.keyCode === 229) return;
    if (this.matches.length) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) {
        this.chosen = (this.chosen + step + this.matches.length) % this.matches.length;
        this.mark();
        return event.preventDefault();
      }
      if (event.key === "Escape") {
        this.offer([]);
        event.stopPropagation();
        return event.preventDefault();
      }
      if (event.key === "Enter" || event.key === "Tab") {
        this.choose(this.chosen);
        return event.preventDefault();
      }
    }
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.submit();
    }
  }
}
