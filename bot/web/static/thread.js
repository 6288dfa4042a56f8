// What the thread shows: bubbles, buttons, links.
const ADDRESS = /https?:\/\/[^\s<>"«»]*[^\s<>"«».,;:!?)\]]/g;
const log = document.getElementById("fil");
const composer = document.getElementById("ecrire");
const privacy = composer.dataset.privacy; // its link says where it leads, not its address

export const make = (tag, className, text) => {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
};

// In French, a space before « ? » must not let it start a line.
const bound = (text) => text.replace(/ (?=[?!:;»]([\s.,)]|$))/g, "\u00a0").replace(/« /g, "«\u00a0");

export const linked = (parent, words) => {
  const text = bound(words);
  let at = 0;
  for (const found of text.matchAll(ADDRESS)) {
    const link = make("a", "", found[0] === privacy ? "vos données" : found[0]);
    link.href = found[0];
    link.target = "_blank";
    link.rel = "noopener noreferrer";
    parent.append(text.slice(at, found.index), link);
    at = found.index + found[0].length;
  }
  parent.append(text.slice(at));
};

export const personSays = (text) => {
  const turn = make("div", "turn person waiting fresh");
  const bubble = make("p", "bubble");
  const words = make("bdi", "", text);
  words.dir = "auto";
  bubble.append(make("span", "unseen", "Vous : "), words);
  turn.append(bubble);
  log.append(turn);
  return turn;
};

const styleOf = ({ label, value }) => {
  const done = value.endsWith(":!done");
  return ["choice", value.includes(":!") && !done && "aside", done && "strong",
    value === "?erase:yes" && "danger", label.startsWith("✓") && "ticked"].filter(Boolean).join(" ");
};

export const assistantSays = (reply, first) => {
  const turn = make("div", "turn assistant fresh");
  if (reply.text) {
    const bubble = make("p", "bubble");
    bubble.dir = reply.direction || "auto";
    if (first) bubble.append(make("span", "unseen", "Assistant : "));
    if (reply.language) {
      bubble.lang = reply.language;
      if (first) bubble.firstChild.lang = "fr";
    }
    linked(bubble, reply.text);
    turn.append(bubble);
  }
  if (reply.choices.length) {
    const choices = make("form", "choices");
    choices.dataset.message = "";
    choices.setAttribute("aria-label", "Réponses possibles");
    for (const choice of reply.choices) {
      const button = make("button", styleOf(choice), choice.label);
      button.name = "choice";
      button.value = choice.value;
      choices.append(button);
    }
    turn.append(choices);
  }
  log.append(turn);
  return turn;
};

export const dots = () => {
  const turn = make("div", "turn assistant");
  const bubble = make("div", "bubble dots");
  bubble.append(make("i"), make("i"), make("i"));
  turn.append(bubble);
  turn.setAttribute("aria-hidden", "true");
  log.append(turn);
  return turn;
};

export const turnOf = (message) => Number(message.id.split(".")[0]);

// The question that the last buttons belong to, as their values begin; null when there are none.
export const questionShown = () => {
  const values = [...log.querySelectorAll(".choice")].map((button) => button.value);
  const own = values.filter((value) => !value.startsWith(":")).pop();
  return own ? own.split(":")[0] : null;
};

export const calm = () => (matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth");

// The first thing said stays in view when the whole answer is taller than the screen.
export const bringIntoView = (first, behavior, atTheTop = first) => {
  const room = innerHeight - composer.offsetHeight - 100;
  const tall = log.getBoundingClientRect().bottom - first.getBoundingClientRect().top > room;
  if (tall) atTheTop.scrollIntoView({ block: "start", behavior });
  else scrollTo({ top: document.documentElement.scrollHeight, behavior });
};
