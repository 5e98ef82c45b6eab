const [join, chat, say, state, entries] = ["#join", "#chat", "#say", "#state", "#entries"].map(id => document.querySelector(id));
const MAX_ENTRIES = 500;

let me = null;
let source = null;
let retry = 0;

// Who I am and where outlives a reload, in this tab.
const stored = sessionStorage.getItem("chat");
if (stored) enter(JSON.parse(stored));

join.addEventListener("submit", e => {
  e.preventDefault();
  enter(Object.fromEntries(new FormData(join)));
});

say.addEventListener("submit", async e => {
  e.preventDefault();
  const text = say.elements.text.value;
  // What I say comes back on the stream, in the same order as for everybody.
  if (await send("POST", "messages", { name: me.name, text }) && say.elements.text.value === text) say.reset();
});

document.querySelector("#leave").addEventListener("click", async () => {
  clearTimeout(retry);
  source.close();
  await send("DELETE", `people/${encodeURIComponent(me.name)}`);
  sessionStorage.removeItem("chat");
  [me, chat.hidden, join.hidden] = [null, true, false];
  show("left", "Not in a room.");
});

function enter(who) {
  me = who;
  sessionStorage.setItem("chat", JSON.stringify(me));
  document.querySelector("#room").textContent = `Room ${me.room}, as ${me.name}`;
  entries.replaceChildren();
  [chat.hidden, join.hidden] = [false, true];
  say.elements.text.focus();
  listen({ last: 10 });
}

function listen(from) {
  show("connecting", "Connecting…");
  source = new EventSource(`${room()}/events?${new URLSearchParams({ name: me.name, ...from })}`);
  let lastEventId = from.lastEventId;

  // Also after a cut: if it took longer than the server's patience, I have left meanwhile.
  source.addEventListener("open", async () => {
    if (await send("PUT", `people/${encodeURIComponent(me.name)}`)) show("connected", "Connected.");
  });
  source.addEventListener("error", () => {
    show("connecting", "Connection lost. Reconnecting…");
    // The browser comes back by itself after a cut, but not after an answer such as a proxy's 503.
    if (source.readyState === EventSource.CLOSED)
      retry = setTimeout(() => listen(lastEventId ? { lastEventId } : { last: 10 }), 3000);
  });

  on("Message", ({ name, text }) => [bold(name), `: ${text}`]);
  on("Joined", ({ name }) => `${name} has joined.`);
  on("Left", ({ name }) => `${name} has left.`);
  on("gap", () => "Messages may be missing here.");

  function on(type, describe) {
    source.addEventListener(type, e => {
      lastEventId = e.lastEventId;
      const parts = describe(JSON.parse(e.data));
      // An id begins with the time of its event.
      add(new Date(Number(lastEventId.split("-")[0])), [parts].flat(), type === "Message" ? "" : "notice");
    });
  }
}

function add(time, parts, className) {
  const atEnd = entries.scrollTop + entries.clientHeight >= entries.scrollHeight - 8;
  const item = document.createElement("li");
  const clock = document.createElement("time");
  clock.dateTime = time.toISOString();
  clock.textContent = time.toLocaleTimeString([], { timeStyle: "short" });
  const entry = document.createElement("span");
  entry.className = className;
  // append() makes text of strings: whatever somebody says, it is never markup.
  entry.append(...parts);
  item.append(clock, " ", entry);
  entries.append(item);
  if (entries.childElementCount > MAX_ENTRIES) entries.firstElementChild.remove();
  if (atEnd) entries.scrollTop = entries.scrollHeight;
}

function bold(text) {
  const element = document.createElement("b");
  element.textContent = text;
  return element;
}

async function send(method, path, body) {
  try {
    const response = await fetch(`${room()}/${path}`, {
      method,
      headers: body && { "Content-Type": "application/json" },
      body: body && JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`The server answers ${response.status}.`);
    return true;
  } catch (error) {
    show(state.dataset.state, `That did not work. ${error.message}`);
    return false;
  }
}

function room() {
  return `/rooms/${encodeURIComponent(me.room)}`;
}

function show(name, text) {
  state.dataset.state = name;
  state.textContent = text;
}
