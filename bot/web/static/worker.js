// Keeps the shell of the page on the phone: style, script, « Pas de réseau ». Never a conversation.
const version = new URL(location.href).searchParams.get("v");
const SHELL = "parole-shell-" + version;
const LEFT = "parole-parti";
const OFFLINE = "/hors-ligne";
const NAMES = ["parole.css", "parole.js", "thread.js", "waiting.js", "voice.js", "leave.js", "offline.js"];
const FILES = NAMES.map((name) => `/static/${version}/${name}`);

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const shell = await caches.open(SHELL);
    await shell.addAll([...FILES, OFFLINE]);
    await self.skipWaiting();
  })());
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys())
      if (name.startsWith("parole-shell-") && name !== SHELL) await caches.delete(name);
    await self.clients.claim();
  })());
});

const offline = async () => (await caches.match(OFFLINE)) || Response.error();

const open = async (request) => {
  try {
    if (await caches.has(LEFT)) { // somebody left this page without network: forget them first
      await fetch("/quitter", { redirect: "manual" });
      await caches.delete(LEFT);
    }
    return await fetch(request);
  } catch {
    return offline();
  }
};

self.addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (origin !== location.origin) return;
  if (event.request.mode === "navigate") {
    if (pathname !== "/quitter" && !/^\/(api|equipe)(\/|$)/.test(pathname)) event.respondWith(open(event.request));
  } else if (FILES.includes(pathname)) {
    event.respondWith(caches.match(event.request).then((kept) => kept || fetch(event.request)));
  }
});
