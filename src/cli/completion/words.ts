import type { VerbOutline } from '../outline.js';

/** What the scripts for all shells have in common. They know a verb by its words, as in `markerfs slave add`. */

/** Text between single quotes, for bash and zsh. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

export function keyOf({ words }: VerbOutline): string {
  return words.join(' ');
}

/** The keys that a word leads to from the one above: `markerfs slave`, `markerfs slave add`, … */
export function keysOf(verbs: readonly VerbOutline[]): string[] {
  return verbs.slice(1).map(keyOf);
}

/** An option with its value still to come, as `markerfs ship --slave`; `choices` is empty where any value does. */
export interface Valued {
  readonly key: string;
  readonly choices: readonly string[];
}

export function valuedOf(verbs: readonly VerbOutline[]): Valued[] {
  return verbs.flatMap((verb) =>
    verb.options
      .filter(({ takesValue }) => takesValue)
      .flatMap(({ names, choices }) => names.map((name) => ({ key: `${keyOf(verb)} ${name}`, choices }))),
  );
}

/** The words that may follow a verb: verbs of its own, or the values of an argument. */
export function wordsAfter({ verbs, arguments: given }: VerbOutline): { name: string; description: string }[] {
  const values = given.flatMap(({ choices, description }) => choices.map((name) => ({ name, description })));
  return [...verbs, ...values];
}
