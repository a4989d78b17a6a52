import test from 'ava';
import fc from 'fast-check';
import { Selection } from '../../src/ship/selection/selection.js';
import { HISTORIES, type Step } from './model/histories.js';
import type { Intent } from './model/intent.js';
import { KeptTree, namesOf } from './model/kept.js';
import { ModelPair, type PassPlan, QUIET, type SlaveKind } from './model/pair.js';

type Op = Intent['op'];

const ops: Op[] = ['create', 'create', 'mkdir', 'mkdir', 'symlink', 'write', 'write', 'chmod', 'unlink', 'unlink'];
const moves: Op[] = ['rename', 'rename', 'rename', 'rename', 'link', 'link', 'exchange', 'rmdir', 'remove'];

const number = fc.nat({ max: 30 });
const change: fc.Arbitrary<Intent> = fc.record({
  op: fc.constantFrom(...ops, ...moves),
  object: number,
  directory: number,
  name: fc.constantFrom('a', 'b', 'c'),
});

/** Names and places that are excluded, from some pass on, and then others. */
const SELECTIONS = await Promise.all(
  [[], ['c'], ['c/', 'b'], ['c', '!c/'], ['/a/b', '/b/*', '!/b/c']].map(Selection.of),
);

const eventful: fc.Arbitrary<PassPlan> = fc.record({
  meanwhile: fc.array(fc.record({ step: fc.integer({ min: 1, max: 50 }), change }), { maxLength: 10, size: 'max' }),
  killedAt: fc.option(fc.integer({ min: 1, max: 60 }), { nil: undefined, freq: 2 }),
  failing: fc.array(number, { maxLength: 1 }),
  loseJournal: fc.integer({ min: 0, max: 9 }).map((dice) => dice === 0),
});

const stepsWith = (plan: fc.Arbitrary<PassPlan>): fc.Arbitrary<Step[]> => {
  const step = fc.oneof(
    { weight: 8, arbitrary: fc.record({ change }) },
    { weight: 2, arbitrary: fc.record({ plan }) },
    // Nothing happens where nothing is excluded.
    { weight: 1, arbitrary: fc.record({ own: change }) },
  );
  return fc.array(step, { minLength: 20, maxLength: 80, size: 'max' });
};

/**
 * In the suite always the same histories: a change is judged by what it changes. With MARKERFS_RUNS, for a night, more, and
 * others each time.
 */
const { MARKERFS_RUNS } = process.env;
const RUNS = MARKERFS_RUNS === undefined ? { numRuns: 400, seed: 1 } : { numRuns: Number(MARKERFS_RUNS) };

const changes = (minLength: number, maxLength: number): fc.Arbitrary<Step[]> =>
  fc.array(fc.record({ change }), { minLength, maxLength, size: 'max' });

/** A tree, and first copies of it that are cut, with changes between and while they run. */
const cutFirstCopies: fc.Arbitrary<Step[]> = fc
  .tuple(
    changes(0, 40),
    fc.boolean(),
    changes(10, 60),
    fc.array(
      fc.tuple(
        fc
          .tuple(fc.oneof(eventful, fc.constant(QUIET)), fc.integer({ min: 1, max: 25 }))
          .map(([plan, killedAtNote]) => ({ plan: { ...plan, loseJournal: false, killedAtNote } })),
        changes(0, 3),
      ),
      { minLength: 1, maxLength: 3 },
    ),
  )
  .map(([before, isAdopted, tree, copies]) => [
    ...before,
    ...(isAdopted ? [{ plan: QUIET }, { adopt: true } as const] : []),
    ...tree,
    ...copies.flatMap(([plan, more]) => [plan, ...more]),
  ]);

/** Most passes go by the patterns of the one before. */
const patterns = fc.oneof(
  { weight: 3, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.constantFrom(...SELECTIONS) },
);

const selective = (plan: fc.Arbitrary<PassPlan>): fc.Arbitrary<PassPlan> =>
  fc.record({ plan, selection: patterns }).map(({ plan, selection }) => ({ ...plan, selection }));

/** Passes in some of which files that are being written wait. */
const patient = (plan: fc.Arbitrary<PassPlan>): fc.Arbitrary<PassPlan> =>
  fc.record({ plan, isPatient: fc.boolean() }).map(({ plan, isPatient }) => ({ ...plan, isPatient }));

/** After each pass all is on the slave that is marked up to the sync point. */
async function promises(kind: SlaveKind, steps: readonly Step[]): Promise<void> {
  const pair = new ModelPair(kind);
  for (const step of steps) {
    if ('change' in step) pair.change(step.change);
    if (!('plan' in step)) continue;
    await pair.pass(step.plan);
    const broken = pair.brokenPromises;
    if (broken.length > 0) throw new Error(`not as promised: ${broken.join()}\n${pair.log.join('\n')}`);
  }
}

