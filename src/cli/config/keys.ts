import { UserError } from '../../volume/errors.js';
import { similarTo } from '../similar.js';
import type { Problem } from './model.js';
import type { TomlEntry, TomlTable, TomlValue } from './toml.js';

/** The keys of one table, taken one after the other; what is wrong with them is noted, and all is looked at. */
export class Keys {
  readonly #taken = new Set<string>();

  constructor(
    readonly table: TomlTable,
    private readonly what: string,
    private readonly problems: Problem[],
  ) {}

  /** Notes what is wrong. */
  wrong(line: number, message: string): void {
    this.problems.push({ line, message });
  }

  /** What `read` makes of a key; undefined where the key is missing, or wrong. */
  take<T>(key: string, read: (value: TomlValue) => T): T | undefined {
    this.#taken.add(key);
    const entry = this.table.entries.get(key);
    return entry && this.#read(key, entry, read);
  }

  /** The same of a key that has to be there. */
  need<T>(key: string, read: (value: TomlValue) => T): T | undefined {
    if (!this.table.entries.has(key)) this.wrong(this.table.line, `${this.what} has no "${key}"`);
    return this.take(key, read);
  }

  /** Notes every key that nobody has taken. */
  end(): void {
    const known = [...this.#taken];
    for (const [key, { line }] of this.table.entries) {
      if (this.#taken.has(key)) continue;
      const similar = similarTo(key, known);
      const hint = similar === undefined ? `there are ${known.join(', ')}` : `did you mean ${similar}?`;
      this.wrong(line, `unknown key "${key}" of ${this.what}; ${hint}`);
    }
  }

  #read<T>(key: string, { line, value }: TomlEntry, read: (value: TomlValue) => T): T | undefined {
    try {
      return read(value);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.wrong(line, `"${key}" of ${this.what}: ${causeOf(error)}`);
      return undefined;
    }
  }
}

/** A message without what it stands behind on the command line: the line and the key say that here. */
export function causeOf({ message }: UserError): string {
  return message.replace(/^Cannot (?:"[^"]*"|[^":])*: /, '');
}

/** UserError: `key: wanted …`. */
export function refuse(wanted: string): never {
  throw new UserError(`wanted ${wanted}`, 2);
}

/** A string. */
export function text(value: TomlValue): string {
  return value.kind === 'string' ? value.text : refuse('a string in quotes');
}

/** A path that does not depend on where the program runs. */
export function absolutePath(value: TomlValue): string {
  const path = text(value);
  return path.startsWith('/') && !path.includes('\0') ? path : refuse('an absolute path');
}

export function yesOrNo(value: TomlValue): boolean {
  return value.kind === 'boolean' ? value.text === 'true' : refuse('true or false');
}

export function tableOf(value: TomlValue): TomlTable {
  return value.kind === 'table' ? value : refuse('a table');
}

/** A value, or a list of them, as a person would type them: a string, a number, and `yes` or `no` for true and false. */
export function typed(value: TomlValue): string[] {
  if (value.kind === 'list') return value.items.map(word);
  return [word(value)];
}

function word(value: TomlValue): string {
  if (value.kind === 'boolean') return value.text === 'true' ? 'yes' : 'no';
  if (value.kind === 'string' || value.kind === 'integer') return value.text;
  return refuse('a string, a whole number, true or false, or a list of these');
}
