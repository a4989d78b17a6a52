import { dirent64 } from '../../syscalls/index.js';
import type { Filesystem } from '../filesystem.js';
import { list } from '../operations/listing.js';
import { type Answer, answer } from './answer.js';
import type { Paths } from './paths.js';

/** What a listing tells of an entry besides its name. */
interface Kind {
  readonly mode: number;
  readonly ino: number;
}

/** As much as the listing's buffer holds. */
const bytes = 65_536;

/** The callback that lists a directory: all of it in one answer. */
export function listingCallbacks(fs: Filesystem, paths: Paths) {
  return {
    readdir: (path: string): Answer => {
      const id = paths.node(path);
      if (id < 0) return id;
      const [names, kinds]: [string[], Kind[]] = [[], []];
      const result = listAll(fs, id, names, kinds);
      return answer(result, () => [names, kinds]);
    },
  };
}

/** Names that are not UTF-8 are shown with U+FFFD, so that they are missed by nobody; whoever uses them is refused. */
function listAll(fs: Filesystem, id: number, names: string[], kinds: Kind[]): number {
  let offset = 0n;
  for (let before = -1; before !== names.length; ) {
    before = names.length;
    const result = list(fs, id, offset, bytes, ({ entries, at, nameStart, nameLength, type }) => {
      names.push(entries.toString('utf8', nameStart, nameStart + nameLength));
      kinds.push({ mode: type << 12, ino: entries.readUInt32LE(at + dirent64.ino) });
      offset = entries.readBigInt64LE(at + dirent64.offset);
      return true;
    });
    if (result < 0) return result;
  }
  return 0;
}
