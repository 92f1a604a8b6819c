// Shows a notification in the declarative form (https://www.w3.org/TR/push-api/, "declarative push
// message") and reports what came and what the browser then holds.
self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('push', (event) => event.waitUntil(show(event.data.text())));

async function show(text) {
  const report = { text, shown: [] };
  try {
    const { notification } = JSON.parse(text);
    const { title, navigate, ...options } = notification;
    await self.registration.showNotification(title, options);
    for (const n of await self.registration.getNotifications()) {
      report.shown.push({ title: n.title, body: n.body, lang: n.lang, tag: n.tag });
    }
  } catch (error) {
    report.error = String(error);
  }
  await fetch('/shown', { method: 'POST', body: JSON.stringify(report) });
}
