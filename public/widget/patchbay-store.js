// <patchbay-store>: the integration store inside a page of yours; docs/EMBEDDING.md tells how.
// It speaks with one origin, the one it came from, and forgets a token as soon as it is handed over.

const origin = new URL(import.meta.url).origin;
const told = ["connected", "import", "configured", "disconnected", "session-expiring", "error"];

const sheet = new CSSStyleSheet();
sheet.replaceSync(`
:host { display: block; min-block-size: 20rem }
:host([hidden]) { display: none }
:host([mode=modal]) { display: contents; min-block-size: 0 }
iframe { display: block; box-sizing: border-box; inline-size: 100%; min-block-size: inherit; border: 0 }
dialog { box-sizing: border-box; inline-size: min(70rem, 100% - 2rem); max-inline-size: none;
  block-size: min(56rem, 100dvh - 2rem); max-block-size: none; padding: 0; border: 0; overflow: hidden;
  border-radius: var(--patchbay-radius, 8px); color-scheme: light dark; background: Canvas; color: CanvasText }
:host([theme=light]) dialog { color-scheme: light }
:host([theme=dark]) dialog { color-scheme: dark }
dialog[open] { display: flex; flex-direction: column }
dialog iframe { flex: 1; min-block-size: 0; padding-inline: 1rem }
::backdrop { background: #0008 }
button { align-self: end; margin: .5rem; padding: .375rem 1rem; border: 1px solid #8888; border-radius: 6px;
  background: none; color: inherit; font: inherit; cursor: pointer }
@media (width < 40rem) { dialog { inline-size: 100%; block-size: 100dvh; border-radius: 0 } }
`);

const make = (name, properties) => Object.assign(document.createElement(name), properties);

export class PatchbayStore extends HTMLElement {
  static observedAttributes = ["portal", "integration", "view", "mode", "theme", "locale", "height",
    "aria-label"];

  #life; // Aborted when the element leaves the page; everything outside of it hangs on this.
  #dialog;
  #frame;
  #ready = false;
  #height;
  #looking;
  #token;

