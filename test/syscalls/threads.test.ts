import { once } from 'node:events';
import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { testAsRoot } from '../support/users.js';
import { makeWork } from '../support/work.js';
import { type Answer, known } from './thread.js';

testAsRoot('ids, groups, capabilities and umask are those of the thread that set them', async (t) => {
  const work = makeWork(t);
  chmodSync(work, 0o777);
  const [before, umask] = [known('self'), process.umask(0o022)];
  t.teardown(() => process.umask(umask));
  const worker = new Worker(new URL('./thread.js', import.meta.url), { workerData: join(work, 'made by the worker') });
  const [answer] = (await once(worker, 'message')) as [Answer];
  t.regex(answer.self.uid, /^0\t0\t0\t40$/);
  t.regex(answer.self.gid, /\t41$/);
  t.is(answer.self.groups, '42');
  t.regex(answer.self.capabilities, /^0+$/);
  t.deepEqual([answer.mode, answer.owner, answer.regain], [0o700, 40, 'EPERM']);
  // The main thread while the worker may live, and after.
  t.deepEqual(known('self'), before);
  mkdirSync(join(work, 'made by the main thread'), 0o777);
  const { mode, uid } = statSync(join(work, 'made by the main thread'));
  t.deepEqual([mode & 0o7777, uid], [0o755, 0]);
  await worker.terminate();
  t.deepEqual(known('self'), before);
});
