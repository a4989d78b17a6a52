import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { getAttributeSync, listAttributesSync } from 'fs-xattr';

const HIDDEN = new Set(['.markerfs', '.markerfs-slave', 'lost+found']);
/** Marks, and the second name under which xfs shows ACLs. */
const OWN_XATTR = /^(trusted|user)\.markerfs\.|^trusted\.SGI_ACL_/;
/** Filesystems round what they allocate. */
const HOLE_TOLERANCE = 256n * 1024n;
const BLOCK = 512n;

interface Described {
  /** All attributes that a slave must have. */
  readonly facts: string;
  /** Bytes that are not on the disk. */
  readonly holes: bigint;
}

/** Each object by name; names are written byte by byte. */
function describe(root: string): Map<string, Described> {
  const found = new Map<string, Described>();
  const firstNames = new Map<bigint, string>();
  const visit = (path: string): void => {
    const full = Buffer.from(`${root}${path}`, 'latin1');
    const stat = fs.lstatSync(full, { bigint: true });
    const facts: unknown[] = [stat.mode, stat.uid, stat.gid, stat.rdev, stat.mtimeNs];
    if (stat.isSymbolicLink()) facts.push(fs.readlinkSync(full, 'latin1'));
    if (stat.isFile()) facts.push(stat.size, createHash('sha1').update(fs.readFileSync(full)).digest('hex'));
    if (stat.isFile() || stat.isDirectory()) facts.push(xattrs(full));
    if (!stat.isDirectory() && stat.nlink > 1n) {
      const first = firstNames.get(stat.ino) ?? path;
      firstNames.set(stat.ino, first);
      facts.push(stat.nlink, `= ${first}`);
    }
    found.set(path, { facts: facts.join(' '), holes: stat.isFile() ? stat.size - stat.blocks * BLOCK : 0n });
    if (!stat.isDirectory()) return;
    for (const name of fs.readdirSync(full, 'latin1').sort())
      if (path !== '' || !HIDDEN.has(name)) visit(`${path}/${name}`);
  };
  visit('');
  return found;
}

function xattrs(path: Buffer): string {
  const file = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW);
  try {
    const link = `/proc/self/fd/${file}`;
    const names = listAttributesSync(link).filter((name) => !OWN_XATTR.test(name));
    return names
      .sort()
      .map((name) => `${name}=${getAttributeSync(link, name).toString('hex')}`)
      .join();
  } finally {
    fs.closeSync(file);
  }
}

/** What differs between two trees, a line for each object; neither rsync nor markerfs has a part in this. */
export function compareTrees(source: string, slave: string): string[] {
  const wanted = describe(source);
  const found = describe(slave);
  const names = [...new Set([...wanted.keys(), ...found.keys()])];
  return names.flatMap((name) => {
    const told = difference(name, wanted.get(name), found.get(name));
    return told === undefined ? [] : `${told}; slave is ${slave}`;
  });
}

function difference(name: string, wanted: Described | undefined, found: Described | undefined): string | undefined {
  const path = JSON.stringify(name);
  if (wanted?.facts !== found?.facts)
    return `${path} differs: source ${wanted?.facts ?? 'has none'}; slave ${found?.facts ?? 'has none'}`;
  if (wanted && found && found.holes + HOLE_TOLERANCE < wanted.holes)
    return `${path} differs: source has ${wanted.holes} bytes of holes, slave ${found.holes}`;
  return undefined;
}
