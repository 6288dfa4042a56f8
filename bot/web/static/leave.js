// « Quitter vite », on every page: nothing stays in the page, the tab's history or the storage.
const link = document.querySelector(".leave");
const LEFT = "parole-parti"; // an empty cache: this device left before the server could know
const AT_MOST = 1200; // milliseconds on a blank page
const BETWEEN = 1000; // milliseconds between the two presses of Escape

const clear = (store) => {
  for (const key of Object.keys(store)) if (key.startsWith("parole.")) store.removeItem(key);
};

const clearWords = () => {
  for (const name of ["localStorage", "sessionStorage"])
    try { clear(window[name]); } catch { /* forbidden: nothing was kept there either */ }
};

const clearShell = async () => {
  for (const name of await caches.keys()) if (name.startsWith("parole-")) await caches.delete(name);
  for (const one of await navigator.serviceWorker.getRegistrations()) await one.unregister();
};

const leave = async () => {
  const away = () => location.replace(link.dataset.away);
  setTimeout(away, AT_MOST);
  document.title = "\u200b";
  document.body.replaceChildren();
  window.speechSynthesis?.cancel();
  clearWords();
  try {
    if (window.caches) await caches.open(LEFT);
    await fetch("/quitter", { redirect: "manual", keepalive: true });
    if (window.caches) await clearShell();
  } catch { /* no network: the mark stays, and the cookie goes at the next visit */ }
  away();
};

link.addEventListener("click", (event) => {
  event.preventDefault();
  leave();
});

let escaped = -BETWEEN;
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.repeat) return;
  if (event.timeStamp - escaped < BETWEEN) leave();
  escaped = event.timeStamp;
});

if (document.body.classList.contains("gone")) clearWords();

// Beginning replaces this page: going back from the talk leads out of it.
// A lost answer, then a page loaded again, open the same conversation: its secret stays in the tab.
const OPENING = "parole.ouverture";
const openingOf = (fields) => {
  try {
    const kept = sessionStorage.getItem(OPENING) || fields.get("opening");
    sessionStorage.setItem(OPENING, kept);
    return kept;
  } catch { return fields.get("opening"); }
};
const opened = () => { try { sessionStorage.removeItem(OPENING); } catch { /* nothing is there */ } };

const begin = document.querySelector("form[data-begin]");
begin?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = begin.querySelector("button");
  if (button.disabled) return;
  button.disabled = true;
  try {
    const fields = new URLSearchParams(new FormData(begin));
    fields.set("opening", openingOf(fields));
    const response = await fetch(begin.action, { method: "POST", body: fields, redirect: "manual" });
    if (response.type !== "opaqueredirect") throw new Error("refused");
    opened();
    const guide = fields.get("guide");
    location.replace(guide ? "/g/" + guide : "/");
  } catch {
    button.disabled = false;
    button.textContent = "Pas de réseau. Réessayer";
  }
});
