import fs from 'node:fs';
import test from 'ava';
import { JournalReader } from '../../src/journal/reader.js';
import { Operation } from '../../src/journal/record.js';
import type { Barrier } from '../../src/ship/barrier.js';
import { commitPass } from '../../src/ship/commit.js';
import { runPass } from '../../src/ship/pass.js';
import { LocalSource } from '../../src/ship/source.js';
import { rsyncOptions } from '../../src/ship/transfer/options.js';
import { Rsync } from '../../src/ship/transfer/rsync.js';
import type { Transfer } from '../../src/ship/transfer/transfer.js';
import { Places } from '../../src/slave/places.js';
import { World } from './world.js';

/** What a pass does in which power cuts are dangerous: it looks at marks, puts them on the disk, changes the slave. */
type Deed = 'look' | 'flush' | 'change';

/** An object that tells when these methods of it are called. */
function watched<T extends object>(object: T, deeds: Readonly<Record<string, Deed>>, tell: (deed: Deed) => void): T {
  const get = (target: T, key: string): unknown => {
    const value = Reflect.get(target, key) as unknown;
    if (typeof value !== 'function') return value;
    return (...args: unknown[]): unknown => {
      if (deeds[key]) tell(deeds[key]);
      return (value as (...args: unknown[]) => unknown).apply(target, args);
    };
  };
  return new Proxy(object, { get: (target, key) => get(target, String(key)) });
}

/**
 * A pass in which things happen right before rsync runs, as the daemon would journal them; by the journal, if it is not
 * told to walk.
 */
async function passWhile(
  world: World,
  happens: () => void,
  crawl: 'journal' | 'walk' = 'journal',
  tell: (deed: Deed) => void = () => {},
): Promise<void> {
  const { volume, state } = world;
  const { journalId, position, stimeUs } = state.slaves.need('copy');
  const places = new Places(volume);
  const opened = await places.open(state.slaves.need('copy'));
  if ('plain' in opened) throw new Error('The copy is a local directory');
  const slave = watched(opened, { remove: 'change' }, tell);
  const source = watched(new LocalSource(volume), { marks: 'look', flush: 'flush' }, tell);
  const records = JournalReader.need(volume.stateDir);
  const rsync = new Rsync(rsyncOptions(volume, source.path, slave, {}, {}));
  let happened = false;
  const transfer: Transfer = {
    jobs: 1,
    put: (units, inPlace) => {
      if (!happened) happens();
      happened = true;
      tell('change');
      return rsync.put(units, inPlace);
    },
    putRoot: () => {
      tell('change');
      return rsync.putRoot();
    },
  };
  const settle: Barrier['settle'] = async () => ({ journalId: records.id, head: records.head });
  const barrier = {
    timeUs: world.barrier(),
    head: records.head,
    journalId: records.id,
    settle,
    before: () => undefined,
  };
  const links = { namesOf: () => [], add: () => {} };
  const pending = state.pending.of('copy');
  try {
    const base = { journalId, position, stimeUs };
    const outcome = await runPass({
      source,
      slave,
      transfer,
      links,
      records,
      barrier,
      base,
      pending,
      crawl,
      wanted: {},
    });
    const counts = {
      ...outcome.work.counts,
      failed: 0,
      waiting: 0,
      seconds: 0,
      phases: {},
      syncPoint: outcome.stimeUs,
    };
    await commitPass(state, outcome, pending, { slave: 'copy', crawl, ...counts }, 1);
  } finally {
    source.close();
    records.close();
    slave.close();
  }
}

const CASES: Record<string, { before: (world: World) => void; meanwhile: (world: World) => void }> = {
  'a file that is shipped is renamed, and another takes its name': {
    before: (w) => w.write('a', 'first, changed'),
    meanwhile: (w) => {
      w.rename('a', 'z');
      w.write('a', 'second');
    },
  },
  'a directory that is shipped is renamed, and a file takes its name': {
    before: (w) => w.write('d/new', 'new'),
    meanwhile: (w) => {
      w.rename('d', 'e');
      w.write('d', 'a file');
    },
  },
  'a directory is renamed, and a new one of the same name has other things in it': {
    before: (w) => w.write('d/file', 'changed'),
    meanwhile: (w) => {
      w.rename('d', 'e');
      w.mkdir('d');
      w.write('d/file', 'of another directory');
    },
  },
  'a deleted name is taken by a directory that was elsewhere': {
    before: (w) => w.unlink('a'),
    meanwhile: (w) => w.rename('d', 'a'),
  },
  'one name of a changed object is removed': {
    before: (w) => w.write('linked', 'changed'),
    meanwhile: (w) => w.unlink('linked'),
  },
};

for (const [name, { before, meanwhile }] of Object.entries(CASES)) {
  for (const next of ['journal', 'walk'] as const) {
    test(`while a pass runs, ${name}; then a ${next}`, async (t) => {
      const world = await World.create(t);
      world.mkdir('d');
      for (const file of ['a', 'd/file', 'd/old', 'linked']) world.write(file, file);
      world.link('linked', 'd/link');
      await world.pass();
      before(world);
      await passWhile(world, () => meanwhile(world));
      if (next === 'walk') world.loseJournal();
      t.is((await world.pass()).crawl, next);
      t.is(await world.differences(), '');
    });
  }
}

const CHANGES: Record<string, (world: World) => void> = {
  'a file is written': (w) => w.write('d/file', 'changed'),
  'a file is deleted': (w) => w.unlink('gone'),
  'the root itself is changed': (w) => w.change('', Operation.meta, (full) => fs.chmodSync(full, 0o750)),
  'a symlink with two names takes the place of another': (w) => {
    w.unlink('link');
    w.symlink('link', 'changed');
    w.link('link', 'd/link');
  },
  'a file stands where a directory was': (w) => {
    w.unlink('d/file');
    w.remove('d');
    w.write('d', 'a file');
  },
};

for (const [name, change] of Object.entries(CHANGES)) {
  for (const crawl of ['journal', 'walk'] as const) {
    test(`the marks by which a ${crawl} finds it are on the disk before the slave is changed: ${name}`, async (t) => {
      const world = await World.create(t);
      world.mkdir('d');
      for (const file of ['d/file', 'gone']) world.write(file, file);
      world.symlink('link', 'first');
      world.link('link', 'other');
      await world.pass();
      change(world);
      if (crawl === 'walk') world.loseJournal();
      const deeds: Deed[] = [];
      await passWhile(
        world,
        () => {},
        crawl,
        (deed) => void deeds.push(deed),
      );
      const before = deeds.flatMap((deed, at) =>
        deed === 'change' ? [deeds.slice(0, at).findLast((earlier) => earlier !== 'change')] : [],
      );
      t.deepEqual([...new Set(before)], ['flush'], deeds.join(' '));
      t.is(await world.differences(), '');
    });
  }
}
