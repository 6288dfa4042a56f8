// The queue: each key is one decision. A card is fetched when it is shown, and never before: the
// journal says who read what. A card left without a decision comes back as it was, ticks included.
// Without this script every button is a plain form, and the server shows the next one.
"use strict";

const room = document.getElementById("file");
const place = document.getElementById("carte");
const told = document.getElementById("fait");
const bar = document.getElementById("avance");
const where = document.getElementById("ou");
const keys = document.getElementById("raccourcis");
const walk = { back: document.getElementById("avant"), undo: document.getElementById("annuler"), on: document.getElementById("apres") };

const order = room.dataset.these.split(" ").filter(Boolean);
const kept = new Map(); // reference: its card, as it was left
const finished = []; // decisions taken here, the last one at the end
let here = 0;
let busy = false;
let asked = order.length === 0; // whether the server has nothing more to give
const total = Number(room.dataset.count);

// The card; "" when it is no longer there, null when nobody answers.
async function load(reference) {
  try {
    const answer = await fetch(`${room.dataset.address}/${reference}`, { headers: { "HX-Request": "true" } });
    if (answer.status === 401 || answer.redirected) location.reload();
    return answer.ok ? await answer.text() : "";
  } catch {
    return null;
  }
}

function put(html) {
  const card = place.querySelector(".card");
  if (card) kept.set(card.dataset.reference, card);
  if (typeof html === "string") place.innerHTML = html;
  else place.replaceChildren(html);
}

// More references, while some are still to be seen.
async function more() {
  if (asked || order.length - here > 8) return;
  asked = true;
  try {
    const answer = await fetch(`${room.dataset.address}/suite?apres=${order[order.length - 1]}${room.dataset.only ?? ""}`);
    const { these } = await answer.json();
    const before = order.length;
    for (const one of these) if (!order.includes(one)) order.push(one);
    asked = order.length === before;
  } catch {
    asked = false;
  }
}

function say(text, problem) {
  told.hidden = !text;
  told.classList.toggle("good", !problem);
  told.firstElementChild.textContent = text;
}

function count() {
  const left = Math.max(0, total - finished.length);
  bar.value = Math.min(bar.max, finished.length);
  where.textContent = `${finished.length} relue${finished.length > 1 ? "s" : ""}, ${left} à relire.`;
  walk.undo.disabled = finished.length === 0;
  walk.back.disabled = here === 0;
}

async function show(index, focus = true) {
  here = Math.max(0, Math.min(index, order.length));
  await more();
  count();
  if (here >= order.length) {
    const end = document.createElement("p");
    end.className = "empty";
    end.tabIndex = -1;
    end.textContent = "Tout est relu. Merci.";
    put(end);
    if (focus) end.focus();
    return;
  }
  const wanted = order[here];
  const html = kept.get(wanted) ?? (await load(wanted));
  if (order[here] !== wanted) return; // another key was faster
  if (html === null) return say("Le réseau ne répond pas. Essayez à nouveau.", true);
  if (html === "") {
    order.splice(here, 1); // erased since
    return show(here, focus);
  }
  if (html !== place.querySelector(".card")) put(html);
  if (focus) {
    place.querySelector("h2")?.focus({ preventScroll: true });
    if (place.getBoundingClientRect().top < 0) place.scrollIntoView(); // a long text was scrolled
  }
}

