import fc from 'fast-check';

/** What the commands do; `handle` ones work on what was opened before, the others on names. */
export const nameOperations = [
  'create',
  'open',
  'mkdir',
  'rmdir',
  'unlink',
  'rename',
  'link',
  'symlink',
  'mknod',
  'chmod',
  'chown',
  'utimens',
  'setxattr',
  'getxattr',
  'removexattr',
  'listxattr',
  'setacl',
  'readdir',
  'stat',
  'readlink',
] as const;

export const handleOperations = [
  'close',
  'write',
  'read',
  'pwrite',
  'pread',
  'seek',
  'truncate',
  'allocate',
  'fsync',
  'copy',
  'stat handle',
  'list handle',
  'chmod handle',
  'utimens handle',
] as const;

export type NameOperation = (typeof nameOperations)[number];
export type HandleOperation = (typeof handleOperations)[number];
export type Operation = NameOperation | HandleOperation;

/** Plain numbers, so that fast-check makes them smaller: what they mean is up to the operation. */
export interface Command {
  readonly op: Operation;
  /** Indices of names. */
  readonly path: readonly number[];
  readonly other: readonly number[];
  /** Which open handle. */
  readonly slot: number;
  readonly n: number;
  readonly m: number;
}

/** Few, so that commands meet the same objects again and again; not all of them are UTF-8. */
export const NAMES: readonly Buffer[] = ['a', 'b', 'c', '\xff\xfe\x01', 'é'.repeat(127)].map((name) =>
  Buffer.from(name, 'latin1'),
);
export const SLOTS = 4;
/** Numbers of a command are below this. */
export const LIMIT = 24;

/** These come more often: without objects and handles there is nothing to do. */
const frequent: readonly Operation[] = [
  'create',
  'create',
  'create',
  'mkdir',
  'mkdir',
  'open',
  'rename',
  'link',
  'pwrite',
];

/** What an engine can not do is left out of the sequences that run on it. */
export interface Abilities {
  readonly names: readonly Buffer[];
  readonly without: readonly Operation[];
  /** Fields of an object that are not compared. */
  readonly blind: readonly string[];
  /** Whether files are given set-ID bits. */
  readonly setIds: boolean;
  /** Whether renames have flags. */
  readonly renameFlags: boolean;
  /** Whether symlinks' targets and xattrs' names may be other than UTF-8. */
  readonly anyBytes: boolean;
}

export const ALL: Abilities = { names: NAMES, without: [], blind: [], setIds: true, renameFlags: true, anyBytes: true };

/** What an operation may use: where names lead, and what is open. */
export interface Place {
  readonly path: (indices: readonly number[]) => Buffer;
  readonly handles: (number | undefined)[];
  readonly abilities: Abilities;
}

/** Sequences of commands, of those that an engine can do. */
export function sequences({ names, without }: Abilities): fc.Arbitrary<Command[]> {
  const operations = [...nameOperations, ...handleOperations, ...frequent].filter((op) => !without.includes(op));
  const path = fc.array(fc.nat({ max: names.length - 1 }), { minLength: 1, maxLength: 3 });
  const number = fc.nat({ max: LIMIT - 1 });
  const command = fc.record({
    op: fc.constantFrom(...operations),
    path,
    other: path,
    slot: fc.nat({ max: SLOTS - 1 }),
    n: number,
    m: number,
  });
  return fc.array(command, { minLength: 1, maxLength: 100, size: 'max' });
}
