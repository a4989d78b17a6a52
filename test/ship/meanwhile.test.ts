import test from 'ava';
import { JournalReader } from '../../src/journal/reader.js';
import type { Barrier } from '../../src/ship/barrier.js';
import { commitPass } from '../../src/ship/commit.js';
import { runPass } from '../../src/ship/pass.js';
import { LocalSource } from '../../src/ship/source.js';
import { Rsync } from '../../src/ship/transfer/rsync.js';
import type { Transfer } from '../../src/ship/transfer/transfer.js';
import { openSlave } from '../../src/slave/registry.js';
import { World } from './world.js';

/** A pass by the journal in which things happen right before rsync runs, as the daemon would journal them. */
async function passWhile(world: World, happens: () => void): Promise<void> {
  const { volume, state } = world;
  const { journalId, position, stimeUs } = state.slaves.need('copy');
  const slave = openSlave(volume, state.slaves.need('copy'));
  const source = new LocalSource(volume);
  const records = JournalReader.need(volume.stateDir);
  const rsync = new Rsync({
    source: source.path,
    sourceName: volume.source,
    destination: slave.destination,
    temporary: slave.temporary,
    privileged: true,
  });
  let happened = false;
  const transfer: Transfer = {
    put: (units) => {
      if (!happened) happens();
      happened = true;
      return rsync.put(units);
    },
    putRoot: () => rsync.putRoot(),
  };
  const settle: Barrier['settle'] = async () => ({ journalId: records.id, head: records.head });
  const barrier = { timeUs: world.barrier(), head: records.head, journalId: records.id, settle };
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
      crawl: 'journal',
    });
    const counts = { ...outcome.work.counts, failed: 0, seconds: 0, syncPoint: outcome.stimeUs };
    await commitPass(state, outcome, pending, { slave: 'copy', crawl: 'journal', ...counts }, 1);
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
      const world = World.create(t);
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
