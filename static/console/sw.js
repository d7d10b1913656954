// Keeps the console's files of this version, so that the shell opens without a network; shows what is pushed. The API is
// never kept: what people see of conversations is the server's or nothing.

const CACHE = "console-{{version}}";
const FILES = {{precache}};

self.addEventListener("install", (event) => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(CACHE);
      await cache.addAll(["/", ...FILES.filter((path) => /\.(js|css|svg|png)$/.test(path))]);
      await self.skipWaiting();
    })(),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      const names = await caches.keys();
      await Promise.all(names.filter((name) => name.startsWith("console-") && name !== CACHE).map((name) => caches.delete(name)));
      await self.clients.claim();
    })(),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate" && !/^\/(api|ws|webhooks|widget|assets|metrics)(\/|$)/.test(url.pathname)) {
    event.respondWith(fetch(request).catch(async () => (await caches.match("/")) ?? Response.error()));
  } else if (url.pathname.startsWith("{{assets}}/")) {
    event.respondWith(caches.match(request).then((kept) => kept ?? fetch(request)));
  }
});

self.addEventListener("push", (event) => {
  const { title, body, tag, session_id: session } = event.data?.json() ?? {};
  if (!title) return;
  const show = async () => {
    const open = await self.clients.matchAll({ type: "window" });
    // Somebody who looks at the console hears it from the console.
    if (open.some((client) => client.focused)) return;
    await self.registration.showNotification(title, { body, tag, data: { path: session ? `/inbox/${session}` : "/inbox" }, icon: "{{assets}}/console/icons/icon-192.png" });
  };
  event.waitUntil(show());
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const path = event.notification.data?.path ?? "/inbox";
  const open = async () => {
    const [client] = await self.clients.matchAll({ type: "window" });
    if (!client) return self.clients.openWindow(path);
    await client.focus();
    client.postMessage({ type: "open", path });
  };
  event.waitUntil(open());
});
