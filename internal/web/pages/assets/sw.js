// The service worker. It shows what is pushed, and pages when there is no network. Before this text stands
// "const shell = …": what it keeps for that, under a name that changes with it.

// What the device keeps for itself has one name for all versions: see device.js.
const deviceStore = 'callbox-device';

const fallback = {
  title: '911 alert / Aviso del 911',
  body: 'Open to read it. / Abra para leerlo.',
  navigate: '/',
  lang: 'en',
};

async function load(name) {
  return (await (await caches.open(deviceStore)).match('/' + name))?.json();
}

async function save(name, value) {
  await (await caches.open(deviceStore)).put('/' + name, new Response(JSON.stringify(value)));
}

// The message is Declarative Web Push JSON: browsers that know it show it by themselves, the others by this
// worker. A push that shows nothing may cost the permission, so every one shows something.
function read(data) {
  try {
    const message = data.json();
    if (message.web_push === 8030 && message.notification?.title) return message.notification;
  } catch {
    // not JSON: the fallback is shown
  }
  return fallback;
}

async function display({ title, navigate, ...options }) {
  if (options.renotify && !options.tag) delete options.renotify; // it would throw
  const data = { ...options.data, navigate };
  const icon = shell.files.find((f) => f.endsWith('/icon.svg'));
  try {
    await self.registration.showNotification(title, { icon, ...options, data });
  } catch {
    await self.registration.showNotification(title, { body: options.body, data });
  }
}

// latest is what to show for a push: itself, or what the device has already of a later bulletin of the
// outage. Push services promise no order, and old numbers must not take the place of new ones.
async function latest(notification) {
  const last = await load('last').catch(() => undefined);
  const overtaken = last?.shown?.data?.outage && last.shown.data.outage === notification.data?.outage &&
    last.shown.data.seq > notification.data.seq;
  return overtaken ? { ...last.shown, renotify: false, silent: true } : notification;
}

async function show(pushed) {
  const notification = await latest(pushed);
  await display(notification);
  await keep(notification).catch(() => {}); // it is on the screen
}

// keep puts an alert where the offline page finds it, and the numbers as they are now. The alert has
// numbers in its text: it counts even when the site cannot be reached.
async function keep(shown) {
  const { title, body, lang, timestamp, data } = shown;
  if (body !== fallback.body) await save('last', { title, body, lang, at: timestamp ?? Date.now(), mode: data?.mode, shown });
  await refresh();
}

async function refresh() {
  const device = await load('device');
  if (!device?.zips?.length) return;
  const answer = await fetch(`/${device.lang}/numbers?zip=${device.zips.join('+')}`);
  if (answer.ok) await save('numbers', await answer.json());
}

self.addEventListener('push', (event) => {
  event.waitUntil(show(read(event.data)));
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

// Browsers change a subscription when they like. The site knows the device by its former one.
self.addEventListener('pushsubscriptionchange', (event) => event.waitUntil(renew(event)));

async function renew(event) {
  const device = await load('device');
  const was = event.oldSubscription?.endpoint ?? device?.endpoint;
  const options = event.oldSubscription?.options ?? { userVisibleOnly: true, applicationServerKey: device?.key };
  const now = event.newSubscription ?? (await self.registration.pushManager.subscribe(options));
  const answer = await fetch('/subscribe/push/sync', {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ old: was ?? '', subscription: now.toJSON() }),
  });
  if (answer.ok && device) await save('device', { ...device, endpoint: now.endpoint });
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== self.location.origin) return;
  if (request.mode === 'navigate') event.respondWith(page(request, pathname));
  else if (pathname.startsWith('/assets/')) event.respondWith(caches.match(request).then((kept) => kept ?? fetch(request)));
});

// page asks the network, always. Without one it shows the offline page in the language of the address,
// else of the device.
async function page(request, pathname) {
  try {
    return await fetch(request);
  } catch (error) {
    const wishes = [pathname.split('/')[1], (await load('device'))?.lang, shell.langs[0]];
    const lang = wishes.find((l) => shell.langs.includes(l));
    const kept = await (await caches.open(shell.name)).match(`/${lang}/offline`);
    if (!kept) throw error;
    return kept;
  }
}

async function install() {
  await (await caches.open(shell.name)).addAll(shell.files.map((f) => new Request(f, { cache: 'no-cache' })));
  await self.skipWaiting();
}

async function activate() {
  const old = (await caches.keys()).filter((name) => name.startsWith('callbox-shell-') && name !== shell.name);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
}

self.addEventListener('install', (event) => event.waitUntil(install()));
self.addEventListener('activate', (event) => event.waitUntil(activate()));
