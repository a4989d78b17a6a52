import fs from 'node:fs';

/** The type of markerfs mounts in /proc/self/mountinfo. */
export const MOUNT_TYPE = 'fuse.markerfs';

/** One line of /proc/self/mountinfo. */
export interface Mount {
  /** The kernel's number of it. */
  readonly id: string;
  readonly mountpoint: string;
  readonly type: string;
  /** What is mounted; for markerfs the real path of the source. */
  readonly source: string;
  /** Device number as the kernel prints it there: `major:minor`. */
  readonly dev: string;
}

/** Undoes the kernel's escapes: blank, tab, newline and backslash stand there as three octal digits. */
function unescapeField(field: string): string {
  const bytes = field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
  return Buffer.from(bytes, 'latin1').toString();
}

/** Parses the text of a mountinfo file, given one character for each byte (latin1). */
export function parseMountinfo(text: string): Mount[] {
  const mounts: Mount[] = [];
  for (const line of text.split('\n')) {
    const fields = line.split(' ');
    // A varying number of optional fields stands before the lone hyphen.
    const hyphen = fields.indexOf('-', 6);
    const [id, dev, mountpoint] = [fields[0], fields[2], fields[4]];
    const [type, source] = [fields[hyphen + 1], fields[hyphen + 2]];
    if (hyphen < 0 || !id || !dev || !mountpoint || !type || source === undefined) continue;
    mounts.push({ id, dev, mountpoint: unescapeField(mountpoint), type, source: unescapeField(source) });
  }
  return mounts;
}

/** All mounts that this process sees, in the order in which they were mounted. */
export function listMounts(): Mount[] {
  return parseMountinfo(fs.readFileSync('/proc/self/mountinfo', 'latin1'));
}

/** The markerfs mount that is on top at exactly this path (absolute, without symlinks), if any. */
export function markerfsMountAt(mountpoint: string): Mount | undefined {
  const top = listMounts().findLast((mount) => mount.mountpoint === mountpoint);
  return top?.type === MOUNT_TYPE ? top : undefined;
}

/** The markerfs mounts of a source. */
export function markerfsMountsOf(source: string): Mount[] {
  return listMounts().filter((mount) => mount.type === MOUNT_TYPE && mount.source === source);
}
