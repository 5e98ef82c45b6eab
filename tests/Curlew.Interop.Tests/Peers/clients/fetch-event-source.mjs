import { report } from "./report.mjs";

// The library is made for browsers. Elsewhere it needs these two.
globalThis.window = globalThis;
globalThis.document = new EventTarget();
const { fetchEventSource } = await import("@microsoft/fetch-event-source");

await fetchEventSource(process.argv[2], {
  openWhenHidden: true,
  onmessage: ({ event, data, id }) => report({ type: event, data, id }),
  // A stream that ended properly is over for this library, unless this throws.
  onclose() {
    if (process.argv[3] !== "stop-at-end") throw new Error("the stream has ended");
  },
  onerror: (error) => console.error("error", error.message),
});
console.log("over");
