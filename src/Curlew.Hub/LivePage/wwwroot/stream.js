// The page's event stream: an EventSource that is made anew when the browser has given up.
//
// A browser reconnects by itself after a broken connection, with the newest id that the hub sent (also the ids of
// keep-alives, which scripts never see) and the delay that the hub asked for. That is better than what a script could
// do, so it is left alone. But after any answer other than a 200 event stream it gives up for good, and then this
// class takes over: back-off with jitter, and the newest id it has seen itself as ?lastEventId=.

const firstDelay = 1_000;
const longestDelay = 30_000;
const answerTimeout = 5_000;

/**
 * The delay before an attempt, in milliseconds: anything up to 1 s, 2 s, 4 s … 30 s. The whole of it is random ("full
 * jitter"), so that the pages that a restart cut off do not come back in waves.
 */
export function backOff(attempt, random = Math.random) {
  return random() * Math.min(longestDelay, firstDelay * 2 ** attempt);
}

/**
 * States, as given to onState:
 *   { name: "connecting" }                       the first attempt for this filter
 *   { name: "live", outage }                     events flow; outage: ms without connection before, or null
 *   { name: "retrying" }                         the browser is reconnecting by itself
 *   { name: "waiting", retryAt, reason }         the next attempt is made at performance time retryAt
 *   { name: "refused", reason }                  no attempt can succeed until the filter is another
 */
export class LiveStream {
  #address;
  #onEvent;
  #onState;
  #source = null;
  #filter = { topics: [], types: [] };
  #backlog = 0;
  #lastId = "";
  #attempt = 0;
  #timer = 0;
  #lostAt = null;

  constructor(address, { onEvent, onState }) {
    this.#address = address;
    this.#onEvent = onEvent;
    this.#onState = onState;
  }

  /** Starts over with a filter: the newest `backlog` events that match it, then what follows. */
  open(filter, backlog) {
    this.#filter = filter;
    this.#backlog = backlog;
    this.#lastId = "";
    this.#attempt = 0;
    this.#lostAt = null;
    this.#onState({ name: "connecting" });
    this.#connect();
  }

  /** Makes the attempt that is being waited for at once. */
  reconnectNow() {
    if (this.#timer !== 0 || this.#source === null) {
      this.#attempt = 0;
      this.#onState({ name: "retrying" });
      this.#connect();
    }
  }

  #connect() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#source?.close();
    const source = new EventSource(this.#url());
    this.#source = source;
    source.onopen = () => {
      const outage = this.#lostAt === null ? null : performance.now() - this.#lostAt;
      this.#attempt = 0;
      this.#lostAt = null;
      this.#onState({ name: "live", outage });
    };
    source.onmessage = (message) => {
      if (message.lastEventId !== "") this.#lastId = message.lastEventId;
      this.#onEvent(message.lastEventId, JSON.parse(message.data));
    };
    source.onerror = () => {
      this.#lostAt ??= performance.now();
      if (source.readyState === EventSource.CLOSED) void this.#recover(source);
      else this.#onState({ name: "retrying" });
    };
  }

  #url() {
    const url = new URL(this.#address);
    for (const topic of this.#filter.topics) url.searchParams.append("topic", topic);
    for (const type of this.#filter.types) url.searchParams.append("type", type);
    if (this.#lastId !== "") url.searchParams.set("lastEventId", this.#lastId);
    else if (this.#backlog > 0) url.searchParams.set("last", String(this.#backlog));
    return url.href;
  }

  async #recover(source) {
    this.#onState({ name: "retrying" });
    const answer = await askWhy(this.#url());
    if (source !== this.#source) return; // the filter was changed, or the user reconnected, while the question was out
    this.#source = null;
    if (answer.final) {
      this.#onState({ name: "refused", reason: answer.reason });
      return;
    }

    const delay = answer.retryAfter + backOff(this.#attempt++); // the jitter comes on top: all were told the same time
    this.#timer = setTimeout(() => {
      this.#onState({ name: "retrying" });
      this.#connect();
    }, delay);
    this.#onState({ name: "waiting", retryAt: performance.now() + delay, reason: answer.reason });
  }
}

/**
 * An EventSource does not tell why it was refused, so the same address is asked once more in a way that does.
 * Only a filter that the hub cannot accept is final; everything else may heal with time.
 */
async function askWhy(url) {
  const abort = new AbortController();
  const timeout = setTimeout(() => abort.abort(), answerTimeout);
  try {
    const response = await fetch(url, { headers: { Accept: "text/event-stream" }, cache: "no-store", signal: abort.signal });
    if (response.ok) return { final: false, reason: "", retryAfter: 0 };
    return { final: response.status === 400, ...(await readProblem(response)) };
  } catch {
    return { final: false, reason: "The hub does not answer.", retryAfter: 0 };
  } finally {
    clearTimeout(timeout);
    abort.abort(); // an accepted stream would otherwise stay open
  }
}

/** Reads a refusal: RFC 9457 problem details where they are given, else the status; Retry-After in milliseconds. */
export async function readProblem(response) {
  const retryAfter = 1_000 * (Number.parseInt(response.headers.get("Retry-After") ?? "", 10) || 0);
  let problem = {};
  if (/^application\/(problem\+)?json\b/.test(response.headers.get("Content-Type") ?? "")) {
    problem = await response.json().catch(() => ({}));
  }

  const errors = problem.errors ?? {};
  const reason = Object.values(errors).flat().join(" ") || problem.detail || problem.title || `The hub answered ${response.status}.`;
  return { reason, errors, retryAfter };
}
