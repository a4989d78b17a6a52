import test, { type ExecutionContext } from 'ava';
import type { Look, Records } from '../../src/dashboard/page/messages.js';
import { Tail } from '../../src/dashboard/tail.js';
import { JournalReader } from '../../src/journal/reader.js';
import { Operation } from '../../src/journal/record.js';
import { JournalWriter } from '../../src/journal/writer.js';
import { batchOf, named } from '../journal/records.js';
import { makeVolume } from '../support/state.js';

const ALL: Look['journal'] = { text: '', operations: [] };

/** A journal that is written and looked at. */
class Watching {
  readonly #writer: JournalWriter;
  readonly #reader: JournalReader;
  readonly #tail = new Tail();

  constructor(t: ExecutionContext) {
    const { stateDir } = makeVolume(t);
    this.#writer = JournalWriter.open(stateDir);
    this.#reader = JournalReader.need(stateDir);
    t.teardown(() => {
      this.#writer.close();
      this.#reader.close();
    });
  }

  write(operation: Operation, path: string, path2?: string): void {
    this.#writer.append(batchOf(named(operation, path, path2)));
  }

  read(filter: Look['journal'] = ALL): Promise<Records | undefined> {
    return this.#tail.read(this.#reader, filter, new AbortController().signal);
  }
}

function paths(records: Records | undefined): string[] | undefined {
  return records?.records.map(({ path }) => path);
}

test('the tail is what there is, then what comes', async (t) => {
  const journal = new Watching(t);
  journal.write(Operation.create, 'a');
  journal.write(Operation.rename, 'a', 'b');
  t.like(await journal.read(), { fresh: true, skipped: 0, searched: null });
  t.is(await journal.read(), undefined);
  journal.write(Operation.data, 'b');
  const next = await journal.read();
  t.like(next, { fresh: false, skipped: 0 });
  t.deepEqual(paths(next), ['b']);
});

test('what comes too fast is counted, not shown', async (t) => {
  const journal = new Watching(t);
  await journal.read();
  for (let n = 0; n < 350; n++) journal.write(Operation.create, `file-${n}`);
  const burst = await journal.read();
  t.like(burst, { skipped: 150 });
  t.deepEqual([paths(burst)?.length, paths(burst)?.at(0), paths(burst)?.at(-1)], [200, 'file-150', 'file-349']);
});

test('a filter finds both names of a rename, in any case, and operations', async (t) => {
  const journal = new Watching(t);
  journal.write(Operation.create, 'Mail/one');
  journal.write(Operation.rename, 'two', 'mail/two');
  journal.write(Operation.create, 'three');
  const found = await journal.read({ text: 'MAIL/', operations: [] });
  t.deepEqual(paths(found), ['Mail/one', 'two']);
  t.deepEqual(found?.searched, { records: 3, all: true });
  t.deepEqual(paths(await journal.read({ text: 'mail', operations: ['rename'] })), ['two']);
  const creates = { text: '', operations: ['create'] };
  t.deepEqual(paths(await journal.read(creates)), ['Mail/one', 'three']);
  journal.write(Operation.mkdir, 'four');
  journal.write(Operation.create, 'five');
  const next = await journal.read(creates);
  t.deepEqual(paths(next), ['five']);
  t.like(next, { fresh: false, skipped: 0 });
});

test('a filter that finds nothing says where it looked', async (t) => {
  const journal = new Watching(t);
  for (let n = 0; n < 5000; n += 1000) for (let m = 0; m < 10; m++) journal.write(Operation.create, `file-${n + m}`);
  t.deepEqual(await journal.read({ text: 'nowhere', operations: [] }), {
    fresh: true,
    records: [],
    skipped: 0,
    searched: { records: 50, all: true },
  });
});

test('names are shown with what is not text escaped', async (t) => {
  const journal = new Watching(t);
  journal.write(Operation.create, 'a\nb\u202e');
  t.deepEqual(paths(await journal.read()), ['a\\nb\\xe2\\x80\\xae']);
});
