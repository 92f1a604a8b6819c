// live.js keeps the figures of the live page up to date by server-sent events, and says when they stopped.
// Without it the page loads itself anew.

const live = document.getElementById("live");
if (live) follow(live, document.getElementById("stale"));

function follow(live, stale) {
  const patience = Number(live.dataset.patience);
  const policy = window.trustedTypes
    ? trustedTypes.createPolicy("swap", { createHTML: (html) => html })
    : { createHTML: (html) => html };
  const ahead = Date.parse(live.dataset.now) - Date.now(); // of the server's clock before ours
  const clock = new Intl.DateTimeFormat("en-US", { timeStyle: "medium" });
  let heard = Date.now();
  let opened;
  let source;

  const open = () => {
    source?.close();
    opened = Date.now();
    source = new EventSource(live.dataset.stream);
    source.addEventListener("figures", (event) => {
      swap(live, policy.createHTML(event.data));
      alive();
    });
    source.addEventListener("beat", (event) => (event.data === event.lastEventId ? alive() : open()));
  };
  const alive = () => {
    heard = Date.now();
    if (!stale.hidden) stale.hidden = true;
  };
  // A connection that is cut may report no error: only silence tells. Silence also opens it anew.
  const watch = () => {
    const silent = Date.now() - heard;
    if (silent >= patience && stale.hidden) {
      const link = document.createElement("a");
      link.href = location.href;
      link.textContent = "Refresh";
      stale.replaceChildren(`Figures stopped at ${clock.format(heard + ahead)}. Sending continues on the server. `, link);
      stale.hidden = false;
    }
    if (silent >= patience && Date.now() - opened >= patience) open();
    countDown(live, ahead);
  };
  open();
  countDown(live, ahead);
  setInterval(watch, Math.min(1000, patience / 4));
}

// swap replaces the sections that differ; what was opened stays open, and the focus stays where it is.
function swap(live, html) {
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  const next = [...fresh.content.children];
  const opened = new Set([...live.querySelectorAll("details[open]")].map((d) => d.id));
  for (const old of [...live.children]) {
    if (!next.some((n) => n.id === old.id)) old.remove();
  }
  next.forEach((n, i) => {
    for (const d of n.querySelectorAll("details")) d.open = opened.has(d.id);
    const old = live.querySelector(`:scope > #${CSS.escape(n.id)}`);
    if (old && same(old, n)) return;
    const focus = old?.contains(document.activeElement) ? path(old, document.activeElement) : null;
    if (old) old.replaceWith(n);
    else live.insertBefore(n, live.children[i] ?? null);
    if (focus) at(n, focus)?.focus({ preventScroll: true });
  });
}

// same compares two sections without what the script itself writes into them.
function same(a, b) {
  const plain = (x) => {
    const copy = x.cloneNode(true);
    for (const left of copy.querySelectorAll("[data-left]")) left.textContent = "";
    return copy.innerHTML;
  };
  return plain(a) === plain(b);
}

// path says where an element stands in a section, and at finds what stands there in another.
function path(root, element) {
  const steps = [];
  for (let x = element; x !== root; x = x.parentElement) steps.unshift([...x.parentElement.children].indexOf(x));
  return steps;
}
function at(root, steps) {
  return steps.reduce((x, i) => x?.children[i], root);
}

function countDown(live, ahead) {
  const due = live.querySelector("time[data-due]");
  const left = live.querySelector("[data-left]");
  if (!due || !left) return;
  const s = Math.round((Date.parse(due.dateTime) - Date.now() - ahead) / 1000);
  const text = `${Math.floor(Math.abs(s) / 60)}:${String(Math.abs(s) % 60).padStart(2, "0")}`;
  const said = s >= 0 ? `, in ${text}` : `, ${text} ago`;
  if (left.textContent !== said) left.textContent = said;
}
