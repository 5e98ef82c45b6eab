// What every server here plays: four events to a connection, then it is cut within a block, or ends. Whoever has all events gets a 204.
import { readFileSync } from "node:fs";
import http from "node:http";

export const events = JSON.parse(readFileSync(new URL("events.json", import.meta.url), "utf8"));

const next = (lastEventId) => {
  const index = lastEventId ? events.findIndex(({ id }) => id === lastEventId) + 1 : 0;
  return events.slice(index, index + 4);
};

export function serve(answer) {
  let connections = 0;
  const server = http.createServer(async (request, response) => {
    const lastEventId = request.headers["last-event-id"];
    console.log(`request ${lastEventId ?? "none"}`);
    const batch = next(lastEventId);
    if (batch.length === 0) return response.writeHead(204).end();
    const number = ++connections;
    await answer({ request, response, batch, isFirst: number === 1, isCut: number % 2 === 1 });
  });
  server.listen(0, "127.0.0.1", () => console.log(`listening ${server.address().port}`));
  process.stdin.on("end", () => process.exit()).resume();
}