  // The frame cannot know which part of it is in sight, and a scroll may hide it anywhere in the page.
  // The observer does, and says so whenever it begins anew.
  #sight = new IntersectionObserver((entries) => {
    const { boundingClientRect: whole, intersectionRect: part } = entries.at(-1);
    if (this.#ready && part.height) this.#post("seen", { top: part.top - whole.top, height: part.height });
  });

  constructor() {
    super();
    this.attachShadow({ mode: "open" }).adoptedStyleSheets = [sheet];
  }

  connectedCallback() {
    // Before the element was defined, a token could only become a plain property or an attribute.
    const { session } = this;
    if (delete this.session && session) this.session = session;
    this.removeAttribute("session");
    this.#life = new AbortController();
    const { signal } = this.#life;
    addEventListener("message", (event) => this.#hear(event), { signal });
    for (const name of ["scroll", "resize"]) {
      addEventListener(name, () => this.#look(), { signal, capture: true, passive: true });
    }
    if (this.getAttribute("mode") === "modal") this.#prepare();
    else this.#load(this.shadowRoot);
  }

  disconnectedCallback() {
    this.#token = undefined;
    if (this.#leave()) this.#closed();
  }

  // Where the browser can move an element within the page, the frame stays alive.
  connectedMoveCallback() {}

  attributeChangedCallback(name, before, now) {
    if (!this.#life || before === now) return;
    if (["theme", "locale", "height", "aria-label"].includes(name)) return this.#settle();
    const open = this.#leave();
    this.connectedCallback();
    if (open) this.#closed();
  }

  /** Hands a fresh session to the store: now, or as soon as the frame is ready. */
  set session(token) {
    this.#token = token;
    if (this.#ready && token) this.#give();
  }

  /** Opens the modal form. */
  open() {
    if (!this.#dialog || this.#dialog.open) return;
    this.#load(this.#dialog);
    this.#dialog.showModal();
  }

  /** Closes the modal form. */
  close() {
    this.#dialog?.close();
  }

  get #title() {
    return this.getAttribute("aria-label") ?? "Integration store";
  }

  get #address() {
    const part = (name) => encodeURIComponent(this.getAttribute(name) ?? "");
    const place = part("integration") && `/integrations/${part("integration")}`;
    const view = ["configuration", "data", "activity"].find((view) => view === part("view"));
    return `${origin}/embed/${part("portal")}${place}${place && view ? `/${view}` : ""}`;
  }

  /** The height in pixels where one is asked for. */
  get #fixed() {
    return this.#dialog ? this.#frame.clientHeight : parseInt(this.getAttribute("height"), 10);
  }

  #prepare() {
    const close = make("button", { type: "button", onclick: () => this.close() });
    close.append(make("slot", { name: "close", textContent: "Close" }));
    this.#dialog = make("dialog", {
      onclose: ({ target }) => {
        if (target !== this.#dialog || target.open) return;
        this.#drop();
        this.#closed();
      },
    });
    this.#dialog.append(close);
    this.shadowRoot.append(this.#dialog);
    this.#settle();
  }

  #load(into) {
    this.#drop();
    this.#frame = make("iframe", {
      allow: "clipboard-write",
      referrerPolicy: "no-referrer",
      src: this.#address,
    });
    into.append(this.#frame);
    this.#settle();
  }

  /** Takes everything down; whether it was an open dialog. */
  #leave() {
    const open = this.#dialog && this.#frame;
    this.#life.abort();
    this.#drop();
    this.#life = this.#dialog = undefined;
    this.shadowRoot.replaceChildren();
    return open;
  }

  #closed() {
    this.dispatchEvent(new Event("close"));
  }

  #drop() {
    this.#frame?.remove();
    this.#frame = this.#height = undefined;
    this.#ready = false;
    this.#sight.disconnect();
  }

  // The frame hears fifty messages a second.
  #look() {
    this.#looking ??= setTimeout(() => {
      this.#looking = undefined;
      this.#sight.disconnect();
      if (this.#ready && !this.#fixed) this.#sight.observe(this.#frame);
    }, 30);
  }

  #hear({ source, origin: from, data }) {
    if (!this.#frame || source !== this.#frame.contentWindow) return;
    if (from !== origin || data?.patchbay !== 1) return;
    if (data.type === "ready") {
      this.#ready = true;
      this.#settle();
      this.#give();
    } else if (data.type === "opened") this.#raise("ready");
    else if (data.type === "escape") this.close();
    else if (data.type === "height" && data.height > 0 && data.height < 1e5) {
      this.#height = Math.ceil(data.height);
      this.#size();
    } else if (data.type === "event" && told.includes(data.name)) {
      const reason = data.name === "session-expiring" ? { reason: "expiring" } : {};
      this.#raise(data.name, { ...reason, ...data.detail });
    }
  }

  /** Gives the token away, or asks the page for one. */
  #give() {
    const token = this.#token;
    this.#token = undefined;
    if (token) this.#post("session", { token });
    else this.#raise("session-expiring", { reason: "needed" });
  }

  #settle() {
    this.#dialog?.setAttribute("aria-label", this.#title);
    if (this.#frame) this.#frame.title = this.#title;
    this.#size();
    if (!this.#ready) return;
    const look = getComputedStyle(this);
    const style = {};
    for (const name of ["accent", "radius", "font"]) {
      style[`--${name}`] = look.getPropertyValue(`--patchbay-${name}`).trim();
    }
    const [theme, locale] = ["theme", "locale"].map((name) => this.getAttribute(name) ?? undefined);
    this.#post("settings", { theme: theme ?? "auto", locale, style, height: this.#fixed || "auto" });
  }

  #size() {
    if (!this.#frame || this.#dialog) return;
    const pixels = this.#fixed || this.#height;
    this.#frame.style.blockSize = pixels ? `${pixels}px` : "";
    this.#frame.style.minBlockSize = this.#fixed ? "0" : "";
    this.#look();
  }

  #post(type, more) {
    this.#frame.contentWindow.postMessage({ patchbay: 1, type, ...more }, origin);
  }

  #raise(name, detail = {}) {
    this.dispatchEvent(new CustomEvent(`patchbay:${name}`, { bubbles: true, composed: true, detail }));
  }
}

if (!customElements.get("patchbay-store")) customElements.define("patchbay-store", PatchbayStore);
