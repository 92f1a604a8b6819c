// Warns before the session ends, and prolongs it when asked. What is typed stays in the page; when the
// session is over, sending it leads to the sign-in page, which keeps it and goes on.

const warnBefore = 300; // seconds

const clock = (at) => new Date(at).toLocaleTimeString([], { hour: 'numeric', minute: '2-digit' });

function bar() {
  const p = document.createElement('div');
  p.className = 'idle';
  p.setAttribute('role', 'alert');
  document.querySelector('main').before(p);
  return p;
}

function watch(seconds, final) {
  const ends = Date.now() + seconds * 1000;
  let shown = null;
  const look = () => {
    const left = (ends - Date.now()) / 1000; // a laptop that slept finds the true time
    if (left > warnBefore) return setTimeout(look, Math.min(left - warnBefore, 60) * 1000);
    shown ??= bar();
    if (left <= 0) {
      shown.textContent = `Your session ended at ${clock(ends)}. What you typed stays here: when you go on, you sign in and come back.`;
      return undefined;
    }
    if (!shown.textContent) warn(shown, ends, final);
    return setTimeout(look, Math.max(left, 0.2) * 1000);
  };
  look();
}

function warn(shown, ends, final) {
  const text = document.createElement('span');
  text.textContent = final
    ? `At ${clock(ends)} you must sign in again. What you typed is kept.`
    : `You will be signed out at ${clock(ends)}. What you typed is kept.`;
  shown.append(text);
  if (final) return;
  const button = Object.assign(document.createElement('button'), { type: 'button', textContent: 'Stay signed in' });
  button.addEventListener('click', async () => {
    const answer = await fetch('/console/stay', { method: 'POST', headers: { Accept: 'application/json' } }).catch(() => null);
    if (!answer?.ok) {
      text.textContent = 'That did not work. What you typed stays here; go on and sign in when asked.';
      return;
    }
    const next = await answer.json();
    shown.remove();
    document.querySelector('main').focus();
    watch(next.ends, next.final);
  });
  shown.append(button);
}

const { ends, final } = document.body.dataset;
if (ends) watch(Number(ends), final !== undefined);
