// Shows what the device keeps: numbers, each a link that dials, and when they were saved.

import { load } from './device.js';

const box = document.getElementById('kept');

function add(parent, name, text) {
  const e = parent.appendChild(document.createElement(name));
  if (text) e.textContent = text;
  return e;
}

// dial is a link that dials.
function dial(local, name) {
  const a = document.createElement('a');
  a.href = `tel:+1${local.replaceAll('-', '')}`;
  a.className = name;
  a.textContent = local;
  return a;
}

// linked adds a sentence, with the telephone numbers in it as links.
function linked(parent, text) {
  const p = add(parent, 'p');
  for (const part of text.split(/(\b\d{3}-\d{3}-\d{4}\b)/)) p.append(/^\d{3}-\d{3}-\d{4}$/.test(part) ? dial(part, 'whole') : part);
}

function place(kept) {
  const section = add(box, 'section');
  section.className = 'place';
  add(section, 'h2', `${kept.name} (${kept.zip})`);
  if (kept.title) add(section, 'h3', kept.title);
  const list = add(section, 'ul');
  list.className = 'numbers';
  for (const n of kept.numbers) {
    const item = add(list, 'li');
    item.append(dial(n.local, 'call'));
    const what = add(item, 'span');
    what.className = 'what';
    if (n.label) add(what, 'b', n.label);
  }
  if (kept.text) linked(section, kept.text);
  for (const way of kept.ways) add(section, 'p', way);
}

function alert(last) {
  const section = add(box, 'section');
  section.className = 'notice';
  section.lang = last.lang;
  add(section, 'h2', last.title);
  linked(section, last.body);
  // Of the United States: elsewhere Spanish counts to 24.
  add(section, 'p', new Date(last.at).toLocaleString(`${document.documentElement.lang}-US`, { dateStyle: 'long', timeStyle: 'short' }));
}

async function showKept() {
  const [numbers, last] = await Promise.all([load('numbers'), load('last')]);
  const show = (id) => (document.getElementById(id).hidden = false);
  // An alert that is newer than the numbers comes first; of an older one they know.
  const newer = last?.body && !(Date.parse(numbers?.at) >= last.at);
  if (newer) alert(last);
  if (!numbers?.places?.length) return newer ? undefined : show('nothing');
  document.getElementById('saved-at').textContent = numbers.as_of;
  show('saved');
  numbers.places.forEach(place);
}

showKept().catch(() => (document.getElementById('nothing').hidden = false));
