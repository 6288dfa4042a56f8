// Sends messages without reloading the page. Without this script the same forms work.
// A message waits on the device until the server has answered it, always with the same id.
import { assistantSays, bringIntoView, calm, dots, make, personSays, questionShown, turnOf } from "./thread.js";
import { draft, drop, keep, keepDraft, kept, newId, post, strangers } from "./waiting.js";
import { newWords, stopDictation } from "./voice.js";

const log = document.getElementById("fil");
const composer = document.getElementById("ecrire");
const box = document.getElementById("texte");
const count = document.getElementById("compte");
const trouble = document.getElementById("souci");
const waits = document.getElementById("attente");
const veil = document.getElementById("masque");
const mask = document.querySelector('[name="masked"][value="1"]');
const menu = document.querySelector(".menu");
const guide = composer.dataset.guide;
const query = guide ? "?guide=" + guide : "";
const most = Number(box.dataset.max);
const desktop = matchMedia("(hover: hover) and (pointer: fine)").matches;
const number = new Intl.NumberFormat("fr-FR");
const FIRST_WAIT = 2; // seconds, doubled at each failure
const LONGEST_WAIT = 30;
const queue = []; // { id, text } or { id, choice, label }; besides: at, turn (the bubble), tried
const HANDS_OVER = /^(:!|\?)(next_person|for_myself)(:yes)?(~|$)/; // somebody else takes the phone
const tabs = "BroadcastChannel" in window ? new BroadcastChannel("parole." + guide) : null;
let sending = false;
let unsure = false; // words taken back may have arrived all the same
let wait = FIRST_WAIT;
let timer = 0;
let seen = Number(log.dataset.seen); // the last turn shown

const grow = () => {
  if (!CSS.supports("field-sizing", "content")) {
    box.style.height = "auto";
    box.style.height = box.scrollHeight + 2 + "px";
  }
  const length = box.value.length > most * 0.8 ? Array.from(box.value).length : 0;
  count.hidden = length <= most * 0.9;
  count.classList.toggle("over", length > most);
  count.textContent = length > most
    ? `${number.format(length - most)} caractères de trop. Raccourcissez, ou envoyez en plusieurs fois.`
    : `${number.format(length)} caractères sur ${number.format(most)}`;
  return length <= most;
};

const write = (text) => {
  box.value = text;
  keepDraft(text);
  grow();
};

const complain = (text) => {
  trouble.querySelector("p").textContent = text;
  trouble.hidden = false;
};

const choices = () => [...log.querySelectorAll(".choices")];

const tellWaiting = (here) => {
  const many = queue.length > 1;
  waits.hidden = queue.length === 0;
  const leaves = many ? "Ils partiront tout seuls." : "Il partira tout seul.";
  waits.querySelector("p").textContent = queue.length === 0 ? ""
    : `${queue.length} message${many ? "s" : ""} attend${many ? "ent" : ""} ${here ? "que le service réponde" : "le réseau"}. ${leaves}`;
};

const unveiled = () => veil.hidden;

// With the messages hidden, only what was said last is in the page at all.
const forgetPast = () => {
  const mine = [...log.querySelectorAll(".person:not(.waiting)")].pop();
  while (mine && mine.isConnected) log.firstElementChild.remove();
};

const shows = (message, answer, hidden) => {
  if (!message.turn.isConnected) log.append(message.turn);
  const turn = answer.replies.length ? Math.max(...answer.replies.map(turnOf)) : seen + 1;
  if (turn <= seen) { // it had arrived: the page that was loaded since shows its answer
    message.turn.remove();
    hidden.forEach((one) => { one.hidden = false; });
    return;
  }
  seen = turn;
  const inside = hidden.some((one) => one.dataset.focused);
  hidden.forEach((one) => one.remove());
  message.turn.classList.remove("waiting");
  const rest = queue.map((one) => one.turn);
  const said = answer.replies.map((reply, n) => assistantSays(reply, n === 0));
  rest.forEach((one) => log.append(one));
  if (!unveiled()) forgetPast();
  if (inside) {
    const next = log.querySelector(".choices");
    if (next && !desktop) { next.tabIndex = -1; next.focus({ preventScroll: true }); }
    else box.focus({ preventScroll: true });
  }
  if (said.length) bringIntoView(message.turn.isConnected ? message.turn : said[0], calm(), said[0]);
  newWords();
};

