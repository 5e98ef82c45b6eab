// The library is a parser: connecting, and connecting again, is left to its user.
import { setTimeout } from "node:timers/promises";
import { createParser } from "eventsource-parser";
import { report } from "./report.mjs";

let lastEventId = "";
let delay = 3000;
const parser = createParser({
  onEvent({ event, data, id }) {
    if (id !== undefined) lastEventId = id;
    report({ type: event ?? "message", data, id });
  },
  onRetry(milliseconds) {
    delay = milliseconds;
  },
});

for (;;) {
  try {
    const response = await fetch(process.argv[2], { headers: lastEventId ? { "Last-Event-ID": lastEventId } : {} });
    parser.reset();
    for await (const text of response.body.pipeThrough(new TextDecoderStream())) parser.feed(text);
  } catch (error) {
    console.error("error", error.message);
  }
  await setTimeout(delay);
}
