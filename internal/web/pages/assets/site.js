// On every page: keeps the numbers on this device fresh, and says when a page is old. Pages work without.

import { load, refresh, register, remember, supported, sync } from './device.js';

const old = document.querySelector('[data-made]');
const oldAfter = 10 * 60 * 1000;
function age() {
  if (Date.now() - Date.parse(old.dataset.made) > oldAfter) old.hidden = false;
}
if (old) {
  age();
  setInterval(age, 60 * 1000);
}

// A host of plain files cannot answer the form: its answers have addresses of their own.
const asked = new URLSearchParams(location.search).get('zip');
const answered = document.querySelector('[data-zip]');
if (/^\d{5}$/.test(asked ?? '') && !answered && document.querySelector('[data-page=home]')) {
  location.replace(`/${document.documentElement.lang}/zip/${asked}`);
}

async function visit() {
  if (answered) {
    await register();
    await remember([answered.dataset.zip]);
  }
  if (!(await load('device'))) return;
  await Promise.allSettled([refresh(), sync()]);
}

if (supported) visit().catch(() => {}); // a device that keeps nothing still shows every page
