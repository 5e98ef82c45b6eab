// An event stream that lasts: after a broken connection the browser comes back by itself with the last id it was sent. Only where it has given up (any
// answer but a 200) is a new EventSource made, after a pause that grows, with the last id that was seen.

const longestPause = 30_000;

const gapTexts = {
  trimmed: "the server no longer has what came while this page was away",
  lost: "the server has lost events that this page had reached, as after a restart without a stored log",
  unknown: "the server’s history is not the one that this page was reading",
};

/**
 * Opens a stream.
 *   url       with what a first connection begins with, such as ?last=100
 *   types     { type: (payload, id) => … }: what to do with each event
 *   onState   "connecting", "live" or "reconnecting"
 *   onGap     told, as a text, that events may be missing
 */
export function openStream(url, types, { onState, onGap }) {
  let lastId = "";
  let attempt = 0;

  function connect() {
    const address = new URL(url, document.baseURI);
    if (lastId !== "") address.searchParams.set("lastEventId", lastId);
    const source = new EventSource(address);
    source.onopen = () => {
      attempt = 0;
      onState("live");
    };
    source.onerror = () => {
      onState("reconnecting");
      if (source.readyState !== EventSource.CLOSED) return;
      const pause = Math.random() * Math.min(longestPause, 1_000 * 2 ** attempt++);
      setTimeout(connect, pause);
    };
    const listen = (type, handle) =>
      source.addEventListener(type, (event) => {
        lastId = event.lastEventId;
        handle(JSON.parse(event.data), event.lastEventId);
      });
    for (const [type, handle] of Object.entries(types)) listen(type, handle);
    listen("gap", (gap) => onGap(gapTexts[gap.reason] ?? "events may be missing"));
  }

  onState("connecting");
  connect();
}
