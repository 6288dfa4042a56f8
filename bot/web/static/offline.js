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
addEventListener("online", back);

// A phone often believes that it has a network, or says nothing when it comes back: ask.
let wait = 2;
const ask = async () => {
  try {
    await fetch("/hors-ligne", { method: "HEAD", cache: "no-store" });
    back();
  } catch {
    wait = Math.min(60, wait * 2);
    setTimeout(ask, 1000 * wait);
  }
};
setTimeout(ask, 1000 * wait);
