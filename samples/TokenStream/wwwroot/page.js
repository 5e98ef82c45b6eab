import { readEvents } from "./event-stream.js";

const [ask, send, stop, answer, state] = ["#ask", "#send", "#stop", "#answer", "#state"].map(id => document.querySelector(id));
let request = null;

ask.addEventListener("submit", async e => {
  e.preventDefault();
  const { prompt, shape, tokens } = Object.fromEntries(new FormData(ask));
  request = new AbortController();
  answer.textContent = "";
  running(true, "Waiting for the answer.");
  try {
    const text = shape === "chat" ? chat : messages;
    for await (const token of text(prompt, Number(tokens))) answer.append(token);
    running(false, "Complete.");
  } catch (error) {
    running(false, error.name === "AbortError" ? "Stopped." : error.message);
  }
});

// The connection ends, and with it the generator on the server.
stop.addEventListener("click", () => request.abort());

async function* chat(prompt, max_tokens) {
  for await (const { data } of post("/v1/chat/completions", prompt, max_tokens)) {
    if (data === "[DONE]") return;
    const { choices, error } = JSON.parse(data);
    if (error) throw new Error(error.message);
    yield choices[0].delta.content ?? "";
  }

  throw new Error("The answer was cut off.");
}

async function* messages(prompt, max_tokens) {
  for await (const { type, data } of post("/v1/messages", prompt, max_tokens)) {
    if (type === "content_block_delta") yield JSON.parse(data).delta.text;
    else if (type === "error") throw new Error(JSON.parse(data).error.message);
    else if (type === "message_stop") return;
  }

  throw new Error("The answer was cut off.");
}

async function* post(url, prompt, max_tokens) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "text/event-stream" },
    body: JSON.stringify({ model: "toy", messages: [{ role: "user", content: prompt }], max_tokens, stream: true }),
    signal: request.signal,
  });
  if (!response.ok) throw new Error(`The server answers ${response.status}.`);
  yield* readEvents(response.body);
}

function running(is, text) {
  // Read out when it is complete, not token by token.
  answer.setAttribute("aria-busy", is);
  state.textContent = text;
  const hadFocus = document.activeElement === send || document.activeElement === stop;
  send.disabled = is;
  stop.disabled = !is;
  if (hadFocus) (is ? stop : send).focus();
}
