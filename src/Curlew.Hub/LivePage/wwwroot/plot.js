// A line over the last minutes, drawn by hand as SVG: it scales with its box and takes its colours from the style sheet.

const width = 600;
const height = 100;
const spans = [2, 5, 10].map((minutes) => minutes * 60_000);

/** How long samples are worth keeping, in milliseconds. */
export const longestSpan = spans.at(-1);

export class Plot {
  #name;
  #format;
  #stepped;
  #svg;
  #area;
  #line;
  #now;
  #top;
  #since;
  #describedAt = -Infinity;

  /** figure: the element with the plot's parts; stepped: values hold until the next sample, as counts do. */
  constructor(figure, { name, format, stepped = false }) {
    this.#name = name;
    this.#format = format;
    this.#stepped = stepped;
    this.#svg = figure.querySelector("svg");
    this.#area = figure.querySelector(".plot-area");
    this.#line = figure.querySelector(".plot-line");
    this.#now = figure.querySelector(".plot-now");
    this.#top = figure.querySelector(".plot-top");
    this.#since = figure.querySelector(".plot-since");
  }

  /** Draws samples { time, value }, oldest first; a value of null breaks the line. */
  draw(samples, now) {
    const age = samples.length === 0 ? 0 : now - samples[0].time;
    const span = spans.find((candidate) => age <= candidate) ?? longestSpan;
    const values = samples.filter((sample) => sample.value !== null).map((sample) => sample.value);
    const top = roundUp(Math.max(1, ...values));
    const x = (time) => (width * Math.max(0, 1 - (now - time) / span)).toFixed(1);
    const y = (value) => (height - (height - 4) * (value / top)).toFixed(1);

    let line = "";
    let area = "";
    for (const run of unbroken(samples)) {
      const points = run.map((sample) => (this.#stepped ? `H${x(sample.time)}V${y(sample.value)}` : `L${x(sample.time)},${y(sample.value)}`));
      const path = `M${x(run[0].time)},${y(run[0].value)}${points.slice(1).join("")}`;
      line += path;
      area += `${path}V${height}H${x(run[0].time)}Z`;
    }

    this.#line.setAttribute("d", line);
    this.#area.setAttribute("d", area);
    this.#top.textContent = this.#format(top);
    this.#since.textContent = `${span / 60_000} min ago`;
    const latest = samples.at(-1)?.value ?? null;
    this.#now.textContent = latest === null ? "–" : this.#format(latest);
    this.#describe(values, latest, span, now);
  }

  // The drawing in words. Updated slowly, so that a reader of the page is not interrupted by every sample.
  #describe(values, latest, span, now) {
    if (values.length === 0 || now - this.#describedAt < 15_000) return;
    this.#describedAt = now;
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    this.#svg.setAttribute(
      "aria-label",
      `${this.#name} over the last ${span / 60_000} minutes: now ${latest === null ? "unknown" : this.#format(latest)}, ` +
        `highest ${this.#format(Math.max(...values))}, lowest ${this.#format(Math.min(...values))}, on average ${this.#format(mean)}.`,
    );
  }
}

/** The next of 1, 2, 5, 10, 20, 50 … so that the scale is readable and seldom changes. */
function roundUp(value) {
  const magnitude = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].find((step) => value <= step * magnitude) * magnitude;
}

function* unbroken(samples) {
  let run = [];
  for (const sample of samples) {
    if (sample.value !== null) {
      run.push(sample);
    } else if (run.length > 0) {
      yield run;
      run = [];
    }
  }

  if (run.length > 0) yield run;
}
