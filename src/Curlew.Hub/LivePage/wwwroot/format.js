// How numbers, times and durations are written on the page.

const wholeNumber = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const oneDecimal = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const compactNumber = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

/** A count, exact: 12,345. */
export const count = (value) => wholeNumber.format(value);

/** A count where room is short: exact up to 99,999, then 123.5K or 4M. */
export const shortCount = (value) => (value < 100_000 ? wholeNumber : compactNumber).format(value);

/** A rate: with one decimal while it is small. */
export const rate = (value) => (value < 100 ? oneDecimal : wholeNumber).format(value);

/** "1 event", "2 events". */
export const plural = (value, noun) => `${count(value)} ${noun}${value === 1 ? "" : "s"}`;

/** A time of day in the reader's zone with milliseconds, as logs write it: 14:03:07.042. */
export function timeOfDay(date) {
  const two = (value) => String(value).padStart(2, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

/** A duration in its two largest units: 42 s, 3 min 20 s, 5 h 12 min, 9 d 3 h. */
export function duration(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole < 86_400) return `${Math.floor(whole / 3_600)} h ${Math.floor((whole % 3_600) / 60)} min`;
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3_600)} h`;
}

/** A number of bytes: 512 B, 1.5 kB, 20 MB. */
export function bytes(value) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  for (; value >= 999.5 && unit < units.length - 1; unit++) value /= 1_000;
  return `${unit === 0 ? count(value) : rate(value)} ${units[unit]}`;
}

/** A length in characters, for people: 312 characters, 1.2M characters. */
export const length = (characters) => `${shortCount(characters)} character${characters === 1 ? "" : "s"}`;
