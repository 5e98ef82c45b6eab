import { createEventBuffer, createSession } from "better-sse";
import { serve } from "./script.mjs";

// The data is a text already; by default it would be written as JSON.
const serializer = (data) => data;

serve(async ({ request, response, batch, isFirst, isCut }) => {
  const session = await createSession(request, response, { serializer, retry: 10 });
  if (request.url === "/as-pushed") {
    session.push("first\nsecond");
    return response.end();
  }

  const buffer = createEventBuffer({ serializer });
  if (isFirst) buffer.comment(" hello").dispatch();
  for (const { id, type, data } of batch) {
    if (type !== undefined) buffer.event(type);
    if (id !== undefined) buffer.id(id);
    // A field is written as "name:value": a space at its start has to be doubled. A line break in it is written as it is.
    for (const line of data.split("\n")) buffer.data(` ${line}`);
    buffer.dispatch();
  }

  if (isCut) buffer.id("never").data("half");
  await session.batch(buffer);
  if (isCut) response.write("", () => response.socket.destroy());
  else response.end();
});
