// What this device keeps for itself, in a cache that its service worker shares: which ZIP codes it asked
// for, its subscription, and the numbers to call.

const storeName = 'callbox-device';

export async function load(name) {
  const kept = await (await caches.open(storeName)).match('/' + name);
  return kept?.json();
}

export async function save(name, value) {
  const store = await caches.open(storeName);
  await store.put('/' + name, new Response(JSON.stringify(value), { headers: { 'Content-Type': 'application/json' } }));
}

export const supported = 'serviceWorker' in navigator && 'caches' in window;

// The page allows scripts to load from this one address only, by the policy "sw".
const workerURL = '/sw.js';
const policy = globalThis.trustedTypes?.createPolicy('sw', {
  createScriptURL(url) {
    if (url !== workerURL) throw new TypeError('not the worker');
    return url;
  },
});

export function register() {
  return navigator.serviceWorker.register(policy ? policy.createScriptURL(workerURL) : workerURL);
}

export async function subscription() {
  const worker = await navigator.serviceWorker.getRegistration();
  return (await worker?.pushManager?.getSubscription()) ?? null;
}

// post sends JSON to the site.
export function post(path, value) {
  return fetch(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(value) });
}

// remember adds ZIP codes to those that the device keeps numbers of: the newest ten.
export async function remember(zips) {
  const device = (await load('device')) ?? {};
  const all = [...zips, ...(device.zips ?? [])];
  device.zips = [...new Set(all)].slice(0, 10);
  device.lang = document.documentElement.lang;
  await save('device', device);
}

// refresh fetches the numbers anew. Without a network those that are kept stay.
export async function refresh() {
  const device = await load('device');
  if (!device?.zips?.length) return;
  const answer = await fetch(`/${device.lang}/numbers?zip=${device.zips.join('+')}`);
  if (answer.ok) await save('numbers', await answer.json());
}

// sync tells the site where this device is reached now: browsers change subscriptions by themselves. It
// returns false when the site does not know the device any more.
export async function sync() {
  const now = await subscription();
  const device = await load('device');
  if (!now || !device?.endpoint) return true;
  const answer = await post('/subscribe/push/sync', { old: device.endpoint, subscription: now.toJSON() });
  if (answer.ok) await save('device', { ...device, endpoint: now.endpoint });
  return answer.status !== 404;
}
