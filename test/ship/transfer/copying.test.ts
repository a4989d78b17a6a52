import fs from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { CopyingTransfer } from '../../../src/ship/transfer/copying/copying.js';
import type { PutResult, Transfer } from '../../../src/ship/transfer/transfer.js';
import { type Unit, unitOf } from '../../../src/ship/transfer/units.js';
import { type BytePath, fromBytes } from '../../../src/slave/path.js';
import type { Entry } from '../../../src/slave/slave.js';
import { Tree } from '../../../src/slave/tree.js';
import { must, run } from '../../support/run.js';
import { differences } from '../../support/trees.js';
import { makeWork } from '../../support/work.js';

const MIB = 1 << 20;

/** rsync's part: only notes what it is given. */
class Noted implements Transfer {
  readonly jobs = 2;
  readonly paths: BytePath[] = [];

  async put(units: readonly Unit[]): Promise<PutResult> {
    this.paths.push(...units.flatMap(({ items }) => items.map(({ path }) => path)));
    return { verdict: 'done', reason: '', bytes: 0 };
  }

  async putRoot(): Promise<PutResult> {
    return { verdict: 'done', reason: '', bytes: 0 };
  }
}

interface How {
  readonly inPlace?: boolean;
  readonly before?: Entry;
  /** Happens between the look at the source and the copy. */
  readonly meanwhile?: () => void;
}

interface Place {
  readonly source: string;
  readonly slave: string;
  /** Brings these paths over; answers the bytes that went, and what was left to rsync. */
  put(paths: readonly string[], how?: How): Promise<[number, BytePath[]]>;
}

function place(t: ExecutionContext): Place {
  const work = makeWork(t);
  const [source, slave] = [join(work, 'source'), join(work, 'slave')];
  for (const folder of [source, slave]) fs.mkdirSync(folder);
  const tree = Tree.open(source);
  const rsync = new Noted();
  const copying = new CopyingTransfer(rsync, { source, slave });
  t.teardown(async () => {
    await copying.close();
    tree.close();
  });
  const unit = (path: BytePath, before: Entry | undefined): Unit =>
    unitOf([{ path, effort: 'write', entry: tree.entry(path)!, before, failedBefore: false }]);
  return {
    ...{ source, slave },
    put: async (paths, { inPlace = true, before, meanwhile } = {}) => {
      tree.forget();
      const units = paths.map((path) => unit(fromBytes(Buffer.from(path)), before));
      meanwhile?.();
      const { bytes, wireBytes = 0 } = await copying.put(units, inPlace);
      t.is(wireBytes, bytes);
      return [bytes, rsync.paths.splice(0)];
    },
  };
}

test('directories and small files arrive with all that they have', async (t) => {
  const { source, slave, put } = place(t);
  fs.mkdirSync(join(source, 'a/b/c'), { recursive: true });
  fs.writeFileSync(join(source, 'a/empty'), '');
  fs.writeFileSync(join(source, 'a/b/largest'), Buffer.alloc(MIB, 'x'));
  fs.writeFileSync(join(source, 'a/b/c/ é\n'), 'content');
  fs.writeFileSync(join(source, 'setuid'), 'program');
  fs.chownSync(join(source, 'setuid'), 65534, 1234);
  fs.chmodSync(join(source, 'setuid'), 0o6751);
  fs.chmodSync(join(source, 'a/empty'), 0);
  fs.chownSync(join(source, 'a/b'), 1234, 65534);
  fs.chmodSync(join(source, 'a/b'), 0o3570);
  const paths = ['a', 'a/b', 'a/b/c', 'a/b/c/ é\n', 'a/b/largest', 'a/empty', 'setuid'];
  for (const [at, path] of paths.entries())
    await must(['touch', '-d', `2001-02-03 04:05:06.12345678${at}`, join(source, path)]);
  await must(['setfattr', '-n', 'trusted.markerfs.uuid.xtime', '-v', 'a mark', join(source, 'setuid')]);
  fs.utimesSync(source, 1, 1);
  fs.utimesSync(slave, 1, 1);
  t.deepEqual(await put(paths), [MIB + 'content'.length + 'program'.length, []]);
  t.is(await differences(source, slave), '');
  t.is(await must(['getfattr', '-d', '-m', '-', join(slave, 'setuid')]), '');
});

test('a directory keeps its time when more arrives in it', async (t) => {
  const { source, slave, put } = place(t);
  fs.mkdirSync(join(source, 'd'));
  for (const name of ['one', 'two']) fs.writeFileSync(join(source, 'd', name), name);
  fs.utimesSync(join(source, 'd'), 1, 1);
  await put(['d', 'd/one']);
  await put(['d/two']);
  t.is(fs.statSync(join(slave, 'd')).mtimeMs, 1000);
});

