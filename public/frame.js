// The store's side of the talk with the page that embeds it (docs/EMBEDDING.md tells the messages).
// Runs before the program is there, and keeps a session's token in memory until the program takes it.

const root = document.documentElement;
const app = document.getElementById("app");
const { portal = "", origins = "" } = root.dataset;
const listed = parent === window ? [] : origins.split(" ").filter(Boolean);

// What the page may set, and the property that judges the value.
const styles = { "--accent": "color", "--radius": "border-radius", "--font": "font-family" };

let host; // The origin that has spoken; everything but `ready` goes to it alone.
let token;
let height;
let since = 0;
let heard = 0;

const post = (to, type, more) => parent.postMessage({ ...more, patchbay: 1, type }, to);
const say = (type, more) => host && post(host, type, more);

// Reads no address and no name of the page: a value that refers to anything is none.
const fits = (property, value) =>
  typeof value === "string" &&
  value.length < 200 &&
  !/(var|env|attr|url)\(/i.test(value) &&
  CSS.supports(property, value);

// For dates and numbers: the words are English, whatever the page's language.
const language = (locale) => {
  try {
    return typeof locale === "string" && Intl.getCanonicalLocales(locale)[0];
  } catch {
    return undefined;
  }
};

const apply = ({ theme, locale, style, height: size }) => {
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  else delete root.dataset.theme;
  const tag = language(locale);
  if (tag) root.dataset.locale = tag;
  else delete root.dataset.locale;
  for (const name in styles) {
    const value = style?.[name];
    root.style.setProperty(name, fits(styles[name], value) ? value : "");
  }
  root.toggleAttribute("data-accent", root.style.getPropertyValue("--accent") !== "");
  root.dataset.height = size === "auto" ? size : "fixed";
  if (size !== "auto") see();
};

// Which part of a high frame the visitor sees: what must be in sight stands there (style/tokens.css).
const see = (top, height) => {
  root.style.setProperty("--seen-top", height > 0 ? `${top}px` : "");
  root.style.setProperty("--seen", height > 0 ? `${height}px` : "");
};

const accept = {
  session(data) {
    if (typeof data.token !== "string" || !/^[\w.~-]{16,512}$/.test(data.token)) return;
    token = data.token;
    dispatchEvent(new Event("patchbay:session"));
  },
  settings: apply,
  seen: ({ top, height }) => see(top, height),
};

// At most 50 messages a second.
const inTime = (now) => {
  if (now - since >= 1000) [since, heard] = [now, 0];
  return ++heard <= 50;
};

addEventListener("message", ({ source, origin, data, timeStamp }) => {
  if (source !== parent || !listed.includes(origin) || data?.patchbay !== 1) return;
  if (!Object.hasOwn(accept, data.type) || !inTime(timeStamp)) return;
  const first = !host;
  host = origin;
  accept[data.type](data);
  if (first && height) say("height", { height });
});

// The frame is as high as what is in it. Nothing in it is as high as the frame (style/tokens.css),
// so that neither waits for the other.
new ResizeObserver(([{ borderBoxSize: [{ blockSize }] }]) => {
  const now = Math.ceil(blockSize);
  if (now !== height) say("height", { height: (height = now) });
}).observe(app);

// Escape closes what is open in here; when nothing is, the page may close us.
addEventListener("keydown", (event) => {
  const { key, isComposing, target } = event;
  // It also gives up a word that is being composed, and empties a search.
  if (key !== "Escape" || isComposing || (target.type === "search" && target.value)) return;
  if (document.querySelector("dialog[open], :popover-open")) return;
  setTimeout(() => event.defaultPrevented || say("escape"));
}, true);

globalThis.patchbay = Object.freeze({
  portal,
  say,
  session() {
    const taken = token;
    token = undefined;
    return taken;
  },
});

// Where the browser tells who embeds us, nobody else is spoken to. A frame without a referrer may be
// told "null", which says as little as nothing.
const embedder = location.ancestorOrigins?.[0];
for (const origin of listed) {
  if (!embedder || embedder === "null" || embedder === origin) post(origin, "ready");
}
