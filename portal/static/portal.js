// The page's part of the embedding: a session whenever the store asks for one, and a line that says
// what the store tells. What comes from outside is written as text.

const activity = document.querySelector("[data-activity]");
const say = (words) => {
  if (activity) activity.textContent = words;
};

// What each event is in words; no words, no line.
const words = {
  "patchbay:ready": () => "The store is open.",
  "patchbay:connected": ({ company }) => `Connected to ${company}.`,
  "patchbay:import": ({ state, done, total }) =>
    state === "running"
      ? `Importing: ${total === undefined ? done : `${done} of ${total}`} records.`
      : `The import is ${state}: ${done} records.`,
  "patchbay:configured": ({ version }) => `The configuration was saved as version ${version}.`,
  "patchbay:disconnected": () => "Disconnected. Your settings are kept.",
  "patchbay:error": ({ message }) => message,
};

// Our own backend knows who is signed in and holds the API key.
const renew = async ({ target: store }) => {
  try {
    const answer = await fetch("/patchbay/session", { method: "POST", headers: { "x-northwind": "1" } });
    if (!answer.ok) throw new Error(await answer.text());
    store.session = (await answer.json()).token;
  } catch (problem) {
    say(`The store cannot be opened now. ${problem.message}`);
  }
};

for (const store of document.querySelectorAll("patchbay-store")) {
  store.addEventListener("patchbay:session-expiring", renew);
  for (const [name, tell] of Object.entries(words)) {
    store.addEventListener(name, ({ detail }) => say(tell(detail)));
  }
}

for (const button of document.querySelectorAll("[data-opens]")) {
  button.addEventListener("click", () => document.getElementById(button.dataset.opens).open());
}
