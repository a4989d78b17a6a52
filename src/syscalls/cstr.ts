/** The bytes of a name or path, ended with NUL, as the addon wants them. Strings are UTF-8. */
export function cstr(name: string | Uint8Array): Buffer {
  if (typeof name === 'string') return Buffer.from(`${name}\0`);
  const bytes = Buffer.allocUnsafe(name.length + 1);
  bytes.set(name);
  bytes[name.length] = 0;
  return bytes;
}

/** The empty name, for calls with AT_EMPTY_PATH. */
export const emptyName = cstr('');

/**
 * `/proc/self/fd/N`: the object behind a descriptor as a path, for the calls that take no descriptor or not one opened
 * with O_PATH. It leads to the object itself, a symlink too (proc(5), open(2) on O_PATH).
 */
export function fdPath(fd: number): Buffer {
  return Buffer.from(`/proc/self/fd/${fd}\0`, 'latin1');
}