// Words that wait go back where they can be changed. Buttons are offered again.
const takeBack = (which = () => true) => {
  const back = queue.filter(which);
  back.forEach((message) => {
    queue.splice(queue.indexOf(message), 1);
    drop(message);
    message.turn.remove();
    if (message.tried) unsure = true;
  });
  const words = [...back.map((message) => message.text), box.value].filter(Boolean);
  write(words.join("\n"));
  if (!queue.length) choices().forEach((one) => { one.hidden = false; });
  tellWaiting();
  return back.length;
};

const later = (seconds, here) => {
  tellWaiting(here);
  clearTimeout(timer);
  timer = setTimeout(flush, 1000 * (seconds || wait));
  wait = Math.min(LONGEST_WAIT, wait * 2);
};

const refused = ({ problem, status }) => {
  if (status === 410) {
    queue.splice(0).forEach(drop);
    return location.replace("/efface" + query);
  }
  takeBack();
  unsure = false;
  complain(problem);
  if (status === 401) {
    const link = make("a", "", "Commencer");
    link.href = guide ? "/g/" + guide : "/";
    trouble.querySelector("p").append(" ", link);
  }
};

const readAgain = () => location.replace(location.pathname + location.search);
if (tabs) tabs.onmessage = readAgain;

// Sends what waits, in order, one at a time. What was not answered is sent again with the same id.
const flush = async () => {
  if (sending) return;
  clearTimeout(timer);
  sending = true;
  while (queue.length) {
    const message = queue[0];
    const hidden = choices();
    hidden.forEach((one) => { one.hidden = true; });
    const asked = questionShown();
    const thinking = dots();
    message.tried = true;
    const { answer, ...failure } = await post(message, query);
    thinking.remove();
    if (queue[0] !== message) continue; // taken back meanwhile
    if (!answer) {
      sending = false;
      return "problem" in failure ? refused(failure) : later(failure.later, failure.here);
    }
    wait = FIRST_WAIT;
    queue.shift();
    drop(message);
    if (answer.erased) {
      queue.splice(0).forEach(drop);
      keepDraft("");
      return location.replace("/efface" + query);
    }
    // Another person begins, or the code was right: what is shown is no longer what there is.
    if (answer.reread) {
      tabs?.postMessage("reread");
      return readAgain();
    }
    shows(message, answer, hidden);
    // What was typed for one question is not the answer to another.
    if (queue.some((one) => one.text) && (asked === null || asked !== questionShown()))
      if (takeBack((one) => one.text)) complain("La question a changé. Relisez votre texte, puis envoyez-le.");
  }
  sending = false;
  tellWaiting();
};

// What was said since the last turn shown, or null when it cannot be known.
const news = async () => {
  try {
    const response = await fetch("/api/messages" + query);
    if (!response.ok) return null;
    return (await response.json()).messages.filter((message) => turnOf(message) > seen);
  } catch {
    return null;
  }
};

const catchUp = (messages) => {
  choices().forEach((one) => one.remove());
  messages.forEach((message, n) => {
    const last = turnOf(message) === turnOf(messages.at(-1));
    if (message.from === "person") personSays(message.text).classList.remove("waiting");
    else assistantSays(last ? message : { ...message, choices: [] }, messages[n - 1]?.from !== "assistant");
  });
  seen = turnOf(messages.at(-1));
  if (!unveiled()) forgetPast();
  bringIntoView(log.lastElementChild, calm());
};

// Words belong to the person who wrote them: none may wait while the phone changes hands.
const mixes = (message) => {
  const leaving = queue.some((one) => HANDS_OVER.test(one.choice || ""));
  if (leaving) complain("La personne suivante commence dès que le réseau revient. Attendez avant d’écrire.");
  else if (queue.length && HANDS_OVER.test(message.choice || ""))
    complain("Un message attend encore. Touchez « Essayer » pour l’envoyer, ou « Reprendre » pour l’effacer. Changez de personne ensuite.");
  else return false;
  return true;
};

