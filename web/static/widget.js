/* The chat of Floorwalker on a shop's page: one custom element, <floorwalker-chat>, with nothing to install.
 *
 *   <script src="https://chat.example/static/widget.js" async></script>
 *
 * Attributes, events and colours: docs/widget.md. Text from outside only ever becomes text nodes, and the
 * styles are a constructed sheet, so that the widget runs under a Content-Security-Policy without
 * 'unsafe-inline'. Everything lives in this function and in the shadow root: the host page's globals stay
 * as they are. It is one file on purpose: one request, never two halves of different versions.
 */
(() => {
  "use strict";

  const NAME = "floorwalker-chat";
  if (customElements.get(NAME)) return;
  const script = document.currentScript ?? document.querySelector('script[src*="/static/widget.js"]');
  const SERVER = new URL("..", script ? script.src : location.href); // ".../static/widget.js" -> ".../"

  const TEXT_LIMIT = 2000; // characters; the server refuses more
  const BACKOFF_FIRST_MS = 500;
  const BACKOFF_LAST_MS = 30_000;
  const PING_MS = 25_000; // below the 30 to 60 s after which proxies drop a silent connection
  const PONG_MS = 10_000;
  const TYPING_MS = 3000; // at most one "typing" frame in this time
  const PATIENCE_MS = 900; // what is mended sooner is not worth a notice

  // ------------------------------------------------------------------------------------------ small tools

  /** An element. `props`: "class" and other attributes, "on" for listeners; strings in `children` are text. */
  function h(tag, props = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(props)) {
      if (name === "on") for (const [kind, listener] of Object.entries(value)) element.addEventListener(kind, listener);
      else if (value === true) element.setAttribute(name, "");
      else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
    }
    element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
    return element;
  }

  /** A 24 x 24 line drawing. */
  function icon(path) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    line.setAttribute("d", path);
    svg.append(line);
    return svg;
  }

  const ICONS = {
    chat: "M5 5h14a1.5 1.5 0 0 1 1.5 1.5v9A1.5 1.5 0 0 1 19 17h-7l-4.5 3.5V17H5a1.5 1.5 0 0 1-1.5-1.5v-9A1.5 1.5 0 0 1 5 5Zm3 4.5h8M8 13h5",
    close: "M6 6l12 12M18 6 6 18",
    send: "M12 19.5v-14M6 11l6-6 6 6",
    up: "M7 11v9M7 11l4-7c1.5 0 2.3 1.1 2 2.6L12.4 10H18a2 2 0 0 1 2 2.3l-1 6A2 2 0 0 1 17 20H7M7 11H4v9h3",
  };

  /** `value` as an absolute http(s) address, or null: "javascript:" and the like never reach a link. */
  function safeUrl(value, base) {
    try {
      const url = new URL(value, base);
      return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
    } catch {
      return null; // not an address at all; whoever asks then shows the thing without a link
    }
  }

  /** The browser's storage `kind` under this widget's own keys; does nothing where the page may not use it. */
  function memory(kind) {
    const key = (name) => `floorwalker:${SERVER.host}:${name}`;
    const attempt = (work) => {
      try {
        return work(window[kind]);
      } catch (error) {
        console.info(`floorwalker: ${kind} cannot be used (${error.name}); going on without it`);
        return null;
      }
    };
    return {
      get: (name) => attempt((storage) => storage.getItem(key(name))),
      set: (name, value) => attempt((storage) => value === null ? storage.removeItem(key(name)) : storage.setItem(key(name), value)),
    };
  }
  const tabMemory = memory("sessionStorage");
  const browserMemory = memory("localStorage");

  /** Whether prices and dates can be written in the language `tag`; a page's lang may be anything. */
  function writable(tag) {
    try {
      return tag && Intl.NumberFormat.supportedLocalesOf(tag).length > 0;
    } catch {
      return false; // "en_GB" and the like are no language tags
    }
  }

  /** 96 random bits as a message's own id, made here so that sending it twice stores it once. */
  function newId() {
    return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  // ----------------------------------------------------------------------------------------- the connection

  /** Keeps one WebSocket alive: hello, ping, and reconnecting with exponential backoff and jitter.
   *
   * `token(fresh)` resolves to a session token; `hello()` is the first frame without the token;
   * `receive(frame)` gets every other frame; `change(up)` is called when the conversation opens or is lost.
   */
  class Connection {
    constructor({ token, hello, receive, change }) {
      Object.assign(this, { token, hello, receive, change, attempt: 0, running: false, up: false, refused: false });
      this.wake = () => this.running && !this.up && document.visibilityState === "visible" && this.retryNow();
    }

    start() {
      if (this.running) return;
      this.running = true;
      addEventListener("online", this.wake);
      document.addEventListener("visibilitychange", this.wake);
      this.connect();
    }

    stop() {
      this.running = false;
      removeEventListener("online", this.wake);
      document.removeEventListener("visibilitychange", this.wake);
      clearTimeout(this.retryTimer);
      this.drop();
    }

    /** Sends `frame` if the conversation is open. Returns whether it was handed to the socket. */
    send(frame) {
      if (!this.up) return false;
      this.socket.send(JSON.stringify(frame));
      return true;
    }

    retryNow() {
      clearTimeout(this.retryTimer);
      if (!this.connecting) this.connect();
    }

    async connect() {
      const turn = (this.turn = {}); // replaced when this try is given up while it waits for its token
      this.connecting = true;
      let token;
      try {
        token = await this.token(this.refused);
      } catch (error) {
        console.warn("floorwalker: no session token:", error.message);
        return turn === this.turn && this.lost();
      }
      if (turn !== this.turn) return;
      this.refused = false;
      const url = new URL("ws", SERVER);
      url.protocol = url.protocol.replace("http", "ws");
      const socket = (this.socket = new WebSocket(url));
      const current = () => socket === this.socket;
      this.pongTimer = setTimeout(() => this.restart(), PONG_MS); // the welcome has to come within it
      socket.addEventListener("open", () => current() && socket.send(JSON.stringify({ type: "hello", token, ...this.hello() })));
      socket.addEventListener("message", (event) => current() && this.take(JSON.parse(event.data)));
      socket.addEventListener("close", (event) => {
        if (!current()) return;
        // 4401: the token was not accepted; 4409: somebody signed in or out. Both need a new token.
        if (event.code === 4401 || event.code === 4409) this.refused = true;
        this.lost();
      });
    }

    take(frame) {
      clearTimeout(this.pongTimer);
      if (frame.type === "welcome") {
        this.up = true;
        this.connecting = false;
        this.attempt = 0;
        clearInterval(this.pingTimer);
        this.pingTimer = setInterval(() => this.ping(), PING_MS);
      } else if (frame.type === "error" && frame.code === "bad_token") {
        this.refused = true; // the server closes now; the next try asks for a new token
      }
      this.receive(frame);
      if (frame.type === "welcome" && this.up) this.change(true);
    }

    ping() {
      // A laptop that slept has a socket that looks open: without an answer it is given up.
      this.send({ type: "ping" });
      clearTimeout(this.pongTimer);
      this.pongTimer = setTimeout(() => this.restart(), PONG_MS);
    }

    /** Gives the socket up and connects anew. */
    restart() {
      this.drop();
      this.lost();
    }

    drop() {
      const socket = this.socket;
      this.socket = this.turn = null;
      this.up = this.connecting = false;
      clearInterval(this.pingTimer);
      clearTimeout(this.pongTimer);
      socket?.close();
    }

    lost() {
      this.drop();
      if (!this.running) return;
      const wait = Math.min(BACKOFF_LAST_MS, BACKOFF_FIRST_MS * 2 ** this.attempt++) * (0.5 + Math.random() / 2);
      clearTimeout(this.retryTimer);
      this.retryTimer = setTimeout(() => this.connect(), wait);
      this.change(false);
    }
  }

  // ------------------------------------------------------------------------------------- what is in a message

  /** Draws the parts of a message. `base` resolves paths, `locale` writes numbers, `on` hears the shopper. */
  class Parts {
    constructor({ base, locale, on }) {
      Object.assign(this, { base, locale, on });
    }

    money(cents, currency) {
      return new Intl.NumberFormat(this.locale, { style: "currency", currency: currency || "EUR" }).format(cents / 100);
    }

    day(value) {
      const date = new Date(value);
      if (!/^\d{4}-\d\d-\d\d/.test(value) || Number.isNaN(date.getTime())) return String(value);
      return date.toLocaleDateString(this.locale, { day: "numeric", month: "long" });
    }

    cards(cards, seq) {
      return h("ul", { class: "cards", role: "list", "aria-label": `${cards.length} products` },
        ...cards.map((card) => h("li", {}, this.card(card, seq))));
    }

    card(card, seq) {
      const url = safeUrl(card.url, this.base);
      const picture = safeUrl(card.picture, this.base);
      const rating = Math.max(0, Math.min(5, Number(card.rating) || 0));
      const stars = "★".repeat(Math.round(rating)) + "☆".repeat(5 - Math.round(rating));
      const reduced = card.was_cents > card.price_cents;
      const note = card.note || (card.in_stock === false ? "Sold out at the moment" : null);
      return h(url ? "a" : "div", { class: "card", href: url, on: url ? { click: (event) => this.on.product(event, card, seq) } : {} },
        h("span", { class: "frame" }, picture ? h("img", { src: picture, alt: "", loading: "lazy", width: 160, height: 160 }) : null),
        h("span", { class: "brand" }, card.brand),
        h("span", { class: "name" }, card.title),
        h("span", { class: "price" },
          h("b", {}, this.money(card.price_cents, card.currency)),
          reduced ? h("s", {}, h("span", { class: "quiet" }, "was "), this.money(card.was_cents, card.currency)) : null),
        card.rating_count ? h("span", { class: "rating" },
          h("span", { class: "stars", "aria-hidden": "true" }, stars),
          h("span", { class: "quiet" }, "Rated "), rating.toLocaleString(this.locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 }),
          h("span", { class: "quiet" }, " of 5"), ` (${card.rating_count})`) : null,
        note ? h("span", { class: card.in_stock === false ? "note out" : "note" }, note) : null,
        card.reason ? h("span", { class: "reason" }, card.reason) : null);
    }

    table(table) {
      const [first, ...others] = table.columns;
      return h("div", { class: "sheet", tabindex: 0, role: "group", "aria-label": "Comparison" }, h("table", {},
        h("thead", {}, h("tr", {}, first ? h("th", { scope: "col" }, String(first)) : h("td"), ...others.map((column) => h("th", { scope: "col" }, String(column))))),
        h("tbody", {}, ...table.rows.map(([head, ...cells]) =>
          h("tr", {}, h("th", { scope: "row" }, String(head ?? "")), ...cells.map((cell) => h("td", {}, String(cell ?? "–"))))))));
    }

    offer(offer) {
      const code = h("code", {}, offer.code);
      const copy = h("button", { type: "button", class: "plain", "aria-label": `Copy the code ${offer.code}`, on: { click: () => this.on.copy(offer, code, copy) } }, "Copy");
      return h("section", { class: "box offer", "aria-label": "Offer" },
        h("h3", {}, offer.title), offer.text ? h("p", {}, offer.text) : null,
        h("div", { class: "code" }, code, copy),
        offer.ends_at ? h("p", { class: "small" }, `Until ${this.day(offer.ends_at)}`) : null);
    }

    order(order) {
      const steps = [["placed", "Placed"], ["packed", "Packed"], ["shipped", "Shipped"], ["delivered", "Delivered"]];
      const at = steps.findIndex(([status]) => status === order.status);
      const tracking = safeUrl(order.tracking_url, this.base);
      const parcel = [order.carrier, order.tracking_code].filter(Boolean).join(" ");
      return h("section", { class: "box order", "aria-label": `Order ${order.number}` },
        h("h3", {}, `Order #${order.number}`),
        h("p", { class: "status" }, order.status_text || order.status),
        at < 0 ? null : h("ol", { class: "steps" }, ...steps.map(([, title], index) =>
          h("li", { class: index <= at ? "done" : "", "aria-current": index === at ? "step" : null }, title,
            index < at ? h("span", { class: "quiet" }, " (done)") : null))),
        order.lines?.length ? h("ul", { class: "lines" }, ...order.lines.map((line) =>
          h("li", {}, h("span", {}, `${line.quantity} × ${line.title}`), h("span", {}, this.money(line.price_cents * line.quantity, order.currency))))) : null,
        h("p", { class: "total" }, h("span", {}, "Total"), h("b", {}, this.money(order.total_cents, order.currency))),
        order.expected ? h("p", { class: "small" }, `Expected: ${this.day(order.expected)}`) : null,
        parcel ? h("p", { class: "small" }, tracking ? this.anchor(`Track the parcel: ${parcel}`, tracking) : parcel) : null);
    }

    link(link) {
      const url = safeUrl(link.url, this.base);
      return url ? h("p", { class: "link" }, this.anchor(link.title || url, url)) : null;
    }

    anchor(title, url) {
      const away = new URL(url).origin !== location.origin;
      return h("a", { href: url, target: away ? "_blank" : null, rel: away ? "noopener noreferrer" : null }, title,
        away ? h("span", { class: "quiet" }, " (opens in a new tab)") : null);
    }

    buttons(buttons, seq) {
      return h("div", { class: "choices", role: "group", "aria-label": "Suggested answers" }, ...buttons.map((button, index) =>
        h("button", { type: "button", on: { click: () => this.on.choice(seq, index, button.title) } }, button.title)));
    }

    /** How satisfied the shopper is; `value` was chosen before, or is true. */
    rating(value) {
      return h("div", { class: "rate", role: "group", "aria-label": "How satisfied, from 1 (not at all) to 5 (very)" }, ...[..."12345"].map((step) =>
        h("button", { type: "button", "aria-label": `${step} of 5`, "aria-pressed": String(+step === value), on: { click: () => this.on.rate(+step) } }, step)));
    }

    thumbs(seq, value) {
      const group = h("span", { class: "thumbs", role: "group", "aria-label": "Was this helpful?" });
      const thumb = (name, title) => {
        const button = h("button", { type: "button", class: name, title, "aria-label": title, "aria-pressed": String(value === name) }, icon(ICONS.up));
        button.addEventListener("click", () => {
          const chosen = button.getAttribute("aria-pressed") === "true" ? null : name;
          for (const each of group.children) each.setAttribute("aria-pressed", String(each.className === chosen));
          this.on.feedback(seq, chosen);
        });
        return button;
      };
      group.append(thumb("up", "Helpful"), thumb("down", "Not helpful"));
      return group;
    }
  }

  // ----------------------------------------------------------------------------------------------- the element

  class FloorwalkerChat extends HTMLElement {
    constructor() {
      super();
      this.attachShadow({ mode: "open" }).adoptedStyleSheets = [SHEET()];
      this.outbox = new Map(); // client id -> {frame, text, node}: sent or not, but not acknowledged yet
      this.forget();
    }

    connectedCallback() {
      if (!this.built) this.build();
      this.connection ??= new Connection({
        token: (fresh) => this.token(fresh),
        hello: () => ({ after: this.after, page: this.page }),
        receive: (frame) => this.receive(frame),
        change: (up) => this.connectionChanged(up),
      });
      this.page = pageOf(document);
      this.restoreOutbox();
      // A visitor who never opened the chat costs the server no connection.
      if (tabMemory.get("open") === "1" && matchMedia("(min-width: 640px)").matches) this.show({ focus: false });
      else if (browserMemory.get("used") === "1") this.connection.start();
    }

    disconnectedCallback() {
      this.connection.stop();
    }

    // ---- for the host page

    /** Opens the panel and puts the cursor into its text field. */
    open() {
      this.show({ focus: true });
    }

    /** Closes the panel; the conversation goes on and the launcher counts what is unread. */
    close() {
      if (this.panel.hidden) return;
      this.panel.hidden = true;
      this.launcher.hidden = false;
      this.launcher.setAttribute("aria-expanded", "false");
      tabMemory.set("open", null);
      this.launcher.focus();
      this.tell("close");
    }

    /** Says `text` as the shopper. */
    send(text) {
      const said = String(text).trim().slice(0, TEXT_LIMIT);
      if (said) this.post({ type: "message", text: said }, said);
    }

    /** Tells the assistant what the shopper looks at now, for pages that change without loading. */
    setPage(page) {
      this.page = page;
      this.connection.send({ type: "page", page });
    }

    /** Asks for a new session: to be called after the host page signed a shopper in or out. */
    renew() {
      this.connection.refused = true;
      this.outbox.clear();
      this.keepOutbox();
      this.startOver();
    }

    /** The page is back from the browser's history, perhaps after a sign-out: asks again who is here. */
    returned() {
      if (!this.connection.running) return;
      this.connection.refused = true;
      this.startOver();
    }

    tell(kind, detail = {}, cancelable = false) {
      return this.dispatchEvent(new CustomEvent(`floorwalker:${kind}`, { detail, bubbles: true, cancelable }));
    }

    // ---- session

    /** Resolves to a session token. Raises where the server gives none; the connection then tries again later. */
    async token(fresh) {
      const own = this.getAttribute("token-url");
      const url = new URL(own || "api/session", own ? document.baseURI : SERVER);
      // On the shop's own origin the cookie says who this is; elsewhere the browser keeps the visitor's token.
      const visiting = !own && url.origin !== location.origin;
      if (visiting) this.sessionToken ??= browserMemory.get("token");
      if (this.sessionToken && !fresh) return this.sessionToken;
      // The former token lets a visitor stay the same visitor, and a customer keep what they said before signing in.
      const former = this.sessionToken ? JSON.stringify({ token: this.sessionToken }) : undefined;
      const answer = await fetch(url, { method: "POST", credentials: visiting ? "omit" : "same-origin", body: former, headers: former ? { "Content-Type": "application/json" } : {} });
      if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
      this.sessionToken = (await answer.json()).token;
      if (visiting) browserMemory.set("token", this.sessionToken);
      return this.sessionToken;
    }

    /** The state of a conversation that nothing was received of. */
    forget() {
      this.conversation = null;
      this.after = 0; // every message up to this seq has been received
      this.seen = new Set();
      this.last = 0;
      this.readUpTo = 0;
      this.replayUpTo = 0;
      this.bySeq = new Map();
    }

    startOver() {
      this.forget();
      this.log?.replaceChildren();
      this.greetingNode = null;
      if (this.connection.running) this.connection.restart();
    }

    // ---- frames from the server

    receive(frame) {
      const handler = {
        welcome: () => this.welcome(frame),
        message: () => this.add(frame),
        ack: () => this.acknowledge(frame.id, frame.seq),
        typing: () => this.showTyping(frame.on, frame.agent),
        standing: () => this.stand(frame),
        csat: () => this.rated(frame),
        notice: () => this.notice(frame.code === "bot_back" ? "" : frame.text),
        error: () => this.failed(frame),
      }[frame.type];
      if (handler) handler(); // kinds that a newer server adds are none of this version's business
    }

    welcome(frame) {
      if (this.conversation && this.conversation !== frame.conversation) return this.startOver();
      for (const [id, item] of this.outbox) {
        // Written in another conversation, before somebody signed out: it must not land in this one.
        if (item.conversation && item.conversation !== frame.conversation) this.drop(id);
      }
      this.keepOutbox();
      this.conversation = frame.conversation;
      this.stand({});
      this.readUpTo = Math.max(this.readUpTo, frame.read ?? 0);
      this.replayUpTo = frame.seq;
      this.currency = frame.shop?.currency;
      if (frame.shop?.name && !this.getAttribute("heading")) this.heading.textContent = frame.shop.name;
      if (frame.seq > this.last) this.log.setAttribute("aria-live", "off"); // history is not read out aloud
      if (!frame.seq && !this.greetingNode && !this.outbox.size && frame.greeting) this.greet(frame.greeting);
      if (frame.seq <= this.last) this.replayed();
      for (const item of this.outbox.values()) this.connection.send(item.frame);
      this.tell("ready", { conversation: frame.conversation, customer: frame.customer ?? null });
    }

    /** Who is talked to. */
    stand({ status, agent }) {
      this.presence.textContent = status === "staff" ? `${agent}, customer service`
        : status === "waiting" ? "A colleague has been called" : this.getAttribute("subtitle") || "Automatic shop assistant";
      this.showTyping(false);
    }

    rated({ seq, value }) {
      for (const step of this.bySeq.get(seq)?.querySelectorAll(".rate button") ?? []) step.setAttribute("aria-pressed", String(+step.textContent === value));
      this.spoken.textContent = "Thank you.";
    }

    replayed() {
      // Set in a later frame: a live region that changes together with its content reads all of it.
      requestAnimationFrame(() => this.log.setAttribute("aria-live", "polite"));
      this.markRead();
    }

    greet(greeting) {
      this.greetingNode = this.draw({ ...greeting, sender: "bot", seq: 0 }); // its buttons are chosen as seq 0
      this.log.prepend(this.greetingNode);
    }

    add(message) {
      const own = message.id && this.outbox.get(message.id);
      if (own) return this.acknowledge(message.id, message.seq);
      if (this.bySeq.has(message.seq)) {
        return; // twice, by a reconnect
      }
      this.place(this.draw(message), message.seq, this.bySeq.get(message.in_reply_to));
      this.count(message.seq);
      if (message.sender === "shopper") this.retireChoices(message.seq);
      else {
        // What the house offers stands until it speaks again.
        if (message.sender === "system") this.retireChoices(message.seq, ".system > div");
        this.showTyping(false);
        this.tell("message", { seq: message.seq, sender: message.sender, text: message.text ?? "" });
      }
      if (message.seq >= this.replayUpTo) this.replayed();
    }

    /** Notes that `seq` is here, and how far everything before it is here too. */
    count(seq) {
      this.seen.add(seq);
      if (!this.after && seq <= this.replayUpTo) this.after = seq - 1; // a long history may begin later than 1
      while (this.seen.delete(this.after + 1)) this.after++;
      this.last = Math.max(this.last, seq);
      this.markRead();
    }

    acknowledge(id, seq) {
      const item = this.outbox.get(id);
      if (!item) return;
      this.outbox.delete(id);
      this.keepOutbox();
      clearTimeout(item.timer);
      item.node.classList.remove("waiting", "failed");
      item.node.querySelector(".state")?.remove();
      if (this.bySeq.has(seq)) item.node.remove();
      else this.place(item.node, seq);
      this.count(seq);
      this.retireChoices(seq);
      this.tell("sent", { id, seq });
    }

    failed(frame) {
      console.warn(`floorwalker: ${frame.code}: ${frame.message}`);
      const item = frame.id && this.outbox.get(frame.id);
      if (item && frame.retry_after_ms) {
        this.state(item, "One moment…");
        item.timer = setTimeout(() => this.outbox.has(item.frame.id) && this.connection.send(item.frame), frame.retry_after_ms);
      } else if (item) this.state(item, "This could not be sent.", true);
      else if (frame.code === "rate_limited") this.notice("One moment, please: that was rather quick.");
    }

    connectionChanged(up) {
      if (up) {
        clearTimeout(this.noticeTimer);
        this.noticeTimer = null;
        return this.notice("");
      }
      this.showTyping(false);
      this.noticeTimer ??= setTimeout(() => {
        this.notice("We are reconnecting…");
        for (const item of this.outbox.values()) this.state(item, "Not sent yet", true);
      }, PATIENCE_MS);
    }

    // ---- what the shopper sends

    /** Shows and sends `frame` under an id of its own, and keeps it until the server has stored it. */
    post(frame, text, id = newId()) {
      const item = { frame: { ...frame, id }, text, conversation: this.conversation, node: this.draw({ sender: "shopper", text }) };
      item.node.classList.add("waiting");
      this.outbox.set(id, item);
      this.keepOutbox();
      this.log.append(item.node);
      this.begin = item.node;
      this.retireChoices(Infinity);
      item.timer = setTimeout(() => this.outbox.has(id) && !item.node.classList.contains("failed") && this.state(item, "Sending…"), PATIENCE_MS);
      browserMemory.set("used", "1");
      this.connection.start();
      this.connection.send(item.frame);
      this.scrollDown(true);
    }

    /** Says `text` below an unacknowledged message, with a button to try again where that can help. */
    state(item, text, retry = false) {
      item.node.querySelector(".state")?.remove();
      item.node.classList.toggle("failed", retry);
      item.node.append(h("div", { class: "state" }, text, retry ? h("button", { type: "button", class: "plain", on: { click: () => this.retry(item) } }, "Try again") : null));
    }

    retry(item) {
      this.state(item, "Sending…");
      this.input.focus();
      if (!this.connection.send(item.frame)) this.connection.retryNow();
    }

    drop(id) {
      this.outbox.get(id)?.node.remove();
      this.outbox.delete(id);
    }

    keepOutbox() {
      const kept = [...this.outbox.values()].map(({ frame, text, conversation }) => ({ frame, text, conversation }));
      tabMemory.set("outbox", kept.length ? JSON.stringify(kept) : null);
    }

    restoreOutbox() {
      if (this.outbox.size) return;
      for (const { frame: { id, ...frame }, text, conversation } of JSON.parse(tabMemory.get("outbox") ?? "[]")) {
        this.post(frame, text, id);
        this.outbox.get(id).conversation = conversation;
      }
    }

    // ---- drawing

    build() {
      this.built = true;
      const label = this.getAttribute("label") || "Need a hand?";
      const title = this.getAttribute("heading");
      this.parts = new Parts({
        base: safeUrl(this.getAttribute("shop-url") ?? "", SERVER) ?? SERVER.href,
        locale: [this.getAttribute("locale"), document.documentElement.lang, navigator.language].find(writable) ?? "en",
        on: {
          product: (event, card, seq) => this.productClicked(event, card, seq),
          copy: (offer, code, button) => this.copy(offer, code, button),
          choice: (seq, button, text) => {
            this.post({ type: "choice", seq, button }, text);
            this.retire(this.bySeq.get(seq)?.querySelector(".choices"));
          },
          rate: (value) => this.connection.send({ type: "csat", value }),
          feedback: (seq, value) => {
            this.connection.send({ type: "feedback", seq, value });
            this.tell("feedback", { seq, value });
          },
        },
      });
      this.unreadMark = h("span", { class: "unread", hidden: true });
      this.launcher = h("button", { type: "button", class: "launcher", "aria-expanded": "false", "aria-haspopup": "dialog", on: { click: () => this.open() } },
        icon(ICONS.chat), h("span", { class: "label" }, label), this.unreadMark);
      this.heading = h("h2", { id: "title" }, title || "Shop assistant");
      this.log = h("div", { class: "log", role: "log", "aria-live": "polite", "aria-label": "Conversation", tabindex: 0 });
      this.typist = h("span");
      this.typingNode = h("div", { class: "typing", hidden: true }, h("i"), h("i"), h("i"), this.typist);
      this.presence = h("p");
      this.noticeNode = h("div", { class: "notice", role: "status", hidden: true });
      this.spoken = h("div", { class: "quiet", role: "status" });
      this.input = h("textarea", { rows: 1, maxlength: TEXT_LIMIT, "aria-label": "Your message", placeholder: "Ask about products or an order", autocomplete: "off",
        on: { input: () => this.typed(), keydown: (event) => this.key(event) } });
      const form = h("form", { on: { submit: (event) => { event.preventDefault(); this.submit(); } } },
        this.input, h("button", { class: "send", "aria-label": "Send", title: "Send" }, icon(ICONS.send)));
      this.panel = h("section", { class: "panel", role: "dialog", "aria-labelledby": "title", tabindex: -1, hidden: true, on: { keydown: (event) => event.key === "Escape" && !event.isComposing && this.close() } },
        h("header", {}, h("div", {}, this.heading, this.presence),
          h("button", { type: "button", class: "close", "aria-label": "Close the chat", title: "Close", on: { click: () => this.close() } }, icon(ICONS.close))),
        this.noticeNode, this.log, this.typingNode, form, this.spoken);
      this.stand({});
      this.shadowRoot.append(this.launcher, this.panel);
      document.addEventListener("visibilitychange", () => this.markRead());
      addEventListener("pageshow", (event) => event.persisted && this.returned());
    }

    draw(message) {
      const { sender, seq, text } = message;
      const has = (list) => Array.isArray(list) && list.length > 0;
      const choices = has(message.buttons) ? this.parts.buttons(message.buttons, seq) : null;
      if (sender === "system") return h("div", { class: "message system" }, h("p", {}, text), message.csat ? this.parts.rating(message.csat) : null, choices);
      const who = { shopper: "You", staff: message.name || "Our team" }[sender] ?? "Assistant";
      return h("div", { class: `message ${sender === "shopper" ? "shopper" : sender === "staff" ? "bot staff" : "bot"}` },
        sender === "staff" ? h("div", { class: "who" }, who) : null,
        text ? h("div", { class: "bubble" }, h("span", { class: "quiet" }, `${who}: `), text) : null,
        has(message.cards) ? this.parts.cards(message.cards, seq) : null,
        message.table ? this.parts.table(message.table) : null,
        message.order ? this.parts.order(message.order) : null,
        message.offer ? this.parts.offer(message.offer) : null,
        message.link && message.link.url !== message.order?.tracking_url ? this.parts.link(message.link) : null,
        choices,
        sender !== "shopper" && seq ? h("div", { class: "meta" }, this.time(message.at), sender === "bot" ? this.parts.thumbs(seq, message.feedback) : null) : null);
    }

    time(at) {
      const date = new Date(at);
      if (!at || Number.isNaN(date.getTime())) return null;
      const today = date.toDateString() === new Date().toDateString();
      const how = today ? {} : { day: "numeric", month: "short" };
      return h("time", { datetime: date.toISOString() }, date.toLocaleString(this.parts.locale, { ...how, hour: "2-digit", minute: "2-digit" }));
    }

    /** Puts `node` where its seq belongs, below its `question`; what is not acknowledged yet stays last. */
    place(node, seq, question = node) {
      const following = this.following();
      let before = null;
      for (let each = this.log.lastElementChild; each && each !== this.greetingNode; each = each.previousElementSibling) {
        if (each !== node && each.seq !== undefined && each.seq < seq) break;
        if (each !== node) before = each;
      }
      node.seq = seq;
      this.bySeq.set(seq, node);
      if (node.parentNode !== this.log || node.nextElementSibling !== before) this.log.insertBefore(node, before);
      this.begin = question;
      this.scrollDown(following);
    }

    /** Suggested answers go once the shopper has said something after them. */
    retireChoices(seq, which = ":not(.system) > .choices") {
      for (const choices of this.log.querySelectorAll(which)) if ((choices.parentNode.seq ?? 0) < seq) this.retire(choices);
    }

    retire(choices) {
      if (choices?.contains(this.shadowRoot.activeElement)) this.input.focus();
      choices?.remove();
    }

    /** Whether the shopper reads the end: it is in sight, or nobody has scrolled since this element did. */
    following() {
      const { scrollTop, scrollHeight, clientHeight } = this.log;
      return scrollTop === this.scrolledTo || scrollHeight - scrollTop - clientHeight < 80;
    }

    /** Shows the end, or as much of a long answer as fits below the question it begins with. */
    scrollDown(wanted) {
      if (!wanted) return;
      this.log.scrollTop = this.log.scrollHeight;
      if (this.begin?.isConnected) this.log.scrollTop += Math.min(0, this.begin.getBoundingClientRect().top - this.log.getBoundingClientRect().top - 12);
      this.scrolledTo = this.log.scrollTop;
    }

    showTyping(on, agent) {
      const following = this.following();
      this.typingNode.hidden = !on;
      this.typist.className = agent ? "small" : "quiet";
      this.typist.textContent = `${agent ?? "The assistant"} is typing`;
      clearTimeout(this.typingTimer);
      if (agent) this.typingTimer = setTimeout(() => this.showTyping(false), 2 * TYPING_MS);
      this.scrollDown(following);
    }

    notice(text) {
      this.noticeNode.textContent = text ?? "";
      this.noticeNode.hidden = !text;
    }

    // ---- what the shopper does

    show({ focus }) {
      this.panel.hidden = false;
      this.panel.classList.toggle("rising", focus); // one that was open on the page before is simply there
      this.launcher.hidden = true;
      this.launcher.setAttribute("aria-expanded", "true");
      tabMemory.set("open", "1");
      this.connection.start();
      this.scrollDown(true);
      // A touch screen's keyboard would cover the conversation at once: there the panel takes the focus.
      if (focus) (matchMedia("(pointer: coarse)").matches ? this.panel : this.input).focus();
      this.markRead();
      this.tell("open");
    }

    markRead() {
      const watching = !this.panel.hidden && document.visibilityState === "visible";
      if (watching && this.last > this.readUpTo) {
        this.readUpTo = this.last;
        this.connection.send({ type: "read", seq: this.last });
      }
      let unread = 0;
      for (const [seq, node] of this.bySeq) if (seq > this.readUpTo && !node.classList.contains("shopper")) unread++;
      this.unreadMark.hidden = !unread;
      this.unreadMark.replaceChildren(String(unread), h("span", { class: "quiet" }, unread === 1 ? " unread message" : " unread messages"));
    }

    typed() {
      this.input.style.height = "auto";
      this.input.style.height = `${Math.min(this.input.scrollHeight + 2, 132)}px`;
      if (Date.now() - (this.typingSentAt ?? 0) < TYPING_MS || !this.input.value) return;
      this.typingSentAt = Date.now();
      this.connection.send({ type: "typing" });
    }

    key(event) {
      // While an input method composes a word, Enter belongs to it (229: browsers that end composing first).
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      this.submit();
    }

    submit() {
      this.send(this.input.value);
      this.input.value = "";
      this.typed();
      this.input.focus();
    }

    productClicked(event, card, seq) {
      this.connection.send({ type: "click", seq, product_id: card.product_id });
      // The host page may show the product by itself: preventDefault() on the event keeps the page.
      if (!this.tell("product", { product_id: card.product_id, url: event.currentTarget.href }, true)) event.preventDefault();
    }

    async copy(offer, code, button) {
      try {
        await navigator.clipboard.writeText(offer.code);
        button.textContent = "Copied";
        this.spoken.textContent = `The code ${offer.code} has been copied.`;
      } catch (error) {
        // Pages without TLS and frames without permission have no clipboard: the code is selected instead.
        console.info(`floorwalker: clipboard refused (${error.name}); the code is selected instead`);
        getSelection().selectAllChildren(code);
        button.textContent = "Selected";
        this.spoken.textContent = "The code is selected: copy it with your keyboard.";
      }
      setTimeout(() => (button.textContent = "Copy"), 2500);
      this.tell("offer", { code: offer.code });
    }
  }

  /** What the host page shows, from its <meta name="floorwalker:product"> or "floorwalker:category". */
  function pageOf(page) {
    const meta = (name) => page.querySelector(`meta[name="floorwalker:${name}"]`)?.content;
    if (meta("product")) return { kind: "product", product_id: meta("product") };
    if (meta("category")) return { kind: "category", category: meta("category") };
    return { kind: meta("page") || "other" };
  }

  // --------------------------------------------------------------------------------------------------- looks

  // Colours are custom properties of the element, so that a shop sets its own: docs/widget.md lists them.
  const CSS = `
:host { all: initial; --accent: var(--floorwalker-accent, #1f4d3a); --on-accent: var(--floorwalker-on-accent, #fffdf8);
  --paper: var(--floorwalker-paper, #faf6ee); --surface: var(--floorwalker-surface, #fffdf8); --ink: var(--floorwalker-ink, #1f2a24);
  --muted: var(--floorwalker-muted, #5c635d); --line: var(--floorwalker-line, #e0d8c8); --soft: var(--floorwalker-soft, #e7ede3);
  --warn: var(--floorwalker-warn, #96302c); --radius: var(--floorwalker-radius, 14px); --gap: var(--floorwalker-offset, 20px);
  --serif: var(--floorwalker-heading-font, "Iowan Old Style", "Palatino Linotype", Palatino, "Book Antiqua", Georgia, serif);
  position: fixed; right: var(--gap); bottom: var(--gap); z-index: var(--floorwalker-z-index, 2147483000); color: var(--ink);
  font: 15px/1.5 var(--floorwalker-font, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif); }
:host([position=left]) { right: auto; left: var(--gap); }
:host([hidden]) { display: none; }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
button, textarea { font: inherit; color: inherit; }
button { cursor: pointer; }
h2, h3, p, ul, ol { margin: 0; padding: 0; }
ul, ol { list-style: none; }
svg { width: 22px; height: 22px; fill: none; stroke: currentColor; stroke-width: 1.7; stroke-linecap: round; stroke-linejoin: round; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.quiet { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.launcher { display: flex; align-items: center; gap: 10px; height: 52px; padding: 0 20px 0 16px; border: 0; border-radius: 26px; background: var(--accent); color: var(--on-accent); font-weight: 600; box-shadow: 0 6px 24px rgb(31 42 36 / .22); position: relative; transition: transform .15s; }
.launcher:hover { transform: translateY(-2px); }
.launcher:focus-visible { outline-offset: 3px; }
.unread { position: absolute; top: -6px; right: -4px; min-width: 22px; height: 22px; padding: 0 6px; border-radius: 11px; background: var(--warn); color: #fff; font-size: 12.5px; line-height: 22px; text-align: center; }
.panel { display: flex; flex-direction: column; width: 392px; height: min(660px, calc(100dvh - 2 * var(--gap))); overflow: hidden; background: var(--paper); border: 1px solid var(--line); border-radius: var(--radius); box-shadow: 0 18px 56px rgb(31 42 36 / .24); }
.rising { animation: rise .18s ease-out; }
.panel:focus { outline: none; }
@keyframes rise { from { opacity: 0; transform: translateY(10px); } }
header { display: flex; justify-content: space-between; align-items: center; gap: 12px; padding: 14px 10px 13px 20px; background: var(--accent); color: var(--on-accent); }
header h2 { font: 600 19px/1.25 var(--serif); }
header p { font-size: 13px; color: color-mix(in srgb, var(--on-accent) 88%, var(--accent)); }
.close { display: grid; place-items: center; width: 44px; height: 44px; border: 0; border-radius: 50%; background: none; color: inherit; }
.close:hover { background: rgb(255 255 255 / .12); }
header :focus-visible { outline-color: var(--on-accent); outline-offset: -3px; }
.notice { padding: 8px 20px; background: #f6e7c6; color: #5a430d; font-size: 13.5px; }
.log { flex: 1; min-height: 0; overflow-y: auto; overscroll-behavior: contain; padding: 18px 16px 8px; scrollbar-width: thin; scrollbar-color: var(--line) transparent; }
.log:focus-visible { outline-offset: -3px; }
.message { display: flex; flex-direction: column; align-items: flex-start; gap: 8px; margin-bottom: 12px; }
.message > * { max-width: 100%; }
.bubble { position: relative; max-width: 88%; padding: 9px 14px; border-radius: 4px 14px 14px 14px; background: var(--surface); border: 1px solid var(--line); white-space: pre-wrap; overflow-wrap: anywhere; }
.shopper { align-items: flex-end; }
.shopper .bubble { border-radius: 14px 14px 4px 14px; background: var(--soft); border-color: transparent; }
.waiting .bubble { opacity: .72; }
.failed .bubble { opacity: 1; border-color: var(--warn); }
.staff .bubble { border-color: var(--accent); }
.who { font-size: 12.5px; font-weight: 600; color: var(--accent); }
.system { align-items: center; color: var(--muted); font-size: 13px; text-align: center; }
.state { display: flex; gap: 10px; align-items: center; font-size: 13px; color: var(--muted); }
.failed .state { color: var(--warn); }
.plain { padding: 4px 10px; min-height: 30px; border: 1px solid currentColor; border-radius: 8px; background: none; color: var(--accent); font-size: 13px; font-weight: 600; }
.plain:hover { background: var(--soft); }
.meta { display: flex; align-items: center; gap: 6px; min-height: 28px; margin-top: -4px; color: var(--muted); font-size: 12px; }
.message:has(+ .bot:not(.staff)) .meta:not(:has([aria-pressed=true])) { display: none; }
.thumbs { display: flex; }
.thumbs button { display: grid; place-items: center; width: 30px; height: 28px; border: 0; border-radius: 8px; background: none; color: var(--muted); }
.thumbs button:hover { background: var(--soft); color: var(--accent); }
.thumbs svg { width: 16px; height: 16px; }
.thumbs .down svg { transform: rotate(180deg); }
.thumbs [aria-pressed=true] { color: var(--accent); }
.thumbs [aria-pressed=true] svg { fill: currentColor; fill-opacity: .28; }
.cards { display: flex; gap: 10px; align-self: stretch; margin: 0 -16px; padding: 3px 16px 10px; max-width: none; overflow-x: auto; scroll-snap-type: x proximity; scroll-padding: 16px; scrollbar-width: thin; scrollbar-color: var(--line) transparent; }
.cards li { flex: 0 0 156px; display: flex; scroll-snap-align: start; }
.card { position: relative; display: flex; flex-direction: column; width: 100%; padding-bottom: 10px; overflow: hidden; background: var(--surface); border: 1px solid var(--line); border-radius: 10px; color: inherit; text-decoration: none; font-size: 13.5px; line-height: 1.35; }
a.card:hover { border-color: var(--accent); }
a.card:hover .name { text-decoration: underline; text-underline-offset: 2px; }
.card > * { margin: 0 11px; }
.card .frame { margin: 0 0 9px; aspect-ratio: 1; background: #f3eee2; }
.frame img { display: block; width: 100%; height: 100%; object-fit: cover; }
.brand { color: var(--muted); font-size: 12px; }
.name { font-weight: 600; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden; }
.card .price { margin-top: 5px; }
.price b { font-size: 15px; }
.price s { margin-left: 7px; color: var(--muted); }
.rating { margin-top: 2px; font-size: 12.5px; color: var(--muted); white-space: nowrap; }
.stars { color: #8f6410; letter-spacing: .5px; margin-right: 4px; }
.note { margin-top: 5px; font-size: 12.5px; color: var(--accent); }
.note.out { color: var(--warn); }
.reason { margin-top: 6px; padding-top: 6px; border-top: 1px solid var(--line); font: italic 13px/1.4 var(--serif); }
.choices, .rate { display: flex; flex-wrap: wrap; align-items: center; gap: 8px; }
.rate:has([aria-pressed=true])::after { content: "Thank you."; }
:is(.choices, .rate) button { min-height: 36px; padding: 5px 14px; border: 1px solid var(--accent); border-radius: 18px; background: var(--surface); color: var(--accent); font-size: 14px; font-weight: 550; text-align: left; }
:is(.choices, .rate) button:hover, .rate [aria-pressed=true] { background: var(--accent); color: var(--on-accent); }
.sheet { align-self: stretch; overflow-x: auto; border: 1px solid var(--line); border-radius: 10px; background: var(--surface); }
table { border-collapse: collapse; width: 100%; font-size: 13.5px; line-height: 1.4; }
th, td { padding: 8px 11px; min-width: 96px; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
tbody tr:last-child > * { border-bottom: 0; }
thead th { font-weight: 600; background: var(--soft); }
tbody th { position: sticky; left: 0; min-width: 0; background: var(--surface); color: var(--muted); font-weight: 500; }
.box { align-self: stretch; padding: 13px 15px; background: var(--surface); border: 1px solid var(--line); border-radius: 10px; font-size: 14px; }
.box h3 { font: 600 17px/1.3 var(--serif); }
.small { margin-top: 6px; color: var(--muted); font-size: 13px; }
a { color: var(--accent); text-underline-offset: 2px; }
.offer { border: 1px dashed var(--accent); }
.code { display: flex; align-items: center; gap: 10px; margin-top: 10px; }
code { padding: 4px 10px; background: var(--soft); border-radius: 6px; font: 600 15px/1.5 ui-monospace, Menlo, Consolas, monospace; letter-spacing: .06em; }
.steps { display: flex; margin: 12px 0 10px; }
.steps li { flex: 1; position: relative; padding-top: 17px; font-size: 12.5px; color: var(--muted); }
.steps li::before { content: ""; position: absolute; top: 3px; left: 0; width: 9px; height: 9px; border-radius: 50%; background: var(--paper); border: 1.5px solid var(--muted); box-sizing: border-box; z-index: 1; }
.steps li + li::after { content: ""; position: absolute; top: 7px; right: 100%; width: 100%; height: 1.5px; background: var(--line); }
.steps .done { color: var(--ink); }
.steps .done::before { background: var(--accent); border-color: var(--accent); }
.steps .done::after { background: var(--accent) !important; }
.steps [aria-current] { font-weight: 600; }
.lines, .total { margin-top: 8px; padding-top: 8px; border-top: 1px solid var(--line); }
.lines li, .total { display: flex; justify-content: space-between; gap: 14px; }
.typing { display: flex; align-items: center; gap: 5px; padding: 2px 22px 10px; }
.typing i { width: 7px; height: 7px; border-radius: 50%; background: var(--muted); animation: breathe 1.2s infinite; }
.typing i:nth-child(2) { animation-delay: .2s; }
.typing i:nth-child(3) { animation-delay: .4s; }
@keyframes breathe { 0%, 60%, 100% { opacity: .25; } 30% { opacity: .9; } }
form { display: flex; align-items: flex-end; gap: 8px; padding: 10px 12px 12px; background: var(--surface); border-top: 1px solid var(--line); }
textarea { flex: 1; min-width: 0; height: 44px; max-height: 132px; padding: 10px 12px; resize: none; border: 1px solid #8b8f86; border-radius: 10px; background: #fff; line-height: 1.5; }
textarea::placeholder { color: var(--muted); opacity: 1; }
textarea:focus-visible { border-color: var(--accent); outline-width: 1px; outline-offset: 0; }
.send { flex: none; display: grid; place-items: center; width: 44px; height: 44px; border: 0; border-radius: 50%; background: var(--accent); color: var(--on-accent); }
@media (max-width: 639px) {
  :host { --gap: var(--floorwalker-offset, 14px); }
  .panel { position: fixed; inset: 0; width: auto; height: 100dvh; border: 0; border-radius: 0; }
  textarea { font-size: 16px; } /* below 16 px a phone zooms the page in */
}
@media (max-width: 419px) { .launcher { width: 56px; height: 56px; padding: 0; border-radius: 50%; justify-content: center; } .label { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); } }
@media (prefers-reduced-motion: reduce) { *, *::before { animation: none !important; transition: none !important; } .typing i { opacity: .6; } }
@media (forced-colors: active) { .bubble, .launcher, .send { border: 1px solid; } }
@media print { :host { display: none; } }
`;
  let sheet = null;
  const SHEET = () => {
    if (!sheet) (sheet = new CSSStyleSheet()).replaceSync(CSS);
    return sheet;
  };

  // ------------------------------------------------------------------------------------------------- arrival

  customElements.define(NAME, FloorwalkerChat);

  /** The attributes of the <script> tag that the element takes over, by their names on the element. */
  const FROM_SCRIPT = { tokenUrl: "token-url", shopUrl: "shop-url", position: "position", title: "heading", subtitle: "subtitle", label: "label", locale: "locale" };

  function arrive() {
    if (document.querySelector(NAME)) return; // the page has put the element where it wants it
    const element = document.createElement(NAME);
    for (const [given, name] of Object.entries(FROM_SCRIPT)) if (script?.dataset[given]) element.setAttribute(name, script.dataset[given]);
    document.body.append(element);
  }
  if (document.body) arrive();
  else addEventListener("DOMContentLoaded", arrive, { once: true });
})();
