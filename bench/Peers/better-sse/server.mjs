// better-sse on Node, one process: GET /sub/<topic>,<topic>,…   POST /pub/<topic>, the body being the data.
import http from "node:http";
import { createChannel, createSession } from "better-sse";

const channels = new Map();
const channel = (topic) => {
  if (!channels.has(topic)) channels.set(topic, createChannel());
  return channels.get(topic);
};
// The data is a text already; by default it would be written as JSON.
const serializer = (data) => data;
let sequence = 0;

const server = http.createServer(async (request, response) => {
  const [, operation, topics] = request.url.split("/");
  if (operation === "sub") {
    const session = await createSession(request, response, { serializer, keepAlive: 15_000 });
    for (const topic of topics.split(",")) channel(topic).register(session);
  } else if (operation === "pub") {
    const parts = [];
    for await (const part of request) parts.push(part);
    channels.get(topics)?.broadcast(Buffer.concat(parts).toString(), "message", { eventId: String(++sequence) });
    response.writeHead(202).end();
  } else {
    response.writeHead(204).end();
  }
});
server.keepAliveTimeout = 3_600_000;
server.requestTimeout = 0;
server.listen({ port: Number(process.argv[2]), host: "127.0.0.1", backlog: 65535 });