/** Passes of which some keep what is deleted. */
const keeping = (plan: fc.Arbitrary<PassPlan>): fc.Arbitrary<PassPlan> =>
  fc
    .record({ plan, keepsDeleted: fc.option(fc.boolean(), { nil: undefined }) })
    .map(({ plan, keepsDeleted }) => ({ ...plan, keepsDeleted }));

async function converges(kind: SlaveKind, steps: readonly Step[], last: PassPlan): Promise<void> {
  const pair = new ModelPair(kind);
  for (const step of steps) {
    if ('change' in step) pair.change(step.change);
    else if ('own' in step) pair.own(step.own);
    else if ('adopt' in step) pair.adopt();
    else await pair.pass(step.plan);
  }
  await pair.pass(last);
  if (pair.difference !== '')
    throw new Error(`after a ${pair.crawl} crawl:\n${pair.difference}\n${pair.log.join('\n')}`);
}

/** A pass after each change. */
async function keepsAll(kind: SlaveKind, steps: readonly Step[], loseJournal: boolean): Promise<void> {
  const pair = new ModelPair(kind);
  await pair.pass({ ...QUIET, keepsDeleted: true });
  const kept = new KeptTree(pair.daemon.tree, kind === 'local' && !loseJournal);
  for (const step of steps) {
    const change = 'change' in step ? pair.change(step.change) : undefined;
    if (!change) continue;
    await pair.pass({ ...QUIET, loseJournal });
    kept.follow(change);
    const [found, wanted] = [namesOf(pair.slave.tree), kept.describe()].map((lines) => lines.join('\n'));
    if (found !== wanted) throw new Error(`found:\n${found}\nwanted:\n${wanted}\n${pair.log.join('\n')}`);
  }
}

for (const kind of ['local', 'plain'] as const) {
  for (const [what, plan] of [
    ['quiet passes', fc.constant(QUIET)],
    ['passes with changes meanwhile, kills, failures and lost journals', eventful],
    ['quiet passes with other excludes', selective(fc.constant(QUIET))],
    ['passes with all of that', selective(eventful)],
    ['passes with all of that, of which some kept deletes', keeping(selective(eventful))],
    ['passes with all of that, in some of which files waited', patient(keeping(selective(eventful)))],
  ] as const) {
    for (const loseJournal of [false, true]) {
      const how = loseJournal ? 'marks' : 'journal';
      test(`after ${what}, a pass by ${how} makes a ${kind} slave equal`, async (t) => {
        const property = fc.asyncProperty(stepsWith(plan), (steps) =>
          converges(kind, steps, { ...QUIET, loseJournal, keepsDeleted: false }),
        );
        await fc.assert(property, { ...RUNS, includeErrorInReport: true });
        t.pass();
      });
    }
  }

  test(`a sync point of a ${kind} slave promises nothing of files that wait`, async (t) => {
    const quiet = patient(fc.boolean().map((loseJournal) => ({ ...QUIET, loseJournal })));
    const property = fc.asyncProperty(stepsWith(quiet), (steps) => promises(kind, steps));
    await fc.assert(property, { ...RUNS, includeErrorInReport: true });
    t.pass();
  });

  for (const loseJournal of [false, true]) {
    const how = loseJournal ? 'marks' : 'journal';
    test(`a pass by ${how} that keeps deletes brings all that the source has to a ${kind} slave`, async (t) => {
      const property = fc.asyncProperty(stepsWith(keeping(eventful)), (steps) =>
        converges(kind, steps, { ...QUIET, loseJournal, keepsDeleted: true }),
      );
      await fc.assert(property, { ...RUNS, includeErrorInReport: true });
      t.pass();
    });

    test(`passes by ${how} keep on a ${kind} slave what is deleted, whatever is renamed around it`, async (t) => {
      const property = fc.asyncProperty(changes(10, 40), (steps) => keepsAll(kind, steps, loseJournal));
      await fc.assert(property, { ...RUNS, includeErrorInReport: true });
      t.pass();
    });
  }

  test(`a first copy to a ${kind} slave that is cut, and goes on, makes it equal`, async (t) => {
    const property = fc.asyncProperty(cutFirstCopies, (steps) => converges(kind, steps, QUIET));
    await fc.assert(property, { ...RUNS, includeErrorInReport: true });
    t.pass();
  });

  for (const { title, loseJournal, steps } of HISTORIES) {
    test(`one of the rare histories, ${kind}: ${title}`, (t) =>
      t.notThrowsAsync(converges(kind, steps, { ...QUIET, loseJournal })));
  }
}
