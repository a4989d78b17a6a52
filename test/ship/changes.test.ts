import { lstatSync, readFileSync, readlinkSync } from 'node:fs';
import test from 'ava';
import { Operation } from '../../src/journal/record.js';
import { S_IFBLK, S_IFCHR, S_IFIFO, S_IFSOCK } from '../../src/syscalls/index.js';
import { must } from '../support/run.js';
import { World } from './world.js';

const byte = (text: string): Buffer => Buffer.from(text, 'latin1');

/** What is there before, and what then happens. The slave must follow, whichever way the pass finds out. */
const CASES: Record<string, { before?: (world: World) => void; after: (world: World) => void | Promise<void> }> = {
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

for (const [name, { before, after }] of Object.entries(CASES)) {
  for (const crawl of ['journal', 'walk'] as const) {
    test(`${crawl}: ${name}`, async (t) => {
      const world = World.create(t);
      before?.(world);
      t.is((await world.pass()).crawl, 'initial');
      t.is(await world.differences(), '', 'after the initial crawl');
      await after(world);
      if (crawl === 'walk') world.loseJournal();
      t.is((await world.pass()).crawl, crawl);
      t.is(await world.differences(), '');
      const again = await world.pass();
      t.is(again.shipped + again.deleted + again.renamed, 0, 'nothing is left to do');
    });
  }
}

test('the holes of a sparse file stay holes', async (t) => {
  const world = World.create(t);
  await CASES['sparse files, sockets and devices']!.after(world);
  await world.pass();
  t.true(lstatSync(world.inSlave('sparse')).blocks * 512 < 1 << 20);
});

test('a symlink on the source is never followed, not even as a parent', async (t) => {
  const world = World.create(t);
  world.mkdir('d');
  world.write('d/secret', 'inside');
  await world.pass();
  world.remove('d');
  world.symlink('d', '/etc');
  await world.pass();
  t.is(readlinkSync(world.inSlave('d')), '/etc');
  t.is(await world.differences(), '');
});

test('a symlink that somebody put on the slave is never followed', async (t) => {
  const world = World.create(t);
  for (const name of ['d', 'e']) world.mkdir(name);
  for (const name of ['d/file', 'd/gone', 'e/moved']) world.write(name, name);
  await world.pass();
  await must(['mkdir', '-p', `${world.slave}.outside`]);
  t.teardown(() => must(['rm', '-rf', `${world.slave}.outside`]));
  await must(['cp', '-a', `${world.slave}/d/.`, `${world.slave}.outside`]);
  await must(['rm', '-r', `${world.slave}/d`]);
  await must(['ln', '-s', `${world.slave}.outside`, `${world.slave}/d`]);
  world.write('d/file', 'changed');
  world.unlink('d/gone');
  world.rename('e/moved', 'd/moved');
  await world.pass();
  t.is(readFileSync(`${world.slave}.outside/file`, 'utf8'), 'd/file');
  t.is(readFileSync(`${world.slave}.outside/gone`, 'utf8'), 'd/gone');
  t.is(await world.differences(), '');
});