async function send(form, button) {
  if (busy) return;
  busy = true;
  const fields = new URLSearchParams(new FormData(form, button));
  const card = form.closest(".card");
  const masks = card?.querySelector("form[id^=texte-]");
  if (masks && masks !== form) for (const [name, said] of new FormData(masks)) if (!fields.has(name) || name === "mask") fields.append(name, said);
  const to = button?.hasAttribute("formaction") ? button.formAction : form.action;
  const reference = card?.dataset.reference ?? form.dataset.reference;
  try {
    const answer = await fetch(to, { method: "POST", body: fields, headers: { Accept: "application/json" } });
    if (answer.redirected || answer.status === 401) return location.reload();
    const outcome = answer.headers.get("content-type")?.includes("json") ? await answer.json() : { problem: "Rien n’a été changé. Rechargez la page." };
    kept.delete(reference);
    if (place.querySelector(".card")?.dataset.reference === reference) place.replaceChildren(); // it is another one now
    if (!answer.ok) {
      say(outcome.problem, true);
      await show(here);
    } else if (form.dataset.undo) {
      finished.pop();
      say(`${reference} : décision annulée.`);
      await show(Math.max(0, order.indexOf(reference)));
    } else {
      const stays = to.endsWith("/texte");
      say(`${reference} : ${outcome.told}.`);
      if (!stays) finished.push({ reference, seen: outcome.seen, csrf: fields.get("csrf") });
      await show(stays ? here : here + 1);
    }
  } catch {
    say("Le réseau ne répond pas. Rien n’a été changé.", true);
  } finally {
    busy = false;
  }
}

function undo() {
  const last = finished[finished.length - 1];
  if (!last) return say("Rien à annuler.");
  const form = document.createElement("form");
  form.action = `${room.dataset.contributions}/${last.reference}/annuler`;
  form.dataset.reference = last.reference;
  form.dataset.undo = "yes";
  for (const name of ["csrf", "seen"]) {
    const field = document.createElement("input");
    field.name = name;
    field.value = last[name];
    form.append(field);
  }
  return send(form);
}

function opened() {
  return place.querySelector("details[data-reasons][open]");
}

function open(name) {
  for (const one of place.querySelectorAll("details[data-reasons]")) one.open = one.dataset.reasons === name;
  opened()?.querySelector("[data-digit], input:not([type=hidden])")?.focus();
}

const acts = {
  p: () => press("[data-act=publish]"),
  m: () => press("[data-act=mask]"),
  h: () => open("hide"),
  b: () => open("bin"),
  d: () => open("same"),
  u: undo,
  j: () => show(here + 1),
  k: () => show(here - 1),
  ArrowRight: () => show(here + 1),
  ArrowLeft: () => show(here - 1),
  "?": () => document.getElementById("touches").focus(),
};

function press(selector) {
  const button = place.querySelector(selector);
  if (button) send(button.form, button);
}

function typing(target) {
  return target.closest("textarea, select, [contenteditable], input:not([type=checkbox], [type=radio])");
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || typing(event.target)) return;
  const panel = opened();
  if (event.key === "Escape" && panel) {
    panel.open = false;
    place.querySelector("h2")?.focus();
    return;
  }
  if (!keys.checked || busy) return;
  const digit = panel && /^[1-9]$/.test(event.key) && panel.querySelector(`[data-digit="${event.key}"]`);
  const act = digit ? () => send(digit.form, digit) : acts[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

place.addEventListener("submit", (event) => {
  event.preventDefault();
  send(event.target, event.submitter);
});

// What opens is brought above the bar that stays at the bottom of a telephone.
place.addEventListener("toggle", (event) => {
  if (event.target.open && event.target.dataset.reasons) event.target.scrollIntoView({ block: "nearest" });
}, true);

walk.on.addEventListener("click", () => show(here + 1));
walk.back.addEventListener("click", () => show(here - 1));
walk.undo.addEventListener("click", undo);

try {
  keys.checked = localStorage.getItem("touches") !== "non";
  keys.addEventListener("change", () => localStorage.setItem("touches", keys.checked ? "oui" : "non"));
} catch {
  // a browser that keeps nothing: the choice holds for this page
}

for (const one of Object.values(walk)) one.hidden = false;
document.getElementById("touches").hidden = false; // keys are nothing without this script
for (const one of document.querySelectorAll(".no-script, .undo")) one.hidden = true;
bar.max = Math.max(1, total);
count();
more();
if (room.dataset.preparing) setTimeout(() => location.reload(), 2000);
else document.documentElement.dataset.script = "ready";
