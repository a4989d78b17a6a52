import test from 'ava';
import fc from 'fast-check';
import { HISTORIES, type Step } from './model/histories.js';
import type { Intent } from './model/intent.js';
import { ModelPair, type PassPlan, QUIET } from './model/pair.js';

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

const eventful: fc.Arbitrary<PassPlan> = fc.record({
  meanwhile: fc.array(fc.record({ step: fc.integer({ min: 1, max: 50 }), change }), { maxLength: 10, size: 'max' }),
  killedAt: fc.option(fc.integer({ min: 1, max: 60 }), { nil: undefined, freq: 2 }),
  failing: fc.array(number, { maxLength: 1 }),
  loseJournal: fc.integer({ min: 0, max: 9 }).map((dice) => dice === 0),
});

const stepsWith = (plan: fc.Arbitrary<PassPlan>): fc.Arbitrary<Step[]> => {
  const step = fc.oneof({ weight: 4, arbitrary: fc.record({ change }) }, { weight: 1, arbitrary: fc.record({ plan }) });
  return fc.array(step, { minLength: 20, maxLength: 80, size: 'max' });
};

/** More with MARKERFS_RUNS, for a night. */
const numRuns = Number(process.env.MARKERFS_RUNS ?? 400);

async function converges(steps: readonly Step[], last: PassPlan): Promise<void> {
  const pair = new ModelPair();
  for (const step of steps) {
    if ('change' in step) pair.change(step.change);
    else await pair.pass(step.plan);
  }
  await pair.pass(last);
  if (pair.difference !== '')
    throw new Error(`after a ${pair.crawl} crawl:\n${pair.difference}\n${pair.log.join('\n')}`);
}

for (const [what, plan] of [
  ['quiet passes', fc.constant(QUIET)],
  ['passes with changes meanwhile, kills, failures and lost journals', eventful],
] as const) {
  for (const loseJournal of [false, true]) {
    test(`after ${what}, a pass by ${loseJournal ? 'marks' : 'journal'} makes the slave equal`, async (t) => {
      const property = fc.asyncProperty(stepsWith(plan), (steps) => converges(steps, { ...QUIET, loseJournal }));
      await fc.assert(property, { numRuns, includeErrorInReport: true });
      t.pass();
    });
  }
}

for (const { title, loseJournal, steps } of HISTORIES) {
  test(`one of the rare histories: ${title}`, (t) => t.notThrowsAsync(converges(steps, { ...QUIET, loseJournal })));
}
