/**
 * A path below a source or a slave: bytes, one character (U+0000–U+00FF) for each, relative, without slashes at its
 * ends; the root is ''. Names are bytes on Linux; in this form they can be compared, joined and be keys of a Map
 * whatever they hold.
 */
export type BytePath = string;

export function fromBytes(path: Uint8Array): BytePath {
  return Buffer.from(path.buffer, path.byteOffset, path.length).toString('latin1');
}

export function toBytes(path: BytePath): Buffer {
  return Buffer.from(path, 'latin1');
}

export function join(directory: BytePath, name: BytePath): BytePath {
  return directory === '' ? name : `${directory}/${name}`;
}

/** The directory of a path; the root's is the root. */
export function parentOf(path: BytePath): BytePath {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

export function nameOf(path: BytePath): BytePath {
  return path.slice(path.lastIndexOf('/') + 1);
}

export function isAtOrBelow(path: BytePath, ancestor: BytePath): boolean {
  return ancestor === '' || path === ancestor || path.startsWith(`${ancestor}/`);
}

/** The names of a path from the top down; none for the root. */
export function namesOf(path: BytePath): BytePath[] {
  return path === '' ? [] : path.split('/');
}

/** The directories above a path, from the root down; none for the root. */
export function ancestorsOf(path: BytePath): BytePath[] {
  const names = namesOf(path);
  return names.map((_, at) => names.slice(0, at).join('/'));
}

/** A path as people may read it: UTF-8 where it is that. */
export function readable(path: BytePath): string {
  return toBytes(path).toString();
}

/**
 * The state folders of a volume and of a slave at the root of a tree: never shipped, never deleted, never looked into.
 */
export const STATE_FOLDERS = ['.markerfs', '.markerfs-slave'];

export function isState(path: BytePath): boolean {
  return STATE_FOLDERS.some((folder) => isAtOrBelow(path, folder));
}
