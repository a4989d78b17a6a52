import type { ExecutionContext } from 'ava';
import { Operation } from '../../src/journal/record.js';
import { S_IFBLK, S_IFCHR, S_IFIFO, S_IFSOCK } from '../../src/syscalls/index.js';
import { must } from '../support/run.js';
import { World, type WorldOptions } from './world.js';

const byte = (text: string): Buffer => Buffer.from(text, 'latin1');

interface Changes {
  readonly before?: (world: World) => void;
  readonly after: (world: World) => void | Promise<void>;
}

/** What is there before, and what then happens. The slave must follow, whichever way the pass finds out. */
export const CASES: Record<string, Changes> = {
  'names of any bytes': {
    before: (w) => w.mkdir(byte('d\xff')),
    after: (w) => {
      const names = [
        '\xff\xfe',
        'new\nline',
        '#hash',
        ';semicolon',
        '-dash',
        '--delete',
        ' blank ',
        'a\\#012b',
        '*?[x]',
        'x'.repeat(255),
        '...',
      ];
      for (const name of names) w.write(byte(name), name);
      for (const name of names) w.write(byte(`d\xff/${name}`), name);
      w.rename(byte('d\xff/new\nline'), byte('d\xff/\x80'));
      w.unlink(byte('#hash'));
    },
  },
  'a file becomes a directory, a directory a symlink, a symlink a file': {
    before: (w) => {
      for (const name of ['to-directory', 'outside']) w.write(name, name);
      w.mkdir('to-symlink');
      w.write('to-symlink/inside', 'x');
      w.symlink('to-file', 'outside');
    },
    after: (w) => {
      for (const name of ['to-directory', 'to-symlink', 'to-file']) w.remove(name);
      w.mkdir('to-directory');
      w.write('to-directory/new', 'new');
      w.symlink('to-symlink', 'outside');
      w.write('to-file', 'a file');
    },
  },
  'hard links: a change through one name, new names, names taken away': {
    before: (w) => {
      w.mkdir('d');
      for (const name of ['one', 'two', 'three', 'four']) w.write(name, name);
      w.link('one', 'd/one');
      w.link('two', 'd/two');
      w.link('three', 'd/three');
      w.link('four', 'd/four');
    },
    after: (w) => {
      w.write('one', 'one changed');
      w.link('two', 'two again');
      w.write('three', 'changed, then');
      w.unlink('three');
      w.write('tmp', 'not four any more');
      w.rename('tmp', 'four');
    },
  },
  'hard links swap partners without any change of content': {
    before: (w) => {
      for (const name of ['a', 'b']) w.write(name, 'same', '1000000000.5');
      w.link('a', 'a2');
      w.link('b', 'b2');
    },
    after: (w) => {
      w.rename('a2', 'tmp');
      w.rename('b2', 'a2');
      w.rename('tmp', 'b2');
    },
  },
  'a changed name of a hard link becomes something else': {
    before: (w) => {
      w.mkdir('d');
      for (const name of ['to-directory', 'to-file', 'to-nothing', 'in-tree']) {
        w.write(name, name);
        w.link(name, `d/${name}`);
      }
      w.mkdir('tree');
      w.rename('in-tree', 'tree/in-tree');
    },
    after: (w) => {
      for (const name of ['to-directory', 'to-file', 'to-nothing', 'tree/in-tree']) {
        w.write(name, 'changed through a name that is gone');
        w.unlink(name);
      }
      w.mkdir('to-directory');
      w.write('to-file', 'another file');
      w.unlink('tree');
    },
  },
  'links of symlinks and fifos': {
    before: (w) => {
      w.symlink('s', 'x');
      w.link('s', 's2');
      w.mknod('f', S_IFIFO | 0o600);
      w.link('f', 'f2');
    },
    after: (w) => {
      w.unlink('s2');
      w.symlink('s2', 'x');
      w.unlink('f');
      w.mknod('f', S_IFIFO | 0o644);
    },
  },
  'editors that save by renaming': {
    before: (w) => w.write('text', 'old', '1000000000.1'),
    after: (w) => {
      for (const content of ['new', 'nex', 'ney']) {
        w.write('.text.swp', content, '1000000000.1');
        w.rename('.text.swp', 'text');
      }
    },
  },
  'chains and swaps of renames': {
    before: (w) => {
      for (const name of ['a', 'b', 'c', 'd']) w.write(name, name);
      for (const name of ['x', 'y']) w.mkdir(name);
      for (const name of ['x/1', 'y/2']) w.write(name, name);
    },
    after: (w) => {
      w.rename('a', 'tmp');
      w.rename('b', 'a');
      w.rename('tmp', 'b');
      w.rename('c', 'c2');
      w.rename('c2', 'c3');
      w.rename('d', 'c');
      w.exchange('x', 'y');
    },
  },
  'a directory is renamed, then things change below its new name': {
    before: (w) => {
      w.mkdir('d');
      for (const name of ['keep', 'change', 'remove', 'rename']) w.write(`d/${name}`, name);
    },
    after: (w) => {
      w.rename('d', 'e');
      w.write('e/change', 'changed');
      w.unlink('e/remove');
      w.rename('e/rename', 'e/renamed');
      w.write('e/new', 'new');
    },
  },
  'a directory is deleted and made again with other things in it': {
    before: (w) => {
      for (const name of ['d', 'd/sub']) w.mkdir(name);
      for (const name of ['d/old', 'd/sub/older']) w.write(name, name);
    },
    after: (w) => {
      w.remove('d');
      w.mkdir('d');
      w.mkdir('d/sub');
      w.write('d/new', 'new');
    },
  },
  'a directory is renamed into a new one of its own old name': {
    before: (w) => {
      w.mkdir('d');
      w.write('d/file', 'file');
    },
    after: (w) => {
      w.rename('d', 'tmp');
      w.mkdir('d');
      w.rename('tmp', 'd/inside');
      w.rename('d/inside/file', 'd/file');
    },
  },
  'same size, same second': {
    before: (w) => w.write('file', 'aaaa', '1700000000.100000001'),
    after: (w) => w.write('file', 'bbbb', '1700000000.900000002'),
  },
  'same size, same time to the nanosecond': {
    before: (w) => w.write('file', 'aaaa', '1700000000.100000001'),
    after: (w) => w.write('file', 'bbbb', '1700000000.100000001'),
  },
  'only attributes: mode, owner, xattrs, ACLs, times, of the root too': {
    before: (w) => {
      w.mkdir('d');
      w.write('file', 'x');
      w.symlink('link', 'file');
    },
    after: async (w) => {
      const change = (name: string, ...command: string[]) => {
        let done: Promise<unknown> = Promise.resolve();
        w.change(name, Operation.meta, (full) => {
          done = must([...command, full.toString()]);
        });
        return done;
      };
      await change('file', 'chmod', '4751');
      await change('d', 'chown', '1234:4321');
      await change('link', 'chown', '-h', '7:8');
      await change('file', 'setfattr', '-n', 'user.colour', '-v', 'red');
      await change('d', 'setfattr', '-n', 'trusted.other', '-v', 'kept');
      await change('d', 'setfacl', '-m', 'u:1:rwx,d:u:2:r');
      await change('file', 'touch', '-d', '2001-02-03 04:05:06.123456789');
      await change('', 'chmod', '0711');
      await change('', 'setfattr', '-n', 'user.root', '-v', 'yes');
    },
  },
  'sparse files, sockets and devices': {
    after: async (w) => {
      w.write('sparse', '');
      let truncated: Promise<unknown> = Promise.resolve();
      w.change('sparse', Operation.data, (full) => {
        truncated = must(['truncate', '-s', '64M', full.toString()]);
      });
      await truncated;
      w.mknod('fifo', S_IFIFO | 0o640);
      w.mknod('socket', S_IFSOCK | 0o600);
      w.mknod('null', S_IFCHR | 0o666, 1, 3);
      w.mknod('loop', S_IFBLK | 0o660, 7, 250);
    },
  },
  'files made and removed, and trees deleted': {
    before: (w) => {
      for (const name of ['d', 'd/e', 'd/e/f']) w.mkdir(name);
      for (const name of ['d/1', 'd/e/2', 'd/e/f/3', 'top']) w.write(name, name);
    },
    after: (w) => {
      w.write('brief', 'gone');
      w.unlink('brief');
      w.remove('d');
      w.unlink('top');
    },
  },
};

