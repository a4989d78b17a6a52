import test from 'ava';
import { type Native, native } from '../../src/syscalls/index.js';
import { makeWork } from '../support/work.js';
import { checkArguments, checkIntegers } from './checks/arguments.js';
import { runCheck } from './checks/check.js';
import { checks } from './checks/index.js';

const names = Object.keys(checks).sort() as (keyof Native)[];

test('every function of the addon is checked, and no other', (t) => {
  t.deepEqual(Object.keys(native).sort(), names);
});

for (const name of names) {
  test(`${name} does what its man page says`, (t) => {
    runCheck(native, makeWork(t), checks[name], (actual, expected, what) => t.deepEqual(actual, expected, what));
  });

  test(`${name} makes no system call with a wrong argument`, (t) => {
    const is = (actual: unknown, expected: unknown, what: string) => t.deepEqual(actual, expected, what);
    runCheck(native, makeWork(t), (place) => checkArguments(place, name, is), is);
  });
}

/** A descriptor that is NaN or 2³² is no descriptor: taken for 0 it would be somebody else's. */
test('numbers that are no 32-bit integers are refused by every function', (t) => {
  const is = (actual: unknown, expected: unknown, what: string) => t.deepEqual(actual, expected, what);
  // close comes last: it would take descriptors that others need.
  for (const name of [...names.filter((other) => other !== 'close'), 'close'] as const)
    runCheck(
      native,
      makeWork(t),
      (place) => checkIntegers(place, name, (...row) => is(row[0], row[1], `${name}: ${row[2]}`)),
      is,
    );
});
