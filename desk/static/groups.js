// Groups of look-alikes by keys. Without this script every button is a plain form.
"use strict";

const groups = [...document.querySelectorAll(".group")];

function here() {
  return groups.findIndex((group) => group.contains(document.activeElement)); // -1: none yet
}

function go(to) {
  groups[Math.max(0, Math.min(to, groups.length - 1))]?.querySelector("h2").focus();
}

const acts = {
  j: () => go(here() + 1),
  k: () => go(here() - 1),
  r: () => groups[Math.max(0, here())]?.querySelector("[data-act=join]").click(),
  n: () => groups[Math.max(0, here())]?.querySelector("[data-act=apart]").click(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.target.closest("textarea, select, input:not([type=checkbox], [type=radio])")) return;
  const act = acts[event.key.toLowerCase()];
  if (!act) return;
  event.preventDefault();
  act();
});

try {
  if (localStorage.getItem("touches") === "non") for (const key of Object.keys(acts)) delete acts[key];
} catch {
  // a browser that keeps nothing
}
document.documentElement.dataset.script = "ready";
