// Forms: a second press of a button does nothing while the first is on its way, and clocks in the page run.
// The server holds all of this without scripts too: a form is acted upon once, and times are written out.

document.addEventListener('submit', (event) => {
  const form = event.target;
  // A passkey may be refused and asked for again: webauthn.js holds those forms.
  if (!('form' in form.dataset) || form.dataset.touch || form.dataset.passkey || event.defaultPrevented) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = 'yes';
});

// Whoever comes back by the back button may press again.
window.addEventListener('pageshow', () => {
  for (const form of document.querySelectorAll('[data-sent]')) delete form.dataset.sent;
});

// What is wrong with a form takes the focus.
document.getElementById('errors')?.focus();

// clock keeps the text of an element up to date: until a time, or since one.
const clocks = [...document.querySelectorAll('[data-until], [data-since]')];

function say(element, seconds) {
  const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  element.textContent = element.dataset.until ? `It leaves in ${clock}.` : `${clock} ago`;
}

// The clock of this device may be wrong: the page says what time it was when it was made.
const made = Date.parse(document.querySelector('.foot time')?.dateTime ?? '') || Date.now();
const began = Date.now();

function tick() {
  const now = made + (Date.now() - began);
  for (const element of clocks) {
    const until = element.dataset.until;
    const from = Date.parse(until ?? element.dataset.since);
    say(element, Math.max(0, Math.round((until ? from - now : now - from) / 1000)));
    if (until && now > from + 1000) {
      clearInterval(running);
      location.reload(); // it is over, and the page says something else by now
    }
  }
}

const running = clocks.length ? setInterval(tick, 1000) : 0;
tick();
