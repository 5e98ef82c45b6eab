// Node's http, with a byte order mark, CRLF, and pieces so small that they split fields, line ends and characters.
import { serve } from "./script.mjs";

const block = ({ id, type, data }) =>
  [
    ...(id === undefined ? [] : [`id: ${id}`]),
    ...(type === undefined ? [] : [`event: ${type}`]),
    ...data.split("\n").map((line) => `data: ${line}`),
    "",
    "",
  ].join("\r\n");

serve(async ({ response, batch, isFirst, isCut }) => {
  response.writeHead(200, { "Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-store" });
  const text = "\uFEFF" + (isFirst ? ": hello\r\nretry: 10\r\n\r\n" : "") + batch.map(block).join("") + (isCut ? "id: never\r\ndata: half" : "");
  const bytes = Buffer.from(text);
  for (let i = 0; i < bytes.length; i += 3) await new Promise((written) => response.write(bytes.subarray(i, i + 3), written));
  if (isCut) response.socket.destroy();
  else response.end();
});
