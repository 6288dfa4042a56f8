// Shown by the service worker instead of the page: says what waits, and goes back with the network.
const WAITING = "parole.attente.";
const waits = Object.keys(localStorage).filter((key) => key.startsWith(WAITING)).length;
document.getElementById("attente").textContent = waits === 0 ? ""
  : waits === 1 ? "1 message attend le réseau. Il partira quand la conversation sera ouverte."
    : `${waits} messages attendent le réseau. Ils partiront quand la conversation sera ouverte.`;
const back = () => {
  if (location.pathname === "/hors-ligne" || location.pathname === "/masquer") location.replace("/");
  else location.reload();
};
document.getElementById("essayer").addEventListener("click", (event) => {
  event.preventDefault();
  back();
});

// A phone often believes that it has a network, or says nothing when it comes back: ask, then go.
const FIRST_WAIT = 2; // seconds, doubled at each failure
const LONGEST_WAIT = 30;
const PATIENCE = 10000; // milliseconds without an answer
let wait = FIRST_WAIT;
let timer = 0;
let asking = false;
const ask = async () => {
  if (asking) return; // once at a time: two reloads would undo each other
  asking = true;
  clearTimeout(timer);
  try {
    await fetch("/hors-ligne", { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
    back();
  } catch {
    asking = false;
    timer = setTimeout(ask, 1000 * wait);
    wait = Math.min(LONGEST_WAIT, wait * 2);
  }
};
addEventListener("online", ask);
timer = setTimeout(ask, 1000 * wait);
