// What waits for the network, kept on the device until it has left, and the words being typed.
// Each message has a key of its own: two tabs of one conversation never undo each other's.
const composer = document.getElementById("ecrire");
const mark = composer.dataset.mark; // of this conversation: another one's words are never sent
const guide = composer.dataset.guide;
const WAITING = "parole.attente.";
const DRAFTS = `parole.brouillon.${guide}.`;
const DRAFT = DRAFTS + mark;

const safely = (act) => {
  try { return act(); } catch { return null; } // a full or forbidden store: the page still works
};

export const keep = (message) =>
  safely(() => localStorage.setItem(WAITING + message.id, JSON.stringify({ ...message, mark, guide })));

export const drop = (message) => safely(() => localStorage.removeItem(WAITING + message.id));

// What an earlier load of this page left to send, oldest first. What another person left here is
// taken away, never sent: `strangers` counts it.
export let strangers = 0;
export const kept = () => safely(() => {
  const found = [];
  for (const key of Object.keys(localStorage)) {
    if (!key.startsWith(WAITING)) continue;
    const message = safely(() => JSON.parse(localStorage.getItem(key)));
    if (message && message.mark === mark) found.push(message);
    else if (!message || (message.guide || "") === guide) {
      strangers += 1;
      localStorage.removeItem(key);
    }
  }
  return found.sort((a, b) => a.at - b.at);
}) || [];

export const keepDraft = (text) => safely(() => {
  if (text) sessionStorage.setItem(DRAFT, text);
  else sessionStorage.removeItem(DRAFT);
});

safely(() => {
  for (const key of Object.keys(sessionStorage))
    if (key.startsWith(DRAFTS) && key !== DRAFT) sessionStorage.removeItem(key);
});

// Before the code, not even the words being typed are shown.
export const draft = () => "closed" in composer.dataset ? "" : safely(() => sessionStorage.getItem(DRAFT)) || "";

export const newId = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (n) => n.toString(16).padStart(2, "0")).join("");

// Posts one message. Gives { answer }, or { later } (seconds, or null: we choose), or { problem }.
export const post = async (message, query) => {
  const given = { id: message.id };
  if (message.choice) given.choice = message.choice;
  else given.text = message.text;
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), 30000);
  try {
    const response = await fetch("/api/messages" + query, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(given),
      signal: stop.signal,
    });
    if (response.ok) return { answer: await response.json() };
    const after = Number(response.headers.get("Retry-After")) || null;
    const told = await response.json().catch(() => ({}));
    const passes = response.status >= 500 || response.status === 429;
    if (passes && told.type !== "urn:parole:damaged") return { later: after, here: true };
    return { problem: told.detail || "Le service a un souci.", status: response.status };
  } catch {
    return { later: null };
  } finally {
    clearTimeout(timer);
  }
};