const LEFT: Record<string, (file: string) => unknown> = {
  'what has more than a MiB': (file) => fs.writeFileSync(file, Buffer.alloc(MIB + 1, 'x')),
  'what has an xattr': (file) => must(['bash', '-c', ': >"$0" && setfattr -n user.x -v y "$0"', file]),
  'what has an ACL': (file) => must(['bash', '-c', ': >"$0" && setfacl -m u:1234:r "$0"', file]),
  'a directory that has one': (file) => must(['bash', '-c', 'mkdir "$0" && setfacl -m d:u:1234:r "$0"', file]),
  'what has two names': (file) => must(['bash', '-c', ': >"$0" && ln "$0" "$0.2"', file]),
  'what has holes': (file) => must(['truncate', '--size=1M', file]),
  'a symlink': (file) => fs.symlinkSync('elsewhere', file),
  'a fifo': (file) => must(['mkfifo', file]),
};

for (const [what, make] of Object.entries(LEFT)) {
  test(`left to rsync: ${what}`, async (t) => {
    const { source, slave, put } = place(t);
    await make(join(source, 'x'));
    t.deepEqual(await put(['x']), [0, ['x']]);
    t.deepEqual(fs.readdirSync(slave), []);
  });
}

test('left to rsync: what has got a second name since it was looked at', async (t) => {
  const { source, slave, put } = place(t);
  fs.writeFileSync(join(source, 'x'), 'x');
  const meanwhile = () => fs.linkSync(join(source, 'x'), join(source, 'y'));
  t.deepEqual(await put(['x'], { meanwhile }), [0, ['x']]);
  t.deepEqual(fs.readdirSync(slave), []);
});

test('left to rsync: what the slave has, and all of a pass that is not the first', async (t) => {
  const { source, slave, put } = place(t);
  fs.writeFileSync(join(source, 'x'), 'new');
  const before = Tree.open(source).entry('x')!;
  t.deepEqual(await put(['x'], { before }), [0, ['x']]);
  t.deepEqual(await put(['x'], { inPlace: false }), [0, ['x']]);
  t.deepEqual(fs.readdirSync(slave), []);
  fs.writeFileSync(join(slave, 'x'), 'old');
  t.deepEqual(await put(['x']), [0, ['x']]);
  t.is(fs.readFileSync(join(slave, 'x'), 'utf8'), 'old');
});

test('left to rsync, and not begun: what the slave gives an ACL', async (t) => {
  const { source, slave, put } = place(t);
  fs.mkdirSync(join(source, 'd'));
  fs.writeFileSync(join(source, 'd/x'), 'x');
  fs.mkdirSync(join(slave, 'd'));
  await must(['setfacl', '-m', 'd:u:1234:r', join(slave, 'd')]);
  t.deepEqual(await put(['d/x', 'd']), [0, ['d/x', 'd']]);
  t.deepEqual(fs.readdirSync(join(slave, 'd')), []);
});

test('no symlink is followed, on either side', async (t) => {
  const { source, slave, put } = place(t);
  const outside = makeWork(t);
  fs.writeFileSync(join(outside, 'secret'), 'secret');
  fs.mkdirSync(join(source, 'd'));
  fs.writeFileSync(join(source, 'd/secret'), 'x');
  fs.symlinkSync(outside, join(slave, 'd'));
  t.deepEqual(await put(['d', 'd/secret']), [0, ['d', 'd/secret']]);
  t.is(fs.readFileSync(join(outside, 'secret'), 'utf8'), 'secret');

  fs.rmSync(join(slave, 'd'));
  const meanwhile = (): void => {
    fs.renameSync(join(source, 'd'), join(source, 'e'));
    fs.symlinkSync(outside, join(source, 'd'));
  };
  t.deepEqual(await put(['d/secret'], { meanwhile }), [0, ['d/secret']]);
  t.deepEqual(fs.readdirSync(slave), []);
});

test('where there is no room nothing is left that is not whole', async (t) => {
  const { source, slave, put } = place(t);
  await must(['mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', slave]);
  try {
    fs.writeFileSync(join(source, 'x'), Buffer.alloc(MIB, 'x'));
    t.deepEqual(await put(['x']), [0, ['x']]);
    t.deepEqual(fs.readdirSync(slave), []);
  } finally {
    await run(['umount', '--lazy', slave]);
  }
});
