/**
 * A program for tests: `node load.js <directory> <seed> <ledger> <manner>` changes a tree at random until it is killed or
 * the mount dies under it. It keeps files open and writes to them at any time, and writes down in the ledger, outside of
 * the mount, what it was promised: what was synced must survive everything.
 */
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Changes, isDead } from '../support/changes.js';
import { Random } from '../support/random.js';
import type { Manner } from './loads.js';

const [root = '', seed = '1', ledger = '', manner = 'everything'] = process.argv.slice(2);
const random = new Random(Number(seed));
const NAMES = ['a', 'b', 'c', '#d', ' e\n', '\xff\xfe', 'caf\xe9'];
const MAX_BYTES = 9000;
const MOST_HELD = 8;
const { O_CREAT, O_DSYNC, O_RDWR, O_SYNC, O_WRONLY } = fs.constants;

const changes = new Changes(root, random, { names: NAMES, maxDepth: 4, maxBytes: MAX_BYTES });
const held: number[] = [];

function hold(): void {
  if (held.length >= MOST_HELD) fs.closeSync(held.splice(random.below(held.length), 1)[0]!);
  held.push(fs.openSync(changes.place(), random.of([O_RDWR, O_WRONLY]) | (random.once(2) ? O_CREAT : 0)));
}

function writeHeld(): void {
  if (held.length > 0) fs.writeSync(random.of(held), changes.bytes(), 0, undefined, random.below(MAX_BYTES));
}

let promise = 0;

/**
 * Writes a number so that it is on the disk, by one of these, or by how the file was opened; then into the ledger. Over
 * what is there: nothing but the data has to reach the disk.
 */
function writePromise(ways: readonly number[], syncs: readonly ((file: number) => void)[]): void {
  const flags = random.of(ways);
  const number = String(++promise).padStart(10, '0');
  fs.mkdirSync(`${root}/promises/${seed}`, { recursive: true });
  const file = fs.openSync(`${root}/promises/${seed}/number`, O_WRONLY | O_CREAT | flags, 0o644);
  try {
    fs.writeSync(file, number, 0);
    if (promise === 1) fs.fsyncSync(file);
    else if (flags === 0) random.of(syncs)(file);
  } finally {
    fs.closeSync(file);
  }
  fs.writeFileSync(`${ledger}.new`, number);
  fs.renameSync(`${ledger}.new`, ledger);
}

/** So much takes a while to reach the disk: the power may go before what is to come after it does. */
const BODY_BYTES = 3 << 20;
const MOST_BODIES = 4;

/** Other bytes over all of a large file, and then on the disk. All programs have the same ones: disks are small. */
function rewriteBody(at = random.below(MOST_BODIES)): void {
  const file = fs.openSync(`${root}/promises/body-${at}`, O_WRONLY | O_CREAT, 0o644);
  try {
    fs.writeSync(file, Buffer.alloc(BODY_BYTES, random.below(256)), 0);
    fs.fsyncSync(file);
  } finally {
    fs.closeSync(file);
  }
}

const promiseData = () => writePromise([0, O_DSYNC], [fs.fdatasyncSync]);
const promiseAll = () => writePromise([0, 0, O_SYNC, O_DSYNC], [fs.fsyncSync, fs.fdatasyncSync]);
const OPERATIONS: Readonly<Record<Manner, readonly (() => void)[]>> = {
  everything: [...changes.operations, hold, hold, writeHeld, writeHeld, writeHeld, promiseAll],
  'nothing open': [...changes.operations, promiseAll],
  'data alone': [writeHeld, promiseData, () => rewriteBody()],
};
const operations = OPERATIONS[manner as Manner];

if (manner === 'data alone') {
  for (let files = 0; files < MOST_HELD; files++) attempt(hold);
  attempt(promiseData);
  for (let body = 0; body < MOST_BODIES; body++) attempt(() => rewriteBody(body));
}

/** Few enough operations for passes to come between them. */
const BURST = 12;

for (let count = 1; ; count++) {
  attempt(random.of(operations));
  if (count === BURST) process.stdout.write('ready\n');
  if (count % BURST === 0) await sleep(random.below(8));
}

function attempt(operation: () => void): void {
  try {
    operation();
  } catch (error) {
    if (isDead(error)) process.exit(0);
  }
}
