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
  const told = giving.querySelector(".chosen");
  const words = whole.trim().split(/\s+/).length;
  told.textContent = chosen
    ? `Passage choisi : ${words} mot${words > 1 ? "s" : ""}.`
    : "Aucun passage choisi.";
  told.classList.toggle("ready", chosen);
}

// One more word, or the next one: what is selected is always seen.
function step(forward, extending) {
  const way = forward ? "forward" : "backward";
  if (!selection.rangeCount || !text.contains(selection.focusNode)) {
    selection.collapse(text, forward ? 0 : text.childNodes.length);
  } else if (!extending && !selection.isCollapsed) {
    forward ? selection.collapseToEnd() : selection.collapseToStart();
  }
  selection.modify("extend", way, "word");
  const from = [selection.anchorNode, selection.focusNode];
  if (!from.every((node) => text.contains(node))) {
    selection.extend(text, forward ? text.childNodes.length : 0);
  }
}

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = event.target.closest("input, textarea, select");
  if (typing) return;
  if (event.target === text && (event.key === "ArrowRight" || event.key === "ArrowLeft")) {
    event.preventDefault();
    step(event.key === "ArrowRight", event.shiftKey);
    return;
  }
  const button = giving.querySelector(`button[data-letter="${CSS.escape(event.key.toLowerCase())}"]`);
  if (button && giving.elements.end.value) {
    event.preventDefault();
    giving.requestSubmit(button);
  }
}

if (text && giving) {
  document.addEventListener("selectionchange", noted);
  document.addEventListener("keydown", pressed);
  giving.addEventListener("submit", (event) => {
    if (giving.elements.end.value) return;
    event.preventDefault();
    text.focus();
  });
  if (location.hash === "#texte") text.focus();
}
