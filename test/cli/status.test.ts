import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { State } from '../../src/volume/state.js';
import { openVolume } from '../../src/volume/volume.js';
import { Terminal } from '../support/terminal.js';
import { MARKERFS, TestVolume } from '../support/volume.js';

const ESCAPE = '\u001b';

/** The one line of a check, and its exit status. */
async function assertCheck(
  t: ExecutionContext,
  volume: TestVolume,
  status: number,
  line: RegExp,
  ...options: string[]
): Promise<void> {
  const { stdout, ...ended } = await volume.tryMarkerfs('status', volume.source, '--check', ...options);
  t.is(ended.status, status, stdout + ended.stderr);
  t.regex(stdout, line);
  t.notRegex(stdout, /\n/);
}

function onTerminal(t: ExecutionContext, args: readonly string[], env?: Record<string, string>): Terminal {
  return new Terminal(t, [process.execPath, MARKERFS, ...args], env);
}

/** A path of the slave that failed, as a pass would leave it. */
function noteFailure(volume: TestVolume, path: Buffer): void {
  const state = State.open(openVolume(volume.source));
  const nextTryUs = (Date.now() + 3600_000) * 1000;
  state.notePending('copy', [{ path, kind: 'failed', whole: false, reason: 'no\nluck', attempts: 3, nextTryUs }]);
  state.close();
}

test('a check is one line, with the exit status of a plugin of Nagios', async (t) => {
  const volume = await TestVolume.create(t);
  await assertCheck(t, volume, 3, /^MARKERFS UNKNOWN - Cannot open volume ".*": it was never mounted/);
  await volume.mount();
  await assertCheck(t, volume, 1, /^MARKERFS WARNING - there are no slaves$/);
  await volume.markerfs('slave', 'add', volume.source, 'copy', volume.slave);
  await assertCheck(t, volume, 1, /^MARKERFS WARNING - copy: the first pass is not complete \| failures_copy=0$/);
  await volume.ship();
  await assertCheck(t, volume, 0, /^MARKERFS OK - 1 slave up to date \| lag_copy=0\.0s failures_copy=0$/);
  mkdirSync(join(volume.mountpoint, 'directory'));
  await assertCheck(t, volume, 0, /^MARKERFS OK - .* \| lag_copy=\d+\.\ds;;600 /, '--max-lag', '10m');
  const behind = /^MARKERFS CRITICAL - copy: \S+ s behind, more than 0\.0 s \| lag_copy=\d+\.\ds;;0\.001 /;
  await assertCheck(t, volume, 2, behind, '--max-lag', '1ms');
  noteFailure(volume, Buffer.from('file'));
  await assertCheck(
    t,
    volume,
    1,
    /^MARKERFS WARNING - copy: 1 path failed and will be tried again \| .* failures_copy=1$/,
  );
  await volume.markerfs('slave', 'pause', volume.source, 'copy');
  await assertCheck(t, volume, 1, /^MARKERFS WARNING - copy: paused \| /, '--max-lag', '1ms');
  await volume.markerfs('slave', 'resume', volume.source, 'copy');
  rmSync(volume.slave, { recursive: true });
  await volume.tryMarkerfs('ship', volume.source);
  await assertCheck(
    t,
    volume,
    2,
    /^MARKERFS CRITICAL - copy: Cannot use slave "copy": .* does not exist; .*; copy: 1 path /,
  );
  await volume.umount();
  await assertCheck(t, volume, 2, /^MARKERFS CRITICAL - it is not mounted: changes go unseen; /);
});

test('status tells what is behind, the passes and the failures; in colours on a terminal', async (t) => {
  const volume = await TestVolume.mounted(t);
  writeFileSync(join(volume.mountpoint, 'file'), 'x'.repeat(2000));
  await volume.ship();
  await volume.ship();
  writeFileSync(join(volume.mountpoint, 'file'), 'y'.repeat(3000));
  noteFailure(volume, Buffer.from([0x61, 0x0a, 0xff]));
  const plain = await volume.markerfs('status', volume.source);
  t.false(plain.includes(ESCAPE));
  t.regex(plain, /^SLAVE {2}STATE +SYNCED UP TO +BEHIND +RATE +LAST PASS +FAILURES +TARGET$/m);
  const row = String.raw`^copy +active +\S+ \S+Z +\S+ s, 1 object, 3\.0 kB +\S+ k?B/s +\S+ s ago, journal +1 +/.*/slave$`;
  t.regex(plain, new RegExp(row, 'm'));
  // The pass that found nothing to do is not told of.
  t.is(plain.match(/ copy +(initial|journal) +\d+ /g)?.length, 1);
  t.regex(plain, /^a\\x0a\\xff +copy +3 +in (59 min|1 h) \d+ \w+ +no\\nluck$/m);

  const coloured = onTerminal(t, ['status', volume.source]);
  t.is(await coloured.end(), 0);
  t.true(coloured.text.includes(`${ESCAPE}[32mactive${ESCAPE}[39m`), coloured.text);
  const withoutColours = onTerminal(t, ['status', volume.source], { NO_COLOR: '1' });
  t.is(await withoutColours.end(), 0);
  t.false(withoutColours.text.includes(ESCAPE), withoutColours.text);
});

test('status --watch shows what changes until Ctrl-C, and gives the terminal back', async (t) => {
  const volume = await TestVolume.mounted(t);
  const watching = onTerminal(t, ['status', volume.source, '--watch'], { NO_COLOR: '1' });
  await watching.waitFor(/copy +initializing/);
  await volume.ship();
  await watching.waitFor(/copy +active/);
  watching.type('\u0003');
  t.is(await watching.end(), 0);
  t.true(watching.text.endsWith(`${ESCAPE}[?25h${ESCAPE}[?1049l`));

  const { status, stderr } = await volume.tryMarkerfs('status', volume.source, '--watch');
  t.is(status, 2);
  t.is(stderr, 'markerfs: Cannot watch: standard output is not a terminal; use --json again and again');
});
