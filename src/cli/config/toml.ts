import { type AST, ParseError, parseTOML } from 'toml-eslint-parser';

/** TOML, with the line of everything in its file. */

export interface TomlTable {
  readonly kind: 'table';
  readonly line: number;
  readonly entries: Map<string, TomlEntry>;
}

export interface TomlList {
  readonly kind: 'list';
  readonly line: number;
  readonly items: TomlValue[];
}

export interface TomlScalar {
  readonly kind: 'string' | 'integer' | 'float' | 'boolean' | 'time';
  readonly line: number;
  /** A string without its quotes; anything else as it stands in the file. */
  readonly text: string;
}

export type TomlValue = TomlTable | TomlList | TomlScalar;

export interface TomlEntry {
  readonly line: number;
  readonly value: TomlValue;
}

/** What is no TOML at all. */
export class TomlError extends Error {
  constructor(
    readonly line: number,
    message: string,
  ) {
    super(message);
  }
}

/** Throws TomlError where the text is not TOML, or has a key twice. */
export function parseToml(text: string): TomlTable {
  const root = emptyTable(1);
  try {
    for (const node of parseTOML(text).body[0].body) {
      if (node.type === 'TOMLTable') fillTable(tableAt(root, node), node.body);
      else fillTable(root, [node]);
    }
    return root;
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    throw new TomlError(error.lineNumber, `it is not TOML: ${error.message.replace(/^./, (c) => c.toLowerCase())}`);
  }
}

function emptyTable(line: number): TomlTable {
  return { kind: 'table', line, entries: new Map() };
}

/** The table that a header names, made with those above it where they are not there yet. */
function tableAt(root: TomlTable, { resolvedKey, loc }: AST.TOMLTable): TomlTable {
  const { line } = loc.start;
  let at: TomlValue = root;
  for (const [index, key] of resolvedKey.entries()) {
    const made: TomlValue =
      typeof resolvedKey[index + 1] === 'number' ? { kind: 'list', line, items: [] } : emptyTable(line);
    at = at.kind === 'list' ? itemOf(at, Number(key), made) : entryOf(at as TomlTable, String(key), line, made);
  }
  return at as TomlTable;
}

function entryOf({ entries }: TomlTable, key: string, line: number, made: TomlValue): TomlValue {
  if (!entries.has(key)) entries.set(key, { line, value: made });
  return entries.get(key)!.value;
}

function itemOf({ items }: TomlList, index: number, made: TomlValue): TomlValue {
  items[index] ??= made;
  return items[index];
}

function fillTable(table: TomlTable, pairs: readonly AST.TOMLKeyValue[]): void {
  for (const { key, value, loc } of pairs) {
    const { line } = loc.start;
    const names = key.keys.map((part) => (part.type === 'TOMLBare' ? part.name : part.value));
    let at = table;
    for (const name of names.slice(0, -1)) at = entryOf(at, name, line, emptyTable(line)) as TomlTable;
    at.entries.set(names.at(-1)!, { line, value: toValue(value) });
  }
}

function toValue(node: AST.TOMLContentNode): TomlValue {
  const { line } = node.loc.start;
  if (node.type === 'TOMLArray') return { kind: 'list', line, items: node.elements.map(toValue) };
  if (node.type === 'TOMLInlineTable') {
    const table = emptyTable(line);
    fillTable(table, node.body);
    return table;
  }
  switch (node.kind) {
    case 'string':
      return { kind: 'string', line, text: node.value };
    case 'integer':
      return { kind: 'integer', line, text: String(node.bigint) };
    case 'boolean':
      return { kind: 'boolean', line, text: String(node.value) };
    case 'float':
      return { kind: 'float', line, text: node.number };
    default:
      return { kind: 'time', line, text: node.datetime };
  }
}
