// Turns alerts on and off for this device. The page works without it: e-mail needs no script.

const panel = document.getElementById('device');
const said = document.getElementById('push-said');
const form = document.getElementById('signup');

// The page allows scripts to load from this one address only, by the policy "sw".
const workerURL = '/sw.js';
const policy = globalThis.trustedTypes?.createPolicy('sw', {
  createScriptURL(url) {
    if (url !== workerURL) throw new TypeError('not the worker');
    return url;
  },
});

// show leaves one state of the panel in sight.
function show(state) {
  for (const e of panel.querySelectorAll('[data-state]')) e.hidden = e.dataset.state !== state;
}

const supported = 'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window;
const apple = /iPad|iPhone|iPod/.test(navigator.userAgent) || (navigator.platform === 'MacIntel' && navigator.maxTouchPoints > 1);
const installed = navigator.standalone === true || matchMedia('(display-mode: standalone)').matches;

async function registration() {
  return navigator.serviceWorker.register(policy ? policy.createScriptURL(workerURL) : workerURL);
}

async function look() {
  if (!supported) return show(apple && !installed ? 'install' : 'unsupported');
  if (Notification.permission === 'denied') return show('denied');
  const worker = await navigator.serviceWorker.getRegistration();
  const subscription = await worker?.pushManager.getSubscription();
  show(subscription && Notification.permission === 'granted' ? 'on' : 'off');
}

// keyBytes reads base64url without padding.
function keyBytes(text) {
  const raw = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(raw, (c) => c.charCodeAt(0));
}

async function turnOn() {
  said.textContent = '';
  const fields = new FormData(form);
  if (await Notification.requestPermission() !== 'granted') return look();
  const worker = await registration();
  await navigator.serviceWorker.ready;
  const subscription = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: keyBytes(panel.dataset.key) });
  const answer = await fetch('/subscribe/push?lang=' + panel.dataset.lang, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      subscription: subscription.toJSON(), places: fields.get('places'), language: fields.get('language'), tests: fields.has('tests'),
    }),
  });
  if (answer.ok) return look();
  await subscription.unsubscribe();
  const { faults } = await answer.json();
  show('off');
  said.textContent = faults.map((f) => f.text).join(' ');
  document.getElementById(faults[0].field)?.focus();
}

async function turnOff() {
  const worker = await navigator.serviceWorker.getRegistration();
  const subscription = await worker?.pushManager.getSubscription();
  await subscription?.unsubscribe(); // the push service says "gone" to our next message, and we forget the device
  await look();
}

function button(id, act) {
  const b = document.getElementById(id);
  b.addEventListener('click', async () => {
    b.disabled = true;
    try {
      await act();
    } catch {
      show('off');
      said.textContent = panel.querySelector('[data-state=failed]').textContent;
    } finally {
      b.disabled = false;
    }
  });
}

button('push-on', turnOn);
button('push-off', turnOff);
look().catch(() => show('unsupported'));
