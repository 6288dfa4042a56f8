// Sends messages without reloading the page. Without this script the same forms work.
"use strict";
(() => {
  const log = document.getElementById("fil");
  const composer = document.getElementById("ecrire");
  const box = document.getElementById("texte");
  const count = document.getElementById("compte");
  const trouble = document.getElementById("souci");
  const guide = composer.dataset.guide;
  const query = guide ? "?guide=" + guide : "";
  const most = Number(box.dataset.max);
  const desktop = matchMedia("(hover: hover) and (pointer: fine)").matches;
  const number = new Intl.NumberFormat("fr-FR");
  const ADDRESS = /https?:\/\/[^\s<>"«»]*[^\s<>"«».,;:!?)\]]/g;
  let sending = false;
  let failed = null; // the message that did not leave: sent again with the same id
  let unsure = null; // the message that may have arrived all the same: its answer did not
  let seen = Number(log.dataset.seen); // the last turn shown

  const make = (tag, className, text) => {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  };

  const newId = () =>
    Array.from(crypto.getRandomValues(new Uint8Array(16)), (n) => n.toString(16).padStart(2, "0")).join("");

  // In French, a space before « ? » must not let it start a line.
  const bound = (text) => text.replace(/ (?=[?!:;»](\s|$))/g, "\u00a0").replace(/« /g, "«\u00a0");

  const privacy = composer.dataset.privacy; // its link says where it leads, not its address

  const linked = (parent, words) => {
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

  const personSays = (text) => {
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

  const assistantSays = (reply, first) => {
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

  const calm = () => (matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth");

  // The first thing said stays in view when the whole answer is taller than the screen.
  const bringIntoView = (first, behavior, atTheTop = first) => {
    const room = innerHeight - composer.offsetHeight - 100;
    const tall = log.getBoundingClientRect().bottom - first.getBoundingClientRect().top > room;
    if (tall) atTheTop.scrollIntoView({ block: "start", behavior });
    else scrollTo({ top: document.documentElement.scrollHeight, behavior });
  };

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

  const complain = (text, again) => {
    trouble.querySelector("p").textContent = text;
    trouble.querySelector("button").hidden = !again;
    trouble.hidden = false;
  };

  const explain = async (response) => {
    if (!response) return ["Le message n’est pas parti. Vérifiez votre connexion.", true];
    let detail = "Le service a un souci. Votre message n’est pas perdu.";
    try {
      detail = (await response.json()).detail || detail;
    } catch { /* not ours: a proxy's page */ }
    return [detail, response.status >= 500 || response.status === 429];
  };

  const post = async (message) => {
    const given = { id: message.id };
    if (message.choice) given.choice = message.choice;
    else given.text = message.text;
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), 20000);
    try {
      return await fetch("/api/messages" + query, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(given),
        signal: stop.signal,
      });
    } catch {
      return null;
    } finally {
      clearTimeout(timer);
    }
  };

  // message: { id, text } or { id, choice, label }
  const send = async (message) => {
    if (sending) return;
    sending = true;
    failed = null;
    trouble.hidden = true;
    composer.querySelector(".send").setAttribute("aria-disabled", "true");
    const old = [...log.querySelectorAll(".choices")];
    const inside = document.activeElement && document.activeElement.closest(".choices");
    old.forEach((choices) => { choices.hidden = true; });
    const mine = personSays(message.label || message.text);
    const dots = make("div", "turn assistant");
    const bubble = make("div", "bubble dots");
    bubble.append(make("i"), make("i"), make("i"));
    dots.append(bubble);
    dots.setAttribute("aria-hidden", "true");
    log.append(dots);
    bringIntoView(mine, calm());
    const response = await post(message);
    let answer = null;
    if (response && response.ok) answer = await response.json().catch(() => null);
    dots.remove();
    composer.querySelector(".send").removeAttribute("aria-disabled");
    sending = false;
    if (!answer) {
      mine.remove();
      old.forEach((choices) => { choices.hidden = false; });
      if (response && response.status === 410) return location.assign("/efface" + query);
      failed = message;
      if (!response || response.ok || response.status >= 500) unsure = message;
      if (message.text) box.value = [message.text, box.value].filter(Boolean).join("\n");
      grow();
      const [text, again] = await explain(response && response.ok ? null : response);
      complain(text, again);
      if (response && response.status === 401) {
        const link = make("a", "", "Commencer");
        link.href = guide ? "/g/" + guide : "/";
        trouble.querySelector("p").append(" ", link);
      }
      return;
    }
    unsure = null;
    seen = Math.max(seen, ...answer.replies.map(turnOf));
    if (answer.erased) return location.assign("/efface" + query);
    mine.classList.remove("waiting");
    old.forEach((choices) => choices.remove());
    const said = answer.replies.map((reply, n) => assistantSays(reply, n === 0));
    if (inside) {
      const next = log.querySelector(".choices");
      if (next && !desktop) { next.tabIndex = -1; next.focus({ preventScroll: true }); }
      else box.focus({ preventScroll: true });
    }
    if (said.length) bringIntoView(mine, calm(), said[0]);
  };

  const turnOf = (message) => Number(message.id.split(".")[0]);

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
    log.querySelectorAll(".choices").forEach((choices) => choices.remove());
    messages.forEach((message, n) => {
      const last = turnOf(message) === turnOf(messages.at(-1));
      if (message.from === "person") personSays(message.text).classList.remove("waiting");
      else assistantSays(last ? message : { ...message, choices: [] }, messages[n - 1]?.from !== "assistant");
    });
    seen = turnOf(messages.at(-1));
    bringIntoView(log.lastElementChild, calm());
  };

  // Another message after one that may have arrived: first know, so that nothing is kept twice.
  const deliver = async (message) => {
    if (unsure && unsure.id !== message.id) {
      sending = true;
      const messages = await news();
      sending = false;
      if (!messages) return complain("Le message n’est pas parti. Vérifiez votre connexion.", true);
      unsure = failed = null;
      if (messages.length) {
        catchUp(messages);
        return complain("Votre message d’avant était bien arrivé. Gardez ici seulement ce que vous voulez ajouter, puis envoyez.", false);
      }
    }
    if (message.text) {
      box.value = "";
      grow();
    }
    send(message);
  };

  const sendText = () => {
    const text = box.value;
    if (sending) return box.focus();
    if (!text.trim()) {
      complain("Écrivez quelques mots, ou touchez un bouton.", false);
      return box.focus();
    }
    if (!grow()) return box.focus();
    const again = [unsure, failed].find((message) => message && message.text === text);
    box.focus({ preventScroll: true });
    deliver({ id: again ? again.id : newId(), text });
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !("message" in form.dataset)) return;
    event.preventDefault();
    if (form === composer) return sendText();
    const button = event.submitter;
    const menu = form.closest("details");
    if (menu) { menu.open = false; menu.querySelector("summary").focus({ preventScroll: true }); }
    if (button && !sending) deliver({ id: newId(), choice: button.value, label: button.textContent });
  });

  trouble.querySelector("button").addEventListener("click", () => {
    const again = failed;
    if (!again || sending) return;
    if (again.choice) return send(again);
    sendText();
  });

  box.addEventListener("input", grow);
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || !desktop) return;
    event.preventDefault();
    sendText();
  });

  const menu = document.querySelector(".menu");
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  grow();
  const first = document.getElementById("dernier");
  if (first) bringIntoView(first, "auto");
  document.documentElement.dataset.script = "ready";
})();
