const state = document.querySelector("#state");
const notices = document.querySelector("#notices");
let sources = [];

document.querySelector("#sign-in").addEventListener("submit", async e => {
  e.preventDefault();
  await fetch("/sign-in?" + new URLSearchParams(new FormData(e.target)), { method: "POST" });
  sources.forEach(source => source.close());
  sources = ["/me/events", "/team/events"].map(listen);
});

document.querySelector("#send").addEventListener("submit", async e => {
  e.preventDefault();
  const { to, text } = Object.fromEntries(new FormData(e.target));
  await fetch(to, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ text }) });
});

function listen(url) {
  const source = new EventSource(url);
  source.addEventListener("open", () => { state.textContent = "Connected."; });
  source.addEventListener("error", () => { state.textContent = "Not connected."; });
  source.addEventListener("Notice", e => show(JSON.parse(e.data).text));
  source.addEventListener("gap", e => show(`Something was missed: ${JSON.parse(e.data).reason}`));
  return source;
}

function show(text) {
  const item = document.createElement("li");
  item.textContent = text;
  notices.append(item);
}
