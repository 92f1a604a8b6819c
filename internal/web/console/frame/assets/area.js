// The map mirrors the boxes of the list, which are the control: a press on the map presses a box, and the
// sentence about whom the areas hold follows the boxes.

const form = document.querySelector('form[data-areas]');

function boxes(id) {
  return [...form.querySelectorAll('input[name=area]')].filter((box) => box.value === id);
}

function ticked() {
  return [...new Set([...form.querySelectorAll('input[name=area]:checked')].map((box) => box.value))];
}

// mirror paints the shape of a box.
function mirror(box) {
  for (const shape of form.querySelectorAll('path[data-area]')) {
    if (shape.dataset.area === box.value) shape.setAttribute('class', box.checked ? 'all' : 'none');
  }
}

// An address holds about this many areas; beyond, the sentence waits for the next page.
const most = 300;
let asked = 0;

async function reach() {
  const chosen = ticked();
  if (chosen.length > most) return;
  const turn = ++asked;
  const query = new URLSearchParams(chosen.map((id) => ['area', id]));
  const answer = await fetch(`${form.dataset.reach}?${query}`, { headers: { Accept: 'application/json' } });
  if (!answer.ok) return;
  const { text } = await answer.json();
  if (turn === asked) form.querySelector('.reach').textContent = text;
}

if (form) {
  form.addEventListener('change', (event) => {
    if (event.target.name !== 'area') return;
    mirror(event.target);
    reach().catch(() => {}); // the next page says it
  });
  form.addEventListener('click', (event) => {
    const id = event.target.closest?.('path[data-area]')?.dataset.area;
    const [box] = id ? boxes(id) : [];
    if (!box) return;
    box.checked = !box.checked;
    box.dispatchEvent(new Event('change', { bubbles: true }));
  });
}
