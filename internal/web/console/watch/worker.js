// The service worker of the officials' console: it shows what wakes an official. It caches nothing.
self.addEventListener("push", (event) => {
  let notice = { title: "Callbox", body: "Something waits for you.", navigate: "/console/" };
  try {
    notice = { ...notice, ...event.data.json().notification };
  } catch {
    // something is shown all the same: a push that shows nothing loses its permission
  }
  event.waitUntil(self.registration.showNotification(notice.title, {
    body: notice.body, tag: notice.tag, renotify: !!notice.tag, requireInteraction: true, data: notice.navigate,
  }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const to = new URL(event.notification.data || "/console/", self.location.origin);
  event.waitUntil(self.clients.openWindow(to.origin === self.location.origin ? to.href : "/console/"));
});
