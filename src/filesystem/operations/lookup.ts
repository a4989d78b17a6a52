import { ENOENT, ENOMEM } from '../../syscalls/index.js';
import { bare, type Filesystem } from '../filesystem.js';
import { tableFull } from '../nodes/table.js';

/** Finds a name in a directory. Returns its nodeid, with one lookup more and its attributes in `fs.stat`, or −errno. */
export function lookup(fs: Filesystem, parent: number, name: Buffer): number {
  if (fs.hidden.isEntry(parent, bare(name))) return -ENOENT;
  const directory = fs.objects.directory(parent);
  return directory < 0 ? directory : lookupAt(fs, parent, directory, name);
}

/** The same with the directory's descriptor at hand; hidden names are the caller's business. */
export function lookupAt(fs: Filesystem, parent: number, directory: number, name: Buffer): number {
  for (;;) {
    const seen = fs.table.changes.version(parent);
    const result = fs.stat.read(directory, name);
    if (result < 0) return result;
    const id = fs.table.enter(fs.stat, parent, bare(name), seen);
    if (id > 0) return id;
    if (id === tableFull) return -ENOMEM;
    fs.table.changes.wait(parent);
  }
}
