import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { node } from '../../../src/filesystem/nodes/memory.js';
import { type NodeTable, rootNode } from '../../../src/filesystem/nodes/table.js';
import { pathOf, whereabouts } from '../../../src/filesystem/nodes/where.js';
import { addWriter, removeWriter, writersOf } from '../../../src/filesystem/nodes/writers.js';
import { bytes, directory, plant, smallMemory, statOf } from './memory.js';

interface Modelled {
  readonly ino: number;
  lookups: number;
  opens: number;
  writers: number;
  /** The newest first. */
  names: { parent: number; name: string }[];
  retired: boolean;
}

/** Inodes below this are directories. */
const firstFile = 10;
const isDirectory = (ino: number) => ino < firstFile;
const stat = (ino: number) => statOf(ino, isDirectory(ino) ? directory : {});

/** The node table as a plain Map says what it should be. */
class Model {
  readonly nodes = new Map<number, Modelled>([[rootNode, this.#fresh(1, 1)]]);

  #fresh(ino: number, lookups = 0): Modelled {
    return { ino, lookups, opens: 0, writers: 0, names: [], retired: false };
  }

  find(ino: number): number {
    for (const [id, { ino: other, retired }] of this.nodes) if (other === ino && !retired) return id;
    return 0;
  }

  /** Whether `id` is `ancestor` or lies below it. */
  isBelow(id: number, ancestor: number): boolean {
    if (id === ancestor) return true;
    return (this.nodes.get(id)?.names ?? []).some(({ parent }) => this.isBelow(parent, ancestor));
  }

  entered(id: number, ino: number, parent: number, name: string): void {
    const entry = this.nodes.get(id) ?? this.#fresh(ino);
    this.nodes.set(id, entry);
    entry.lookups++;
    this.named(entry, parent, name);
  }

  named(entry: Modelled, parent: number, name: string): void {
    if (entry.names.some((known) => known.parent === parent && known.name === name)) return;
    entry.names = [{ parent, name }, ...(isDirectory(entry.ino) ? [] : entry.names)];
  }

  children(id: number): number {
    let count = 0;
    for (const { names } of this.nodes.values()) count += names.filter(({ parent }) => parent === id).length;
    return count;
  }

  /** Takes away what nothing needs. */
  collect(): void {
    for (const [id, { lookups, opens }] of this.nodes) {
      if (lookups > 0 || opens > 0 || this.children(id) > 0) continue;
      this.nodes.delete(id);
      this.collect();
      return;
    }
  }

  path(id: number): string | undefined {
    if (id === rootNode) return '';
    const [first] = this.nodes.get(id)?.names ?? [];
    const parent = first && this.path(first.parent);
    return parent === undefined || !first ? undefined : `${parent}${parent === '' ? '' : '/'}${first.name}`;
  }
}

type Step = readonly [
  kind: 'enter' | 'enterNew' | 'forget' | 'remove' | 'open' | 'close' | 'retire',
  ino: number,
  which: number,
  name: string,
];

const pick = <T>(list: readonly T[], which: number): T | undefined => list[which % Math.max(list.length, 1)];

/** What each kind of step does to the table and the model. A step that makes no sense now does nothing. */
const steps: Record<Step[0], (table: NodeTable, model: Model, step: Step) => void> = {
  enter: (table, model, [, ino, which, name]) => {
    const parents = [...model.nodes].filter(([, entry]) => isDirectory(entry.ino)).map(([id]) => id);
    const parent = pick(parents, which) ?? rootNode;
    const known = model.find(ino);
    if (known !== 0 && model.isBelow(parent, known)) return;
    const id = table.enter(stat(ino), parent, bytes(name), table.changes.version(parent));
    if (known !== 0 && id !== known) throw new Error(`inode ${ino} is node ${id}, was ${known}`);
    if (known === 0 && model.nodes.has(id)) throw new Error(`node ${id} was given out twice`);
    model.entered(id, ino, parent, name);
  },
  enterNew: (table, model, step) => steps.enter(table, model, step),
  forget: (table, model, [, , which]) => {
    const [id = 0, entry] =
      pick(
        [...model.nodes].filter(([number]) => number !== rootNode),
        which,
      ) ?? [];
    if (entry === undefined) return;
    const count = Math.min(entry.lookups, 1 + (which % 3));
    table.forget(id, count, 0);
    entry.lookups -= count;
  },
  remove: (table, model, [, , which]) => {
    const [id = 0, entry] =
      pick(
        [...model.nodes].filter(([, { names }]) => names.length > 0),
        which,
      ) ?? [];
    const gone = pick(entry?.names ?? [], which >> 4);
    if (entry === undefined || gone === undefined) return;
    entry.names = entry.names.filter((name) => name !== gone);
    table.locked(() => {
      table.removeName(id, gone.parent, bytes(gone.name));
      table.freeIfUnused(id);
      table.freeIfUnused(gone.parent);
    });
  },
  open: (table, model, [, , which]) => {
    const [id = 0, entry] =
      pick(
        [...model.nodes].filter(([, { ino }]) => !isDirectory(ino)),
        which,
      ) ?? [];
    if (entry === undefined) return;
    entry.opens++;
    entry.writers++;
    table.locked(() => {
      table.set(id, node.opens, entry.opens);
      addWriter(table, id);
    });
  },
  close: (table, model, [, , which]) => {
    const [id = 0, entry] =
      pick(
        [...model.nodes].filter(([, { opens }]) => opens > 0),
        which,
      ) ?? [];
    if (entry === undefined) return;
    entry.opens--;
    entry.writers--;
    table.locked(() => {
      table.set(id, node.opens, entry.opens);
      removeWriter(table, id);
      table.freeIfUnused(id);
    });
  },
  retire: (table, model, [, , which]) => {
    const [id = 0, entry] =
      pick(
        [...model.nodes].filter(([number]) => number !== rootNode),
        which,
      ) ?? [];
    if (entry === undefined) return;
    entry.retired = true;
    table.locked(() => table.retire(id));
  },
};

function compare(t: ExecutionContext, table: NodeTable, model: Model): void {
  t.is(table.count, model.nodes.size);
  for (const [id, entry] of model.nodes) {
    const names = whereabouts(table, id).map(({ parent, name }) => ({
      parent,
      name: name.toString('latin1', 0, name.length - 1),
    }));
    t.deepEqual(names, entry.names, `names of node ${id}`);
    t.deepEqual(
      [table.exists(id), table.get(id, node.lookups), table.get(id, node.children)],
      [true, entry.lookups, model.children(id)],
      `node ${id}`,
    );
    t.is(
      table.locked(() => pathOf(table, id)?.toString('latin1')),
      model.path(id),
      `path of node ${id}`,
    );
  }
  for (let ino = 1; ino < 20; ino++)
    t.is(
      table.locked(() => table.find(stat(ino))),
      model.find(ino),
      `inode ${ino}`,
    );
  const writers = [...model.nodes].filter(([, entry]) => entry.writers > 0).map(([id]) => id);
  t.deepEqual(table.locked(() => writersOf(table)).sort(), writers.sort(), 'writers');
}

const step: fc.Arbitrary<Step> = fc.tuple(
  fc.constantFrom('enter', 'enter', 'enter', 'forget', 'forget', 'remove', 'open', 'close', 'retire'),
  fc.integer({ min: 2, max: 19 }),
  fc.nat(255),
  fc.constantFrom('a', 'b', 'a name of 28 bytes, that long', 'x'.repeat(255)),
);

test('after any steps the table is what a plain map says', (t) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (list) => {
      const table = plant(smallMemory(100, 1000));
      const model = new Model();
      for (const one of list) {
        steps[one[0]](table, model, one);
        model.collect();
        compare(t, table, model);
      }
    }),
    { numRuns: 150 },
  );
});
