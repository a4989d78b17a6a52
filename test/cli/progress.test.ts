import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, constants, fstatSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { Pace } from '../../src/cli/progress/pace.js';
import { describe, drawn } from '../../src/cli/progress/words.js';
import { lock } from '../../src/volume/lock.js';
import { openVolume } from '../../src/volume/volume.js';
import { Rsyncd } from '../support/rsyncd.js';
import { must } from '../support/run.js';
import { makeVolume } from '../support/state.js';
import { Terminal } from '../support/terminal.js';
import { MARKERFS, PROJECT, TestVolume } from '../support/volume.js';

const CLEARED = '\r\u001b[K';
const COLOURED = '\u001b[1m';
const TELLS = join(PROJECT, 'dist/test/cli/tells-progress.js');

function onTerminal(t: ExecutionContext, args: readonly string[], columns: number, env = {}): Terminal {
  return new Terminal(t, [process.execPath, MARKERFS, ...args], env, columns);
}

/** A volume with more content than its slave is given in some seconds. */
async function slowVolume(t: ExecutionContext): Promise<TestVolume> {
  const volume = await TestVolume.mounted(t);
  await volume.markerfs('slave', 'set', volume.source, 'copy', 'bwlimit=300K');
  for (let n = 0; n < 4; n++)
    writeFileSync(
      Buffer.from(`${volume.mountpoint}/a\n\x1b\xff${'long'.repeat(30)}${n}`, 'latin1'),
      randomBytes(400_000),
    );
  return volume;
}

/** What was drawn into the line, one after the other. */
function frames(text: string): string[] {
  return text.split('\r').map((frame) => stripVTControlCharacters(Buffer.from(frame, 'latin1').toString()));
}

test('a long pass tells on a terminal how far it is, in one line that is gone at the end', async (t) => {
  const volume = await slowVolume(t);
  const terminal = onTerminal(t, ['ship', volume.source], 90);
  t.is(await terminal.end(), 0);
  const lines = terminal.text.trimEnd().split('\n');
  t.is(lines.length, 1, terminal.text);
  t.true(lines[0]!.includes(`${CLEARED}copy: initial, 4 objects considered, 5 objects shipped`), lines[0]);
  t.true(terminal.text.includes(COLOURED));
  const shown = frames(terminal.text).filter((frame) => frame.startsWith('copy: initial '));
  t.true(shown.length > 2, terminal.text);
  for (const frame of shown) t.true([...frame].length < 90, frame);
  const told =
    /^copy: initial \d of 4 objects, [\d.]+ [kM]B of 1\.6 MB, \d+ kB\/s, [\d.]+ s left {2}a\\x0a\\x1b\\xfflong.*…$/;
  t.true(
    shown.some((frame) => told.test(frame)),
    shown.join('\n'),
  );
});

test('Ctrl-C takes the line away; NO_COLOR takes the colours', async (t) => {
  const volume = await slowVolume(t);
  const terminal = onTerminal(t, ['ship', volume.source], 60, { NO_COLOR: '1' });
  await terminal.waitFor('copy: initial ');
  terminal.type('\u0003');
  t.is(await terminal.end(), 1);
  t.false(terminal.text.includes(COLOURED));
  const end = terminal.text.slice(terminal.text.lastIndexOf(CLEARED));
  t.regex(end.slice(CLEARED.length), /^markerfs: copy: Cannot (finish the pass|ship): .*\r\n$/);
});

test('a pipe is told nothing but the results', async (t) => {
  const volume = await slowVolume(t);
  const { status, stdout, stderr } = await volume.tryMarkerfs('ship', volume.source);
  t.deepEqual([status, stderr], [0, '']);
  t.regex(stdout, /^copy: initial, .* ([3-9]\.\d|\d\d) s$/);
});

test('a rescan tells how far it is, also while it waits', async (t) => {
  const volume = await TestVolume.mounted(t);
  writeFileSync(join(volume.mountpoint, 'file'), 'content');
  await volume.ship();
  const held = lock(openVolume(volume.source), 'ship-copy');
  const terminal = onTerminal(t, ['rescan', volume.source], 80);
  await terminal.waitFor('1 of 1 object');
  held.release();
  t.is(await terminal.end(), 0);
  t.regex(terminal.text, /waiting for its end\r\n.*rescan/s);
  t.true(terminal.text.includes(`${CLEARED}2 objects looked at`), terminal.text);
});

const WAITS_FOR_RSYNC: [what: string, verb: readonly string[], told: RegExp, end: string][] = [
  ['a dry run', ['ship', '--dry-run'], /copy: dry run.* \d+\.\d s/, 'copy: would ship file'],
  ['verify', ['verify'], /copy: verify.* \d+\.\d s/, 'copy: '],
];

