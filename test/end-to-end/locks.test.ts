import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { Served } from '../support/served.js';
import { waitUntil } from '../support/wait.js';

/** Takes a lock on a file (waiting for it, or not), says so, and keeps it until its input ends. */
const LOCKER = `
import fcntl, os, sys
file = open(sys.argv[2], 'r+')
how = fcntl.LOCK_EX | (fcntl.LOCK_NB if sys.argv[3] == 'now' else 0)
try:
    getattr(fcntl, sys.argv[1])(file, how)
except BlockingIOError:
    sys.exit(3)
os.write(1, b'held\\n')
sys.stdin.read()`;

let served: Served;

test.before(async () => {
  served = await Served.start();
});

test.after.always('the daemon ends in order', async (t) => {
  t.is(await served.stop(), 0, served.log);
});

type Kind = 'flock' | 'lockf';

function lock(t: ExecutionContext, kind: Kind, file: string, when: 'now' | 'wait'): ChildProcess {
  const child = spawn('python3', ['-c', LOCKER, kind, file, when], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  return child;
}

async function holder(t: ExecutionContext, kind: Kind, file: string): Promise<ChildProcess> {
  const child = lock(t, kind, file, 'wait');
  await once(child.stdout!, 'data');
  return child;
}

/** Whether the lock is free: takes it, and lets it go. */
async function isFree(t: ExecutionContext, kind: Kind, file: string): Promise<boolean> {
  const child = lock(t, kind, file, 'now');
  child.stdin?.end();
  const [status] = await once(child, 'exit');
  return status === 0;
}

/** Whether a process waits for a lock: /proc/locks has an arrow before those (proc_locks(5)). */
function isBlocked({ pid }: ChildProcess): boolean {
  return new RegExp(`-> .* ${pid} `).test(readFileSync('/proc/locks', 'latin1'));
}

for (const kind of ['flock', 'lockf'] as const) {
  test(`${kind}: a lock holds against other processes, and ends with its holder, closed or killed`, async (t) => {
    const file = join(served.mountpoint, `${kind} ends`);
    writeFileSync(file, '');
    const closes = await holder(t, kind, file);
    t.false(await isFree(t, kind, file));
    closes.stdin?.end();
    await once(closes, 'exit');
    t.true(await isFree(t, kind, file));
    const killed = await holder(t, kind, file);
    t.false(await isFree(t, kind, file));
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    t.true(await isFree(t, kind, file));
  });

  test(`${kind}: who waits for a lock can be killed, and the next in line gets it`, async (t) => {
    const file = join(served.mountpoint, `${kind} waits`);
    writeFileSync(file, '');
    const first = await holder(t, kind, file);
    const waiting = lock(t, kind, file, 'wait');
    await waitUntil('it waits', () => (isBlocked(waiting) ? undefined : 'not yet'));
    waiting.kill('SIGTERM');
    t.deepEqual(await once(waiting, 'exit'), [null, 'SIGTERM']);
    const next = lock(t, kind, file, 'wait');
    await waitUntil('the next waits', () => (isBlocked(next) ? undefined : 'not yet'));
    const told = once(next.stdout!, 'data');
    first.stdin?.end();
    t.is(String((await told)[0]), 'held\n');
  });
}
