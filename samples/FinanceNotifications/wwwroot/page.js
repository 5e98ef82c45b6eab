const state = document.querySelector("#state");
const categories = document.querySelector("#categories");
const notifications = document.querySelector("#notifications");

const words = {
  "sync.progressed": e => `${e.account}: ${e.percent} %`,
  "sync.completed": e => `${e.account}: ${e.transactions} transactions`,
  "provider.health": e => `${e.provider} is ${e.health}`,
  "import.progressed": e => `${e.file}: ${e.rows} of ${e.total} rows`,
  "portfolio.revalued": e => `${e.portfolio} is worth ${e.value}`,
  "security.new-device": e => `a sign-in on a new device: ${e.device}`,
};

const catalog = await (await fetch("/events/catalog")).json();
for (const { name, count } of catalog.categories) {
  const label = document.createElement("label");
  const box = Object.assign(document.createElement("input"), { type: "checkbox", value: name });
  label.append(box, ` ${name} (${count})`);
  categories.append(label);
}

let source;
let lastEventId = "";

document.querySelector("#sign-in").addEventListener("submit", async e => {
  e.preventDefault();
  await fetch("/sign-in?" + new URLSearchParams(new FormData(e.target)), { method: "POST" });
  categories.disabled = false;
  lastEventId = "";
  notifications.replaceChildren();
  listen();
});

categories.addEventListener("change", listen);

document.querySelector("#actions").addEventListener("click", e => {
  if (e.target.dataset.post)
    fetch(e.target.dataset.post, { method: "POST" });
});

// Another filter is another stream, which goes on where the last one was.
function listen() {
  const query = new URLSearchParams([...categories.querySelectorAll(":checked")].map(box => ["category", box.value]));
  if (lastEventId)
    query.set("lastEventId", lastEventId);
  source?.close();
  source = new EventSource(`/me/events?${query}`);
  source.addEventListener("open", () => { state.textContent = "Connected."; });
  source.addEventListener("error", () => { state.textContent = "Not connected."; });
  source.addEventListener("gap", () => { state.textContent = "Something was missed."; });
  for (const { type } of catalog.events)
    source.addEventListener(type, show);
}

function show(e) {
  lastEventId = e.lastEventId;
  const data = JSON.parse(e.data);
  const row = document.createElement("li");
  const time = Object.assign(document.createElement("time"), { dateTime: data.occurredAt, textContent: new Date(data.occurredAt).toLocaleTimeString() });
  const type = Object.assign(document.createElement("span"), { className: "type", textContent: e.type });
  row.append(time, type, words[e.type](data));
  notifications.prepend(row);
}
