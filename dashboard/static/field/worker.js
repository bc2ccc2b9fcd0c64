// The service worker: keeps the shell, its files and words on the phone, and nothing else. What is asked of the server by name
// (`/field/me`, the doors) always goes to the network. `VERSION` and `FILES` stand above, written by the server.
const CACHE = `field-${VERSION}`;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE)
    .then((cache) => cache.addAll(FILES.map((path) => new Request(path, { cache: "no-cache", credentials: "omit" }))))
    .then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name.startsWith("field-") && name !== CACHE) await caches.delete(name);
    await self.clients.claim();
  })());
});

self.addEventListener("fetch", (event) => {
  const { pathname } = new URL(event.request.url);
  if (event.request.method !== "GET" || !FILES.includes(pathname)) return;
  event.respondWith(caches.open(CACHE)
    .then((cache) => cache.match(pathname, { ignoreVary: true }))
    .then((kept) => kept ?? fetch(event.request)));
});
