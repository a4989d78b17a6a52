import { once } from 'node:events';
import { readlinkSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import test, { type ExecutionContext } from 'ava';
import { Crew } from '../../src/fuse/ring/crew.js';
import { waitUntil } from '../support/wait.js';
import type { CrewData } from './crewman.js';

const mine = Number(readlinkSync('/proc/thread-self').split('/').at(-1));

/** No thread has this number: what is not there is not running either. */
const GONE = 2 ** 30;

function crewOf(t: ExecutionContext): { crew: Crew; memory: SharedArrayBuffer } {
  const memory = new SharedArrayBuffer(Crew.bytes);
  const crew = new Crew(memory);
  t.teardown(() => crew.end());
  return { crew, memory };
}

/** What has come of a look for a shortage so far; nothing but these looks keeps the event loop going. */
function wantedAt(crew: Crew, queue: number): () => boolean | undefined {
  let wanted: boolean | undefined;
  void crew.shortage(queue).then((answer) => {
    wanted = answer;
  });
  return () => wanted;
}

/** A thread that waits to be sent, and says what came of it. */
function start(t: ExecutionContext, memory: SharedArrayBuffer) {
  const workerData: CrewData = { memory };
  const worker = new Worker(new URL('./crewman.js', import.meta.url), { workerData });
  const said: unknown[] = [];
  worker.on('message', (message) => said.push(message));
  const exit = once(worker, 'exit');
  t.teardown(() => exit);
  return { said, exit };
}

test('a queue whose only worker waits for something wants another', async (t) => {
  const { crew } = crewOf(t);
  crew.join(1);
  const wanted = wantedAt(crew, 1);
  crew.serving(1, GONE);
  await waitUntil('another is wanted', () => (wanted() === true ? undefined : String(wanted())));
  t.true(wanted());
});

test('a queue whose worker only waits for its turn, or comes free, wants none', async (t) => {
  const { crew } = crewOf(t);
  crew.join(0);
  const wanted = wantedAt(crew, 0);
  // This thread runs: it is the one that looks.
  crew.serving(0, mine);
  const done = performance.now() + 4 * Crew.patienceMs;
  await waitUntil('some rounds of patience have passed', () => (performance.now() > done ? undefined : 'not yet'));
  t.is(wanted(), undefined);
  crew.hasServed(0);
  crew.serving(0, GONE);
  crew.hasServed(0);
  t.is(wanted(), undefined);
});

test('nobody is wanted any more when the session has ended', async (t) => {
  const { crew } = crewOf(t);
  crew.join(0);
  const wanted = wantedAt(crew, 0);
  crew.end();
  await waitUntil('it is known', () => (wanted() === undefined ? 'not yet' : undefined));
  t.false(wanted());
});

test('each spare worker goes where one is wanted, and home at the end', async (t) => {
  const { crew, memory } = crewOf(t);
  const spares = [0, 1, 2].map(() => start(t, memory));
  crew.send(0);
  crew.send(1);
  const went = () => spares.flatMap(({ said }) => said);
  await waitUntil('two went', () => (went().length === 2 ? undefined : String(went())));
  t.deepEqual(went().sort(), [0, 1]);
  crew.end();
  await Promise.all(spares.map(({ exit }) => exit));
  t.deepEqual(went().sort(), [0, 1, 'home'].sort());
});
