import { once } from 'node:events';
import { readlinkSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import test, { type ExecutionContext } from 'ava';
import { Crew } from '../../src/fuse/ring/crew.js';
import { waitUntil } from '../support/wait.js';
import type { CrewData } from './crewman.js';

const CALLER = 100;
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

/** A thread that waits in the crew's `waitToBeSent` or `sleep`, and says what came of it. */
function start(t: ExecutionContext, memory: SharedArrayBuffer, waits: CrewData['waits']) {
  const workerData: CrewData = { memory, waits };
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
  crew.serving(1, GONE, CALLER);
  await waitUntil('another is wanted', () => (wanted() === true ? undefined : String(wanted())));
  t.true(wanted());
});

test('a queue whose worker only waits for its turn, or comes free, wants none', async (t) => {
  const { crew } = crewOf(t);
  crew.join(0);
  const wanted = wantedAt(crew, 0);
  // This thread runs: it is the one that looks.
  crew.serving(0, mine, CALLER);
  const done = performance.now() + 4 * Crew.patienceMs;
  await waitUntil('some rounds of patience have passed', () => (performance.now() > done ? undefined : 'not yet'));
  t.is(wanted(), undefined);
  crew.hasServed(0);
  crew.serving(0, GONE, CALLER);
  crew.hasServed(0);
  t.is(wanted(), undefined);
  t.is(crew.served, 2);
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
  const spares = [0, 1, 2].map(() => start(t, memory, 'to be sent'));
  crew.send(0);
  crew.send(1);
  const went = () => spares.flatMap(({ said }) => said);
  await waitUntil('two went', () => (went().length === 2 ? undefined : String(went())));
  t.deepEqual(went().sort(), [0, 1]);
  crew.end();
  await Promise.all(spares.map(({ exit }) => exit));
  t.deepEqual(went().sort(), [0, 1, 'home'].sort());
});

test('requests are steady when they come from one caller, whatever nobody waits for', (t) => {
  const { crew } = crewOf(t);
  const request = (caller: number) => {
    crew.serving(0, mine, caller);
    crew.hasServed(0);
  };
  for (let count = 0; count < 20; count++) request(CALLER + (count % 2));
  t.false(crew.isSteady);
  for (let count = 0; count < 20; count++) request(count % 3 === 0 ? 0 : CALLER);
  t.true(crew.isSteady);
  request(CALLER + 1);
  t.false(crew.isSteady);
});

test('who keeps a processor awake sleeps until requests are steady', async (t) => {
  const { crew, memory } = crewOf(t);
  const vigil = start(t, memory, 'for requests');
  await waitUntil('it sleeps', () => (new Int32Array(memory)[2] === 1 ? undefined : 'not yet'));
  crew.serving(0, mine, CALLER);
  t.deepEqual(vigil.said, []);
  for (let count = 0; count < 10; count++) crew.serving(0, mine, CALLER);
  await vigil.exit;
  t.deepEqual(vigil.said, [true]);
});
