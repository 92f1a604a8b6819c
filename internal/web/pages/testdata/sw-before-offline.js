// Shows what is pushed. The message is Declarative Web Push JSON: browsers that know it show it by
// themselves, the others by this worker. A push that shows nothing may cost the permission, so every one
// shows something.

const fallback = {
  title: '911 alert / Aviso del 911',
  body: 'Open to read it. / Abra para leerlo.',
  navigate: '/',
  lang: 'en',
};

function read(data) {
  try {
    const message = data.json();
    if (message.web_push === 8030 && message.notification?.title) return message.notification;
  } catch {
    // not JSON: the fallback is shown
  }
  return fallback;
}

self.addEventListener('push', (event) => {
  const { title, navigate, ...options } = read(event.data);
  if (options.renotify && !options.tag) delete options.renotify; // it would throw
  event.waitUntil(
    self.registration
      .showNotification(title, { ...options, data: { ...options.data, navigate } })
      .catch(() => self.registration.showNotification(title, { body: options.body, data: { navigate } })),
  );
});

// target is where a tap leads: to a page of ours and nowhere else.
function target(navigate) {
  const url = new URL(navigate || '/', self.location.origin);
  return url.origin === self.location.origin ? url.href : self.location.origin + '/';
}

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(self.clients.openWindow(target(event.notification.data?.navigate)));
});

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
