import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { startDaemon } from '../../src/cli/start-daemon.js';
import { Journal } from '../../src/journal/journal.js';
import { journalFile } from '../../src/journal/schema.js';
import { ControlClient } from '../../src/volume/control.js';
import { planMount } from '../../src/volume/mounting.js';
import { Sqlite } from '../../src/volume/sqlite.js';
import { unmount } from '../../src/volume/unmounting.js';
import { createVolume, type Volume } from '../../src/volume/volume.js';
import type { AppenderData } from './appender.js';

/**
 * `node dist/scripts/bench/journal.js [RECORDS] [FILES] [ROUNDS]` prints what the journal does, and what it costs:
 *
 * - RECORDS (1,000,000) from one thread and from four, through the queue into the file: to be 100,000 a second at least.
 * - FILES (5000) made in a mount by a program of one thread, ROUNDS (7) times with the journal, and in turn with one that
 *   cannot be written (somebody holds its lock), so that records are dropped: to be at most 5 % slower. Medians.
 *
 * Works in TMPDIR, and removes all that it makes.
 */
const [records = 1_000_000, files = 5000, rounds = 7] = process.argv.slice(2).map(Number);
const work = mkdtempSync(join(tmpdir(), 'markerfs-bench-'));

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function makeVolume(name: string): Volume {
  const source = join(work, name);
  mkdirSync(source);
  return createVolume(source);
}

/** Records a second, until all are committed. */
async function throughput(threads: number): Promise<number> {
  const journal = await Journal.start(makeVolume(`threads-${threads}`));
  const began = performance.now();
  const workerData: AppenderData = { memory: journal.queue.memory, records: Math.ceil(records / threads) };
  const appenders = Array.from({ length: threads }, () => {
    const worker = new Worker(new URL('./appender.js', import.meta.url), { workerData });
    return once(worker, 'exit');
  });
  await Promise.all(appenders);
  const { head } = await journal.flush();
  const seconds = (performance.now() - began) / 1000;
  await journal.end();
  return head / seconds;
}

const MAKE = 'my ($dir, $n) = @ARGV; mkdir $dir or die; for (1 .. $n) { open(my $f, ">", "$dir/file-$_") or die }';

/** Files a second that a program makes in a new directory. */
function makeFiles(mountpoint: string, directory: string): number {
  const began = performance.now();
  execFileSync('perl', ['-e', MAKE, join(mountpoint, directory), String(files)]);
  return (files / (performance.now() - began)) * 1000;
}

async function waitForJournal(daemon: ControlClient, fails: boolean): Promise<void> {
  while (((await daemon.call('status')).journalFailure !== null) !== fails) await delay(50);
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[values.length >> 1]!;
}

/** Creates a second with the journal, and without. */
async function cost(): Promise<[number, number]> {
  const volume = makeVolume('source');
  const mountpoint = join(work, 'mount');
  mkdirSync(mountpoint);
  await startDaemon(planMount(volume.source, mountpoint), { engine: 'markerfs' });
  try {
    return await alternate(volume, mountpoint);
  } finally {
    await unmount(mountpoint);
  }
}

async function alternate(volume: Volume, mountpoint: string): Promise<[number, number]> {
  const daemon = (await ControlClient.connect(volume))!;
  const holder = new Sqlite(journalFile(volume.stateDir));
  const [whole, dropped]: [number[], number[]] = [[], []];
  makeFiles(mountpoint, 'warm-up');
  for (let round = 0; round < rounds; round++) {
    whole.push(makeFiles(mountpoint, `whole-${round}`));
    await daemon.call('flush');
    holder.exec('BEGIN IMMEDIATE');
    execFileSync('mkdir', [join(mountpoint, `lost-${round}`)]);
    await waitForJournal(daemon, true);
    dropped.push(makeFiles(mountpoint, `dropped-${round}`));
    holder.exec('ROLLBACK');
    await waitForJournal(daemon, false);
  }
  holder.close();
  daemon.close();
  return [median(whole), median(dropped)];
}

const show = (number: number): string => Math.round(number).toLocaleString('en-US');

try {
  for (const threads of [1, 4]) say(`${threads} thread(s): ${show(await throughput(threads))} records a second`);
  const [whole, dropped] = await cost();
  const slower = ((dropped - whole) / dropped) * 100;
  say(`creates a second: ${show(whole)} with the journal, ${show(dropped)} without: ${slower.toFixed(1)} % slower`);
} finally {
  // Never through a mount that could not be unmounted.
  execFileSync('rm', ['-r', '--one-file-system', work]);
}
