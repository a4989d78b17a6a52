/**
 * A case is a script of the agent (agent.c) that runs in an empty directory, as root at first: once on the bare
 * filesystem, once on a mount of it. Every line of output has to be the same.
 */
export interface Case {
  readonly title: string;
  readonly steps: readonly string[];
}

export function toCase(title: string, ...steps: readonly string[]): Case {
  return { title, steps };
}

/** Steps that make a user the caller: effective ids and supplementary groups. */
export const users = {
  root: 'as 0 0 -',
  /** Member of {@link team}. */
  alice: 'as 41001 41001 42000',
  bob: 'as 41002 41002 -',
  nobody: 'as 65534 65534 -',
} as const;
export type UserName = keyof typeof users;
export const everybody = Object.keys(users) as UserName[];

export const ids = { alice: 41_001, bob: 41_002, team: 42_000, strangers: 42_007 } as const;

/** Numbers of x86-64 and arm64 alike, but for those of open(2) in cases/opening.ts. */
export const O = { RDONLY: 0, WRONLY: 1, RDWR: 2, CREAT: 0o100, EXCL: 0o200, TRUNC: 0o1000, APPEND: 0o2000 } as const;

/** Steps that make an object of each type, named `name`. */
export const kinds: Readonly<Record<string, (name: string, mode?: string) => string[]>> = {
  file: (name, mode = '0644') => [`open 15 ${name} 0101 0`, `close 15`, `chmod ${name} ${mode}`],
  directory: (name, mode = '0755') => [`mkdir ${name} 0`, `chmod ${name} ${mode}`],
  fifo: (name, mode = '0644') => [`mkfifo ${name} 0`, `chmod ${name} ${mode}`],
  socket: (name, mode = '0644') => [`bind ${name}`, `chmod ${name} ${mode}`],
  device: (name, mode = '0644') => [`mknod ${name} 020000 1 3`, `chmod ${name} ${mode}`],
  symlink: (name) => [`symlink nowhere ${name}`],
};
export type Kind = keyof typeof kinds;

export const octal = (mode: number) => `0${mode.toString(8)}`;

/** Every combination of one element of each list. */
export function product<T extends readonly (readonly unknown[])[]>(
  ...lists: T
): { [K in keyof T]: T[K] extends readonly (infer E)[] ? E : never }[] {
  return lists.reduce<unknown[][]>(
    (rows, list) => rows.flatMap((row) => list.map((element) => [...row, element])),
    [[]],
  ) as { [K in keyof T]: T[K] extends readonly (infer E)[] ? E : never }[];
}

interface AclEntry {
  readonly tag: keyof typeof tags;
  readonly permissions: number;
  readonly id?: number;
}
const tags = { owner: 1, user: 2, group: 4, named: 8, mask: 16, other: 32 } as const;

/** The value of `system.posix_acl_access` and `…_default` (linux/posix_acl_xattr.h), in hex. */
export function acl(entries: readonly AclEntry[]): string {
  const value = Buffer.alloc(4 + 8 * entries.length);
  value.writeUInt32LE(2, 0);
  for (const [index, { tag, permissions, id = 0xffffffff }] of entries.entries()) {
    value.writeUInt16LE(tags[tag], 4 + 8 * index);
    value.writeUInt16LE(permissions, 6 + 8 * index);
    value.writeUInt32LE(id, 8 + 8 * index);
  }
  return value.toString('hex');
}
