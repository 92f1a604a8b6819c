// Passkeys. A form with data-touch="PURPOSE" asks for one before it is sent; data-passkey="get" signs in
// with one and data-passkey="create" makes one, with the options of data-options. The answer goes with the
// form as its field "touch".

const bytes = (text) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

// read makes options of their JSON form; PublicKeyCredential.parse…FromJSON is not in every browser yet.
function read(options) {
  const key = (k) => ({ ...k, id: bytes(k.id) });
  return {
    ...options,
    challenge: bytes(options.challenge),
    ...(options.user && { user: key(options.user) }),
    ...(options.allowCredentials && { allowCredentials: options.allowCredentials.map(key) }),
    ...(options.excludeCredentials && { excludeCredentials: options.excludeCredentials.map(key) }),
  };
}

// write makes the JSON form of a credential.
function write(c) {
  const r = c.response;
  const response = { clientDataJSON: text(r.clientDataJSON) };
  for (const part of ['attestationObject', 'authenticatorData', 'signature', 'userHandle']) {
    if (r[part]) response[part] = text(r[part]);
  }
  if (r.getTransports) response.transports = r.getTransports();
  return { id: c.id, rawId: text(c.rawId), type: c.type, response, clientExtensionResults: c.getClientExtensionResults() };
}

async function ask(url, body) {
  const answer = await fetch(url, { method: 'POST', body: new URLSearchParams(body), headers: { Accept: 'application/json' } });
  if (answer.status === 204) return null;
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.text);
  return said;
}

function add(form, name, value) {
  let input = form.querySelector(`input[type=hidden][name="${name}"]`);
  if (!input) {
    input = Object.assign(document.createElement('input'), { type: 'hidden', name });
    form.append(input);
  }
  input.value = value;
}

function complain(form, sentence) {
  let said = form.querySelector('.passkey-said');
  if (!said) {
    said = Object.assign(document.createElement('p'), { className: 'errors passkey-said', tabIndex: -1 });
    said.setAttribute('role', 'alert');
    form.prepend(said);
  }
  said.textContent = sentence;
  said.focus();
}

const reasons = {
  NotAllowedError: 'The passkey was not used: it was cancelled, it took too long, or this device has none for this console.',
  InvalidStateError: 'This device has a passkey for you already.',
  SecurityError: 'Passkeys do not work at this address. Open the console by its own name.',
};

async function prove(form, submitter) {
  const { touch, passkey, options } = form.dataset;
  const question = touch ? await ask('/console/touch', { purpose: touch }) : await ask(options, {});
  if (question) {
    const publicKey = read(question.options);
    const credential = await (passkey === 'create' ? navigator.credentials.create({ publicKey }) : navigator.credentials.get({ publicKey }));
    add(form, 'touch', JSON.stringify({ state: question.state, credential: write(credential) }));
  }
  if (submitter?.name) add(form, submitter.name, submitter.value);
  form.submit(); // sends no second submit event
}

document.addEventListener('submit', (event) => {
  const form = event.target;
  if (event.defaultPrevented || !(form.dataset.touch || form.dataset.passkey)) return;
  event.preventDefault();
  if (form.dataset.proving) return;
  form.dataset.proving = 'yes';
  prove(form, event.submitter)
    .catch((e) => complain(form, reasons[e.name] ?? e.message))
    .finally(() => delete form.dataset.proving);
});

// What needs passkeys shows itself where the browser has them.
for (const e of document.querySelectorAll('[data-needs=passkeys]')) e.hidden = !window.PublicKeyCredential;
