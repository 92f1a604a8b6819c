// Turns alerts on and off for this device. The page works without it: e-mail needs no script.

import { load, post, refresh, register, remember, save, subscription, supported, sync } from './device.js';

const panel = document.getElementById('device');
const said = document.getElementById('push-said');
const form = document.getElementById('signup');

// show leaves one state of the panel in sight.
function show(state) {
  panel.dataset.now = state;
  for (const e of panel.querySelectorAll('[data-state]')) e.hidden = e.dataset.state !== state;
}

const pushes = supported && 'PushManager' in window && 'Notification' in window;
const apple = /iPad|iPhone|iPod/.test(navigator.userAgent) || (navigator.platform === 'MacIntel' && navigator.maxTouchPoints > 1);
const installed = navigator.standalone === true || matchMedia('(display-mode: standalone)').matches;

async function look() {
  if (!pushes) return show(apple && !installed ? 'install' : 'unsupported');
  if (Notification.permission === 'denied') return show('denied');
  if (Notification.permission !== 'granted' || !(await subscription())) return show('off');
  show((await sync()) ? 'on' : 'lost');
}

// keyBytes reads base64url without padding.
function keyBytes(text) {
  const raw = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(raw, (c) => c.charCodeAt(0));
}

async function turnOn() {
  const fields = new FormData(form);
  if ((await Notification.requestPermission()) !== 'granted') return look();
  const worker = await register();
  await navigator.serviceWorker.ready;
  const made = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: keyBytes(panel.dataset.key) });
  const answer = await post(`${panel.dataset.join}?lang=${panel.dataset.lang}`, {
    subscription: made.toJSON(), places: fields.get('places'), language: fields.get('language'), tests: fields.has('tests'),
  });
  if (!answer.ok) {
    await made.unsubscribe();
    const { faults } = await answer.json();
    show('off');
    said.textContent = faults.map((f) => f.text).join(' ');
    document.getElementById(faults[0].field)?.focus();
    return;
  }
  await remember(fields.get('places').match(/\d{5}/g) ?? []);
  await save('device', { ...(await load('device')), lang: fields.get('language'), endpoint: made.endpoint, key: panel.dataset.key });
  show('on');
  await refresh().catch(() => {}); // the next visit and the next alert try again
}

async function turnOff() {
  const now = await subscription();
  if (now) await post('/subscribe/push/leave', { subscription: now.toJSON() });
  await now?.unsubscribe();
  const device = await load('device');
  if (device) await save('device', { ...device, endpoint: '' });
  await look();
}

async function test() {
  const now = await subscription();
  const answer = await post(`/subscribe/push/test?lang=${panel.dataset.lang}`, { subscription: now.toJSON() });
  said.textContent = panel.dataset[answer.ok ? 'tested' : answer.status === 429 ? 'testedOut' : 'untested'];
}

// manage opens the page on which this device's places are changed. Whose owner gave a mail address is asked
// for it there.
async function manage() {
  const now = await subscription();
  await post(`/subscribe/push/manage?lang=${panel.dataset.lang}`, { subscription: now.toJSON() });
  location.assign(`/${panel.dataset.lang}/manage`);
}

function button(id, act) {
  for (const b of panel.querySelectorAll(id)) {
    b.addEventListener('click', async () => {
      b.disabled = true;
      said.textContent = '';
      try {
        await act();
      } catch {
        show('failed');
      } finally {
        b.disabled = false;
      }
    });
  }
}

button('.push-on', turnOn);
button('.push-off', turnOff);
button('.push-test', test);
button('.push-manage', manage);

// Browsers on computers and Android offer to install the site when asked from a tap.
const install = document.getElementById('push-install');
addEventListener('beforeinstallprompt', (event) => {
  event.preventDefault();
  install.hidden = false;
  install.onclick = () => event.prompt();
});
addEventListener('appinstalled', () => (install.hidden = true));

look().catch(() => show('unsupported'));
