// wake.js registers this browser as a device on which an official is woken.

const form = document.getElementById("device");
if (form && "serviceWorker" in navigator && "PushManager" in window) {
  form.hidden = false;
  document.getElementById("no-push").hidden = true;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    register(form).catch((error) => {
      const said = document.getElementById("no-push");
      said.textContent = `This device could not be added: ${error.message}`;
      said.hidden = false;
    });
  });
}

async function register(form) {
  if ((await Notification.requestPermission()) !== "granted") throw new Error("notifications are not allowed here.");
  const address = "/console/sw.js";
  const script = window.trustedTypes
    ? trustedTypes.createPolicy("sw", { createScriptURL: (url) => { if (url !== address) throw new TypeError("not our worker"); return url; } }).createScriptURL(address)
    : address;
  const registration = await navigator.serviceWorker.register(script, { scope: "/console/" });
  await navigator.serviceWorker.ready;
  const subscription = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: form.dataset.key });
  form.elements.subscription.value = JSON.stringify(subscription);
  form.submit();
}
