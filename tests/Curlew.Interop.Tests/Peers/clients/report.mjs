// A line of JSON on standard output for each event.
export const report = ({ type, data, id }) => console.log(JSON.stringify({ type, data, id }));

export function follow(source) {
  for (const type of ["message", "greeting", "number", "gap"])
    source.addEventListener(type, ({ data, lastEventId }) => report({ type, data, id: lastEventId }));
  source.addEventListener("error", (error) => console.error("error", error.message ?? ""));
}

// Ends with whoever started it. It also keeps the process alive while undici waits: see undici-alone.mjs.
process.stdin.on("end", () => process.exit()).resume();
