import { must } from './run.js';

/** Source, slave and mount keep these for themselves; only the mount hides them. */
const STATE_FOLDERS = ['.markerfs', '.markerfs-slave'];

/** What differs and what nobody ships: the marks, and the kernel's own view of the ACLs (rsync's -A compares those). */
const XATTR_FILTERS = ['-x trusted.markerfs.**', '-x user.markerfs.**', '-x system.**', '-x trusted.SGI_ACL_*'];

/**
 * What rsync would do to make `copy` equal to `original`, a line for each object: '' where they are equal in content, type, mode, owner,
 * group, mtime (ns), hard links, ACLs, xattrs and names. markerfs has no part in this.
 */
export function differences(original: string, copy: string): Promise<string> {
  const flags = ['-aHAXSn', '--checksum', '--delete', '--itemize-changes', '--numeric-ids', '--modify-window=-1'];
  const filters = XATTR_FILTERS.map((rule) => `--filter=${rule}`);
  const excludes = STATE_FOLDERS.map((folder) => `--exclude=/${folder}/`);
  return must(['rsync', ...flags, ...filters, ...excludes, `${original}/`, `${copy}/`]);
}

/** Runs stat -c with this format on everything below a tree, sorted by name; %n is the name below the tree. */
export async function statTree(tree: string, format: string): Promise<string> {
  const hidden = STATE_FOLDERS.flatMap((folder) => ['-path', `./${folder}`, '-prune', '-o']);
  const stdout = await must(['find', '.', ...hidden, '-exec', 'stat', '-c', format, '{}', '+'], { cwd: tree });
  return stdout.split('\n').sort().join('\n');
}
