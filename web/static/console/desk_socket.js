// The desk's socket: one that is kept alive, and what was said but is not acknowledged yet.

const BACKOFF_FIRST_MS = 300;
const BACKOFF_LAST_MS = 10_000;
const PING_MS = 25_000;
const PONG_MS = 10_000;
const KEPT = "desk-outbox";

/** Calls `receive(frame)` for every frame and `change(up)` when the connection opens or is lost. */
export class DeskSocket {
  constructor({ receive, change }) {
    Object.assign(this, { receive, change, up: false, attempt: 0 });
    addEventListener("online", () => this.up || this.connect());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && !this.up && this.connect());
    this.connect();
  }

  /** Sends `frame` where the connection is open. Returns whether it was handed over. */
  send(frame) {
    if (!this.up) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  connect() {
    clearTimeout(this.retryTimer);
    this.drop();
    const url = new URL("/console/ws", location.href);
    url.protocol = url.protocol.replace("http", "ws");
    const socket = (this.socket = new WebSocket(url));
    const current = () => socket === this.socket;
    this.pongTimer = setTimeout(() => this.lost(), PONG_MS);
    socket.addEventListener("message", (event) => current() && this.take(JSON.parse(event.data)));
    socket.addEventListener("close", (event) => current() && this.lost(event.code));
  }

  take(frame) {
    clearTimeout(this.pongTimer);
    if (frame.type === "welcome") {
      this.up = true;
      this.attempt = 0;
      clearInterval(this.pingTimer);
      this.pingTimer = setInterval(() => this.ping(), PING_MS);
    }
    this.receive(frame);
    if (frame.type === "welcome") this.change(true);
  }

  ping() {
    // A laptop that slept has a socket that looks open: without an answer it is given up.
    this.send({ type: "ping" });
    clearTimeout(this.pongTimer);
    this.pongTimer = setTimeout(() => this.lost(), PONG_MS);
  }

  drop() {
    const socket = this.socket;
    this.socket = null;
    this.up = false;
    clearInterval(this.pingTimer);
    clearTimeout(this.pongTimer);
    socket?.close();
  }

  lost(code) {
    this.drop();
    if (code === 4401) {  // signed out, here or by an administrator
      location.assign(`/console/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
      return;
    }
    const wait = Math.min(BACKOFF_LAST_MS, BACKOFF_FIRST_MS * 2 ** this.attempt++) * (0.5 + Math.random() / 2);
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(() => this.connect(), wait);
    this.change(false);
  }
}

/** Messages of the agent that the server has not stored yet: sent again under the same id until it has. */
export class Outbox {
  constructor() {
    try {
      this.items = new Map(JSON.parse(sessionStorage.getItem(KEPT) ?? "[]").map((item) => [item.id, item]));
    } catch {
      this.items = new Map();
    }
  }

  add(conversation, text) {
    const id = Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
    const item = { id, conversation, text };
    this.items.set(id, item);
    this.keep();
    return item;
  }

  has(id) {
    return this.items.has(id);
  }

  remove(id) {
    const item = this.items.get(id);
    this.items.delete(id);
    this.keep();
    return item;
  }

  of(conversation) {
    return [...this.items.values()].filter((item) => item.conversation === conversation);
  }

  keep() {
    sessionStorage.setItem(KEPT, JSON.stringify([...this.items.values()]));
  }
}