const deliver = async (message) => {
  if (mixes(message)) return;
  if (unsure) { // after words taken back: first know, so that nothing is kept twice
    if (sending) return;
    sending = true;
    const messages = await news();
    sending = false;
    if (!messages) return complain("Pas de réseau. Votre texte reste ici. Envoyez-le quand le réseau est revenu.");
    unsure = false;
    if (messages.length) {
      catchUp(messages);
      return complain("Votre message d’avant était bien arrivé. Gardez ici seulement ce que vous voulez ajouter, puis envoyez.");
    }
  }
  trouble.hidden = true;
  const inside = document.activeElement && document.activeElement.closest(".choices");
  if (inside) inside.dataset.focused = "yes";
  choices().forEach((one) => { one.hidden = true; });
  if (message.text) write("");
  queue.push(Object.assign(message, { id: newId(), at: Date.now() }));
  keep(message);
  message.turn = personSays(message.label || message.text);
  bringIntoView(message.turn, calm());
  if (!waits.hidden) tellWaiting();
  flush();
};

const sendText = () => {
  const text = box.value;
  stopDictation();
  box.focus({ preventScroll: true });
  if (!text.trim()) return complain("Écrivez quelques mots, ou touchez un bouton.");
  if (grow()) deliver({ text });
};

const https = location.protocol === "https:";
const hides = (value, seconds) => {
  const name = (https ? "__Host-" : "") + "parole-masque";
  document.cookie = `${name}=${value}; path=/; max-age=${seconds}; samesite=lax` + (https ? "; secure" : "");
};

const hidePast = () => {
  hides(1, 5184000);
  veil.hidden = false;
  mask.hidden = true;
  forgetPast();
};

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !("message" in form.dataset)) return;
  event.preventDefault();
  if (form === composer) return sendText();
  const button = event.submitter;
  const inMenu = form.closest("details");
  if (inMenu) { inMenu.open = false; inMenu.querySelector("summary").focus({ preventScroll: true }); }
  if (button === mask) return hidePast();
  if (button) deliver({ choice: button.value, label: button.textContent });
});

veil.addEventListener("submit", (event) => {
  event.preventDefault();
  hides("", 0);
  location.reload();
});

waits.querySelector("[data-now]").addEventListener("click", () => { wait = FIRST_WAIT; flush(); });
waits.querySelector("[data-back]").addEventListener("click", () => {
  takeBack();
  box.focus();
});
addEventListener("online", () => { wait = FIRST_WAIT; flush(); });
document.addEventListener("visibilitychange", () => { if (!document.hidden) flush(); });

const typed = () => { keepDraft(box.value); grow(); };
box.addEventListener("input", typed);
box.addEventListener("dictated", typed);
box.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || !desktop) return;
  event.preventDefault();
  sendText();
});

document.addEventListener("click", (event) => {
  if (!menu.contains(event.target)) menu.open = false;
});
menu.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !menu.open) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

if (!box.value) box.value = draft();
grow();
// The first one may have arrived, its answer lost: then it is in the page already.
const last = [...log.querySelectorAll(".person bdi")].pop()?.textContent;
for (const message of kept()) {
  const words = message.label || message.text;
  message.turn = personSays(words);
  if (!queue.length && words === last) message.turn.remove();
  queue.push(message);
}
if (strangers)
  complain(strangers > 1 ? `${strangers} messages d’une autre personne n’étaient pas partis. Ils sont effacés de cet appareil.`
    : "Un message d’une autre personne n’était pas parti. Il est effacé de cet appareil.");
const first = document.getElementById("dernier");
if (first) bringIntoView(first, "auto");
flush();
navigator.serviceWorker?.register("/service-worker.js?v=" + composer.dataset.shell).catch(() => {});
document.documentElement.dataset.script = "ready";
