// The browser's own voice, and its dictation. No button where there is none.
const log = document.getElementById("fil");
const box = document.getElementById("texte");
const read = document.getElementById("ecouter");
const dictate = document.getElementById("dicter");
const status = document.getElementById("voix");
const speech = window.speechSynthesis;
const Recognition = window.SpeechRecognition || window.webkitSpeechRecognition;
const LISTENING = "Parlez. Votre navigateur peut envoyer votre voix à son fabricant.";
let reading = false;
let listening = null;

const press = (button, on, label) => {
  button.setAttribute("aria-pressed", String(on));
  button.querySelector("span").textContent = label;
};

// A French voice of the device first: what is read may quote the person.
const voice = () => {
  const french = speech.getVoices().filter((one) => /^fr\b/i.test(one.lang.replace("_", "-")));
  return french.find((one) => one.localService) || french[0] || null;
};

const wordsOf = (turn) => {
  const said = [];
  const bubble = turn.querySelector(".bubble");
  if (bubble) {
    const copy = bubble.cloneNode(true);
    copy.querySelectorAll(".unseen").forEach((one) => one.remove());
    copy.querySelectorAll("a").forEach((one) => { if (/^https?:/.test(one.textContent)) one.textContent = "un lien"; });
    said.push(copy.textContent);
  }
  const labels = [...turn.querySelectorAll(".choice")].map((one) => one.textContent);
  if (labels.length) said.push("Réponses possibles : " + labels.join(" ; ") + ".");
  return said.join("\n");
};

// The last thing said: every bubble since the person's own.
const question = () => {
  const turns = [];
  for (let turn = log.lastElementChild; turn && !turn.classList.contains("person"); turn = turn.previousElementSibling)
    if (!turn.hasAttribute("aria-hidden")) turns.unshift(turn);
  return turns.map(wordsOf).join("\n");
};

const say = () => {
  speech.cancel();
  const one = voice();
  // Short pieces: some browsers stop in the middle of a long one.
  for (const piece of question().match(/[^.!?\n]+[.!?]*/g) || []) {
    if (!piece.trim()) continue;
    const spoken = new SpeechSynthesisUtterance(piece.trim());
    spoken.lang = one ? one.lang : "fr-FR";
    if (one) spoken.voice = one;
    spoken.rate = 0.95;
    speech.speak(spoken);
  }
};

const quiet = () => {
  if (!reading) return;
  reading = false;
  speech.cancel();
  press(read, false, "Écouter");
};

// Called when something new is said: read on, once the person has asked for it.
export const newWords = () => { if (reading) say(); };

export const stopDictation = () => { if (listening) listening.stop(); };

const listen = () => {
  quiet();
  const one = new Recognition();
  one.lang = "fr-FR";
  one.continuous = true;
  one.interimResults = true;
  const before = box.value.trimEnd();
  const start = before ? before + " " : "";
  let shown = box.value;
  one.onresult = (event) => {
    if (box.value !== shown) return one.abort(); // typed meanwhile: the words typed stay
    box.value = start + Array.from(event.results, (result) => result[0].transcript).join(" ").replace(/ +/g, " ").trimStart();
    shown = box.value;
    box.dispatchEvent(new CustomEvent("dictated"));
  };
  one.onerror = (event) => {
    status.textContent = event.error === "not-allowed" || event.error === "service-not-allowed"
      ? "Le micro n’est pas permis. Vous pouvez écrire."
      : event.error === "aborted" || event.error === "no-speech" ? "" : "La dictée ne marche pas ici. Vous pouvez écrire.";
  };
  one.onend = () => {
    if (listening === one) listening = null;
    press(dictate, false, "Dicter");
    if (status.textContent === LISTENING) status.textContent = "";
  };
  listening = one;
  press(dictate, true, "Arrêter");
  status.textContent = LISTENING;
  one.start();
};

if (speech && window.SpeechSynthesisUtterance) {
  const offer = () => { read.hidden = speech.getVoices().length === 0; };
  offer();
  speech.addEventListener?.("voiceschanged", offer);
  read.addEventListener("click", () => {
    if (reading) return quiet();
    stopDictation();
    reading = true;
    press(read, true, "Ne plus lire");
    say();
  });
  box.addEventListener("input", quiet);
  addEventListener("pagehide", () => speech.cancel());
}
if (Recognition) {
  dictate.hidden = false;
  dictate.addEventListener("click", () => (listening ? stopDictation() : listen()));
  box.addEventListener("input", stopDictation);
}
