// Reads the body of a response as an event stream (WHATWG HTML, section 9.2.6), for requests that an EventSource cannot make, such as a POST.
// Gives { type, data } for each event. It does not reconnect; to leave the loop cancels the request.
export async function* readEvents(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  let type = "";
  let data = [];
  try {
    for (let { value, done } = await reader.read(); !done; { value, done } = await reader.read()) {
      // A CR at the end may be the first half of a CRLF.
      const lines = (rest + value).split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop();
      for (const line of lines) {
        if (line === "") {
          if (data.length > 0) yield { type: type || "message", data: data.join("\n") };
          [type, data] = ["", []];
          continue;
        }

        const [, name, text] = /^([^:]*)(?:: ?(.*))?$/s.exec(line);
        if (name === "data") data.push(text ?? "");
        else if (name === "event") type = text ?? "";
      }
    }
  } finally {
    await reader.cancel();
  }
}