/** A slave of some kind follows changes, however the pass finds out about them. */
export async function followChanges(
  t: ExecutionContext,
  { before, after }: Changes,
  crawl: 'journal' | 'walk',
  options: WorldOptions = {},
): Promise<void> {
  const world = await World.create(t, options);
  before?.(world);
  t.is((await world.pass()).crawl, 'initial');
  t.is(await world.differences(), '', 'after the initial crawl');
  await after(world);
  if (crawl === 'walk') world.loseJournal();
  t.is((await world.pass()).crawl, crawl);
  t.is(await world.differences(), '');
  const again = await world.pass();
  t.is(again.shipped + again.deleted + again.renamed, 0, 'nothing is left to do');
}

/** How many names a change takes; they come first. */
const NAMES = {
  ...{ write: 1, mkdir: 1, symlink: 1, mknod: 1, change: 1, unlink: 1, remove: 1 },
  ...{ link: 2, rename: 2, exchange: 2 },
} as const;

/** A world in which all names are below a directory of it. */
function below(world: World, directory: string): World {
  const prefixed = (name: string | Buffer): Buffer =>
    Buffer.concat([Buffer.from(`${directory}${name.length > 0 ? '/' : ''}`), Buffer.from(name)]);
  return new Proxy(world, {
    get:
      (target, key: keyof typeof NAMES) =>
      (...args: (string | Buffer)[]) =>
        (target[key] as (...args: unknown[]) => unknown).call(
          target,
          ...args.map((arg, at) => (at < NAMES[key] ? prefixed(arg) : arg)),
        ),
  });
}

/** All changes at once, each below a directory of its own: for slaves to which the way is long. */
export const ALL_CHANGES: Changes = {
  before: (world) => {
    for (const [name, { before }] of Object.entries(CASES)) {
      world.mkdir(name);
      before?.(below(world, name));
    }
  },
  after: async (world) => {
    for (const [name, { after }] of Object.entries(CASES)) await after(below(world, name));
  },
};