for (const [what, [verb = '', ...options], told, end] of WAITS_FOR_RSYNC) {
  test(`${what} tells how far it is`, async (t) => {
    const volume = await TestVolume.create(t);
    await volume.mount();
    const daemon = await Rsyncd.start(t, volume.slave);
    const place = [daemon.target(), '--password-file', daemon.passwordFile];
    await volume.markerfs('slave', 'add', volume.source, 'copy', ...place);
    writeFileSync(join(volume.mountpoint, 'file'), 'content');
    if (verb === 'verify') await volume.ship();
    // An rsync that waits at its first dry run, until somebody lets it go.
    const gate = join(volume.work, 'gate');
    await must(['mkfifo', gate]);
    const wait = `case " $* " in *" --dry-run "*) [ -p '${gate}' ] && read -r line <'${gate}' && rm '${gate}';; esac`;
    writeFileSync(join(volume.work, 'rsync'), `#!/bin/sh\n${wait}\nexec /usr/bin/rsync "$@"\n`, { mode: 0o755 });
    const path = `${volume.work}:${process.env.PATH}`;
    const terminal = onTerminal(t, [verb, volume.source, ...options], 80, { PATH: path });
    await terminal.waitFor(told);
    writeFileSync(gate, '\n');
    t.is(await terminal.end(), 0);
    t.true(terminal.text.includes(`${CLEARED}${end}`), terminal.text);
  });
}

/** Runs tells-progress with standard error led to an open file; answers where it took it to lead. */
async function tellProgress(stderr: number, args: string[], env: Record<string, string> = {}): Promise<string> {
  const child = spawn(process.execPath, [TELLS, ...args], {
    stdio: ['ignore', 'pipe', stderr],
    env: { PATH: process.env.PATH, ...env },
  });
  let place = '';
  child.stdout?.on('data', (data: Buffer) => {
    place += data;
  });
  const [status] = await once(child, 'close');
  return status === 0 ? place : `status ${status}`;
}

const LINE = /^markerfs: copy: walk: \d+ objects, [\d.]+ MB, 7 deleted, [\d.]+ [kMG]?B\/s, \d+\.\d s, at a\\x1b\\xff$/;

test('a log is given a line now and then: a file, the journal of systemd, and whatever a loop writes to', async (t) => {
  const { source } = makeVolume(t);
  const folder = join(source, '.markerfs');
  const log = join(folder, 'log');
  const file = openSync(log, 'w');
  const fifo = join(folder, 'fifo');
  await must(['mkfifo', fifo]);
  // Two descriptions: the end that a program is given is made a blocking one.
  const reader = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
  const pipe = openSync(fifo, constants.O_WRONLY);
  t.teardown(() => [file, reader, pipe].forEach(closeSync));
  const assertLines = (text: string): void => {
    const lines = text.trimEnd().split('\n');
    // One in 60 ms, and no more in the half second.
    t.true(lines.length > 0 && lines.length < 9, text);
    for (const line of lines) t.regex(line, LINE);
  };
  const read = (): string => {
    const buffer = Buffer.alloc(65536);
    return buffer.toString('latin1', 0, readSync(reader, buffer));
  };

  t.is(await tellProgress(file, [source]), 'log');
  assertLines(readFileSync(log, 'latin1'));
  t.is(await tellProgress(pipe, [source, 'loop']), 'log');
  assertLines(read());
  const { dev, ino } = fstatSync(pipe, { bigint: true });
  t.is(await tellProgress(pipe, [source], { JOURNAL_STREAM: `${dev}:${ino}` }), 'log');
  assertLines(read());
  // Another program's: standard error was led elsewhere since.
  t.is(await tellProgress(pipe, [source], { JOURNAL_STREAM: `${dev}:${ino + 1n}` }), 'pipe');
  t.throws(read, { code: 'EAGAIN' });
});

test('a terminal that takes no escapes is a log', async (t) => {
  const { source } = makeVolume(t);
  const terminal = new Terminal(t, [process.execPath, TELLS, source], { TERM: 'dumb' });
  t.is(await terminal.end(), 0);
  t.false(terminal.text.includes('\u001b'));
  t.regex(terminal.text, /^markerfs: copy: walk: /m);
});

test('the pace is that of the last half minute', (t) => {
  const pace = new Pace(0);
  t.is(pace.bytesPerSecond, 0);
  pace.note(10_000, { objects: 10, bytes: 1000 });
  t.is(pace.bytesPerSecond, 100);
  t.is(pace.objectsPerSecond, 1);
  t.is(pace.secondsLeft({ objects: 20, bytes: 2000 }), 10);
  // Where there is no content, the objects tell.
  t.is(pace.secondsLeft({ objects: 30, bytes: 0 }), undefined);
  t.is(pace.secondsLeft({ objects: 5, bytes: 500 }), undefined);
  for (let second = 11; second <= 100; second++) pace.note(second * 1000, { objects: 10, bytes: 1000 });
  t.is(pace.bytesPerSecond, 0);
  t.is(pace.secondsLeft({ objects: 20, bytes: 2000 }), undefined);
});

test('a line fits the terminal, whatever the width of its characters', (t) => {
  const doing = { what: 'copy: walk', startedMs: 0, done: { objects: 1, bytes: 0 } };
  const wide = Buffer.from('漢字'.repeat(50)).toString('latin1');
  const told = describe({ ...doing, path: wide }, 0, new Pace(0));
  // 28 columns, and four characters of two each; a fifth would leave no room for the mark of the rest.
  t.is(stripVTControlCharacters(drawn([told], 39)), 'copy: walk 1 object, 0.0 s  漢字漢字…');
  t.is(stripVTControlCharacters(drawn([told, told], 20)), 'copy: walk 1 objec…');
  t.regex(stripVTControlCharacters(drawn([told, told], 80)), /^(copy: walk 1 object, 0\.0 s( {2}|$)){2}$/);
});
