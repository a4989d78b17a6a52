import type { Ignore } from 'ignore';
import { type BytePath, isAtOrBelow } from '../../slave/path.js';

/** Why something cannot be brought. */
export const IN_ITS_PLACE = 'the slave has something that is excluded in its place, which stays';

/** Verdicts that are remembered, before all are forgotten: they would be as many as there are paths. */
const MOST_REMEMBERED = 50_000;

/**
 * Which objects a slave is to have: all but those that patterns like those of gitignore(5) exclude. This decides for
 * every part of a pass; nothing else reads patterns.
 */
export class Selection {
  #rules: Ignore | undefined;
  #decided = 0;
  readonly #places: readonly BytePath[];

  private constructor(
    /** As they were given; a character a byte. */
    readonly patterns: readonly string[],
    private readonly makeRules: (() => Ignore) | undefined,
  ) {
    this.#places = patterns.flatMap((pattern) => placeOf(pattern) ?? []);
  }

  /** Patterns in their order, a character a byte: the last one that matches decides. Throws where one is none. */
  static async of(patterns: readonly string[]): Promise<Selection> {
    if (patterns.length === 0) return EVERYTHING;
    const { default: ignore } = await import('ignore');
    const rules = patterns.map(encode);
    return new Selection(patterns, () => ignore({ ignorecase: false, allowRelativePaths: true }).add(rules));
  }

  /** The selection of all that there is. */
  static everything(): Selection {
    return new Selection([], undefined);
  }

  get isEverything(): boolean {
    return this.makeRules === undefined;
  }

  /** Whether an object is left out; what is below a directory that is, is too, whatever other patterns say. */
  excludes(path: BytePath, isDirectory: boolean): boolean {
    if (!this.makeRules || path === '') return false;
    if (!this.#rules || this.#decided++ > MOST_REMEMBERED) {
      this.#rules = this.makeRules();
      this.#decided = 0;
    }
    return this.#rules.ignores(encode(isDirectory ? `${path}/` : path));
  }

  /** Whether whatever is at a path is left out. */
  excludesAnyKind(path: BytePath): boolean {
    return this.excludes(path, false) && this.excludes(path, true);
  }

  /** Whether something is left out that may be at a path. */
  mayExclude(path: BytePath): boolean {
    return this.excludes(path, false) || this.excludes(path, true);
  }

  /** Whether it depends on its kind if what is at a path is left out. */
  dependsOnKind(path: BytePath): boolean {
    return this.excludes(path, false) !== this.excludes(path, true);
  }

  /** Whether below a directory other things may be left out if it is at one path than if it is at the other. */
  mayDiffer(one: BytePath, other: BytePath): boolean {
    return this.#places.some((place) => areRelated(place, one) || areRelated(place, other));
  }
}

export const EVERYTHING = Selection.everything();

/**
 * Bytes that are no printable ASCII become characters without a meaning: the library strips what is a blank in Unicode,
 * such as the last byte of a UTF-8 "à".
 */
function encode(bytes: string): string {
  return bytes.replace(/[^ -~]/g, (byte) => String.fromCharCode(byte.charCodeAt(0) + 0x100));
}

/** The directory that a pattern speaks of by its place, as far as it is named; undefined where it speaks of names alone. */
function placeOf(pattern: string): BytePath | undefined {
  const bare = pattern.replace(/^!/, '').replace(/ +$/, '').replace(/\/$/, '');
  if (!bare.includes('/')) return undefined;
  const names = bare.replace(/^\//, '').split('/');
  const named = names.findIndex((name) => /[*?[\\]/.test(name));
  return (named < 0 ? names : names.slice(0, named)).join('/');
}

function areRelated(one: BytePath, other: BytePath): boolean {
  return isAtOrBelow(one, other) || isAtOrBelow(other, one);
}
