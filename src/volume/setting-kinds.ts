import path from 'node:path';
import { type DeleteLimit, deleteLimitTexts, LIMIT_WANTED, parseDeleteLimit } from './delete-limit.js';
import { durationMs, durationText } from './duration.js';

/** How a setting is told from nonsense, and what people type for it. */
export interface Field<T> {
  /** What people call it. */
  readonly option: string;
  readonly what: string;
  /** What it must be: fits behind "wanted". */
  readonly wanted: string;
  /** It names a file of this machine: a relative name is one of the directory that this process is in. */
  readonly isPath?: true;
  /** A value from state.db or a program. */
  isValid(value: unknown): value is T;
  /** What was typed, once or several times; undefined where it makes no sense. */
  parse(texts: readonly string[]): T | undefined;
  /** The same backwards. */
  format(value: T): string[];
}

/** A field that is typed once. */
function one<T>(field: Omit<Field<T>, 'parse'> & { read(text: string): T | undefined }): Field<T> {
  const parse = ([text, ...more]: readonly string[]): T | undefined =>
    text !== undefined && more.length === 0 ? field.read(text) : undefined;
  return { ...field, parse };
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;

/** A whole number above zero. */
export function count(option: string, what: string, most: number): Field<number> {
  return one({
    option,
    what,
    wanted: `a number from 1 to ${most}`,
    isValid: (value): value is number => isCount(value) && value <= most,
    read: (text) => (/^[1-9]\d{0,14}$/.test(text) && Number(text) <= most ? Number(text) : undefined),
    format: (value) => [String(value)],
  });
}

const SUFFIXES = ['K', 'M', 'G', 'T'];

/** A number of KiB: `800`, or `10M`, `1G`. */
export function kibibytes(option: string, what: string): Field<number> {
  return one({
    option,
    what,
    wanted: 'a number of KiB, or one like 10M or 1G',
    isValid: isCount,
    read: (text) => {
      const [, number, suffix] = /^([1-9]\d{0,9})([KMGT]?)$/i.exec(text) ?? [];
      return number === undefined ? undefined : Number(number) * 1024 ** Math.max(0, powerOf(suffix ?? ''));
    },
    format: (value) => {
      const power = SUFFIXES.findLastIndex((_, at) => value % 1024 ** at === 0);
      return [`${value / 1024 ** power}${SUFFIXES[power]}`];
    },
  });
}

const powerOf = (suffix: string): number => SUFFIXES.indexOf(suffix.toUpperCase());

/** A time. */
export function duration(option: string, what: string): Field<number> {
  return one({
    option,
    what,
    wanted: 'a time like 30s, 5m or 1h, of 24 days at most',
    isValid: (value): value is number => typeof value === 'number' && value > 0,
    read: durationMs,
    format: (value) => [durationText(value)],
  });
}

const DAY_MS = 86_400_000;
const AGES: Readonly<Record<string, number>> = { d: DAY_MS, w: 7 * DAY_MS, y: 365 * DAY_MS };

/** A time of days, weeks or years: `30d`, `8w`, `1y`. */
export function age(option: string, what: string): Field<number> {
  return one({
    option,
    what,
    wanted: 'a time like 30d, 8w or 1y',
    isValid: (value): value is number => isCount(value) && value % DAY_MS === 0,
    read: (text) => {
      const [, number, unit] = /^([1-9]\d{0,4})([dwy])$/.exec(text) ?? [];
      return unit === undefined ? undefined : Number(number) * AGES[unit]!;
    },
    format: (value) => {
      const unit = Object.keys(AGES).findLast((name) => value % AGES[name]! === 0) ?? 'd';
      return [`${value / AGES[unit]!}${unit}`];
    },
  });
}

/** What may be deleted: a number of objects, a share of them, or both. */
export function deletes(option: string, what: string): Field<DeleteLimit> {
  const parse = (texts: readonly string[]): DeleteLimit | undefined =>
    texts.reduce<DeleteLimit | undefined>((limit, text) => limit && parseDeleteLimit(text, limit), {});
  return {
    option,
    what,
    wanted: LIMIT_WANTED,
    parse,
    isValid: (value): value is DeleteLimit => {
      if (typeof value !== 'object' || value === null) return false;
      const texts = deleteLimitTexts(value);
      return texts.length > 0 && parse(texts) !== undefined;
    },
    format: deleteLimitTexts,
  };
}

/** Something that is so or not. */
export function flag(option: string, what: string): Field<boolean> {
  return one({
    option,
    what,
    wanted: 'yes or no',
    isValid: (value): value is boolean => typeof value === 'boolean',
    read: (text) => ({ yes: true, no: false })[text],
    format: (value) => [value ? 'yes' : 'no'],
  });
}

/** A file of this machine; it is the same one whatever the caller's directory is by then. */
export function file(option: string, what: string): Field<string> {
  return one({
    option,
    what,
    wanted: 'a file',
    isPath: true,
    isValid: (value): value is string => typeof value === 'string' && value.startsWith('/'),
    read: (text) => (text === '' ? undefined : path.resolve(text)),
    format: (value) => [value],
  });
}

/** Patterns like those of gitignore(5), in their order. */
export function patterns(option: string, what: string): Field<readonly string[]> {
  const isPattern = (text: unknown): text is string => typeof text === 'string' && /^(?!#).*\S/s.test(text);
  return {
    option,
    what,
    wanted: 'a pattern such as *.tmp, /cache/ or !keep.tmp (a leading # is written \\#)',
    isValid: (value): value is readonly string[] =>
      Array.isArray(value) && value.length > 0 && value.every((one) => isPattern(one)),
    parse: (texts) => (texts.every(isPattern) ? [...texts] : undefined),
    format: (value) => [...value],
  };
}
