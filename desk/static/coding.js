// Selecting a passage: by mouse, by touch or by keyboard. Offsets are UTF-16 units of the text;
// the server turns them into code points.
"use strict";

const text = document.getElementById("texte");
const giving = document.getElementById("giving");
const selection = document.getSelection();

// Where a point of the document is in the text.
function place(node, offset) {
  const range = document.createRange();
  range.selectNodeContents(text);
  range.setEnd(node, offset);
  return range.toString().length;
}

// The point of the document that is there in the text.
function point(offset) {
  const walk = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
  let node = walk.nextNode();
  while (node && offset > node.length) {
    offset -= node.length;
    node = walk.nextNode();
  }
  return node ? [node, offset] : [text, 0];
}

function noted() {
  if (!selection.rangeCount) return;
  const range = selection.getRangeAt(0);
  if (!text.contains(range.startContainer) || !text.contains(range.endContainer)) return;
  const whole = range.toString();
  const before = place(range.startContainer, range.startOffset);
  const start = before + (whole.length - whole.trimStart().length);
  const end = before + whole.trimEnd().length;
  const chosen = start < end;
  giving.elements.start.value = chosen ? start : "";
  giving.elements.end.value = chosen ? end : "";
  const words = whole.trim().split(/\s+/).length;
  say(chosen ? `Passage choisi : ${words} mot${words > 1 ? "s" : ""}.` : "Aucun passage choisi.", chosen);
}

function say(words, ready) {
  const told = giving.querySelector(".chosen");
  told.textContent = words;
  told.classList.toggle("ready", ready);
}

// Where words or sentences begin and end, one after another.
function spans(granularity) {
  const cut = new Intl.Segmenter("fr", { granularity });
  return [...cut.segment(text.textContent)]
    .filter((one) => (granularity === "word" ? one.isWordLike : one.segment.trim()))
    .map((one) => [one.index, one.index + one.segment.trimEnd().length]);
}

// One more word or sentence, or the next one: what is selected is always seen.
function step(granularity, forward, extending) {
  const known = spans(granularity);
  if (!known.length) return;
  const there = selection.rangeCount && text.contains(selection.focusNode);
  const anchor = there ? place(selection.anchorNode, selection.anchorOffset) : -1;
  const focus = there ? place(selection.focusNode, selection.focusOffset) : -1;
  const whole = text.textContent.length;
  const [low, high] = there ? [Math.min(anchor, focus), Math.max(anchor, focus)] : forward ? [-1, -1] : [whole + 1, whole + 1];
  let to;
  if (extending && there) {
    const next = forward
      ? known.find(([, end]) => end > focus)
      : known.findLast(([start]) => start < focus);
    if (!next) return;
    to = [anchor, forward ? next[1] : next[0]];
  } else {
    to = forward
      ? known.find(([start, end]) => (low === high ? end > high : start >= high))
      : known.findLast(([start, end]) => (low === high ? start < low : end <= low));
    if (!to) return;
  }
  selection.setBaseAndExtent(...point(to[0]), ...point(to[1]));
  const focused = selection.focusNode.parentElement;
  if (focused !== text || text.offsetHeight > innerHeight / 2) seen();
}

// A long text scrolls with what is selected.
function seen() {
  const box = selection.getRangeAt(0).getBoundingClientRect();
  if (box.top < 0) scrollBy(0, box.top - 24);
  else if (box.bottom > innerHeight) scrollBy(0, box.bottom - innerHeight + 24);
}

const ARROWS = {
  ArrowRight: ["word", true],
  ArrowLeft: ["word", false],
  ArrowDown: ["sentence", true],
  ArrowUp: ["sentence", false],
};

function pressed(event) {
  if (event.target.closest("input, textarea, select")) return;
  if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "z") {
    send(event, document.getElementById("undo"));
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target === text && ARROWS[event.key]) {
    event.preventDefault();
    step(...ARROWS[event.key], event.shiftKey);
  } else if (event.target === text && event.key === "Enter") {
    event.preventDefault();
    document.getElementById("following").click();
  } else if (event.target === text && event.key === "0") {
    send(event, document.getElementById("nothing"));
  } else {
    noted(); // quick keys come before the browser tells of the last selection
    const letter = CSS.escape(event.key.toLowerCase());
    const button = giving.querySelector(`button[data-letter="${letter}"]`);
    if (button && giving.elements.end.value) {
      event.preventDefault();
      giving.requestSubmit(button);
    }
  }
}

function send(event, form) {
  if (!form) return;
  event.preventDefault();
  form.requestSubmit();
}

// The definition of a theme, always at the same place: of the one that is pointed at or focused, and
// under a finger of the one that was touched without a passage, so that nothing moves before a touch.
function explained(button) {
  const meaning = giving.querySelector(".meaning");
  if (!button || !meaning) return;
  const its = document.getElementById(button.getAttribute("aria-describedby"));
  meaning.hidden = !its;
  meaning.textContent = its ? its.textContent : "";
}

// A passage of the list is seen in the text, and the other way round.
function lit(event) {
  const item = event.target.closest(".passages li");
  const mark = event.target.closest("mark[data-places]");
  const wanted = item ? [item.dataset.place] : mark ? mark.dataset.places.split(" ") : [];
  for (const one of document.querySelectorAll("mark[data-places]")) {
    one.classList.toggle("lit", Boolean(item) && one.dataset.places.split(" ").includes(wanted[0]));
  }
  for (const one of document.querySelectorAll(".passages li")) {
    one.classList.toggle("lit", Boolean(mark) && wanted.includes(one.dataset.place));
  }
}

for (const kind of ["mouseover", "focusin"]) document.addEventListener(kind, lit);
if (text && giving) {
  document.addEventListener("selectionchange", noted);
  document.addEventListener("keydown", pressed);
  if (matchMedia("(hover: hover)").matches) {
    for (const kind of ["mouseover", "focusin"]) {
      giving.addEventListener(kind, (event) => explained(event.target.closest("#giving button")));
    }
  }
  giving.addEventListener("submit", (event) => {
    if (giving.elements.end.value) return;
    event.preventDefault();
    explained(event.submitter);
    say("Choisissez d’abord un passage du texte.", false);
  });
  if (location.hash === "#texte") text.focus({ preventScroll: text.getBoundingClientRect().top > 0 });
}
