/** Numbers as people read them. */

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** `1.5 MB`, powers of 1000. */
export function bytes(number: number): string {
  let [value, unit] = [number, 0];
  for (; value >= 999.5 && unit < UNITS.length - 1; unit++) value /= 1000;
  const digits = unit === 0 || value >= 100 ? String(Math.round(value)) : value.toPrecision(2);
  return `${digits} ${UNITS[unit]}`;
}

export function rate(number: number): string {
  return `${bytes(number)}/s`;
}

/** `0.2 s`, `3 min 20 s`, `5 h 10 min`, `2 d 3 h`. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3600)} h`;
}

export function count(number: number): string {
  return number.toLocaleString('en-US', { maximumFractionDigits: number < 10 ? 1 : 0 });
}

/** `1 file`, `2 files`. */
export function things(number: number, thing: string): string {
  return `${number.toLocaleString('en-US')} ${thing}${number === 1 ? '' : 's'}`;
}

const TWO = (number: number): string => String(number).padStart(2, '0');

/** The time of day here, with milliseconds where they are wanted. */
export function clock(timeMs: number, exact = false): string {
  const date = new Date(timeMs);
  const time = `${TWO(date.getHours())}:${TWO(date.getMinutes())}:${TWO(date.getSeconds())}`;
  return exact ? `${time}.${String(date.getMilliseconds()).padStart(3, '0')}` : time;
}

/** The time of day, with the date where it is another day's. */
export function moment(timeMs: number, nowMs = Date.now()): string {
  const date = new Date(timeMs);
  const day = `${date.getFullYear()}-${TWO(date.getMonth() + 1)}-${TWO(date.getDate())}`;
  return date.toDateString() === new Date(nowMs).toDateString() ? clock(timeMs) : `${day} ${clock(timeMs)}`;
}

export function ago(timeMs: number, nowMs: number): string {
  return `${duration(Math.max(0, nowMs - timeMs) / 1000)} ago`;
}
