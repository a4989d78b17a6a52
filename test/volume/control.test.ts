import { once } from 'node:events';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import test, { type ExecutionContext } from 'ava';
import { ControlClient, ControlError, controlPath, DaemonGone, type Request } from '../../src/volume/control.js';
import { createVolume, type Volume } from '../../src/volume/volume.js';
import { run } from '../support/run.js';
import { makeVolume } from '../support/state.js';
import { makeWork } from '../support/work.js';

/** Answers each request with what the function returns, or ends the connection where that is undefined. */
async function serve(
  t: ExecutionContext,
  volume: Volume,
  answer: (request: Request) => object | undefined,
): Promise<void> {
  const server = net.createServer((socket) => {
    createInterface({ input: socket }).on('line', (line) => {
      const reply = answer(JSON.parse(line) as Request);
      if (reply) socket.write(`${JSON.stringify(reply)}\n`);
      else socket.destroy();
    });
  });
  const fd = openSync(volume.stateDir, 'r');
  await new Promise<void>((resolve) => server.listen(controlPath(fd), resolve));
  closeSync(fd);
  t.teardown(() => server.close());
}

async function connect(t: ExecutionContext, volume: Volume): Promise<ControlClient> {
  const client = await ControlClient.connect(volume);
  if (!client) throw new Error('Nobody listens');
  t.teardown(() => client.close());
  return client;
}

test('nothing mounted: nobody to talk to', async (t) => {
  t.is(await ControlClient.connect(makeVolume(t)), undefined);
});

test('a socket that a killed daemon left is nobody', async (t) => {
  const volume = makeVolume(t);
  const code = `require('node:net').createServer().listen(${JSON.stringify(join(volume.stateDir, 'control.sock'))},
    () => process.kill(process.pid, 'SIGKILL'))`;
  t.is((await run([process.execPath, '-e', code])).status, undefined);
  t.is(await ControlClient.connect(volume), undefined);
});

test('answers come to their questions, in order', async (t) => {
  const volume = makeVolume(t);
  let head = 0;
  await serve(t, volume, ({ verb }) => ({ ok: true, verb, head: ++head, journalId: 'id' }));
  const client = await connect(t, volume);
  const replies = await Promise.all([client.call('flush'), client.call('barrier'), client.call('flush')]);
  t.deepEqual(
    replies.map((reply) => [(reply as { verb?: string }).verb, reply.head]),
    [
      ['flush', 1],
      ['barrier', 2],
      ['flush', 3],
    ],
  );
});

test('a state folder deeper than a socket address is reached', async (t) => {
  let source = makeWork(t);
  for (let depth = 0; depth < 10; depth++) source = join(source, 'a-rather-long-name-of-a-directory');
  mkdirSync(source, { recursive: true });
  const volume = createVolume(source);
  await serve(t, volume, () => ({ ok: true, head: 5, journalId: null }));
  t.is((await (await connect(t, volume)).call('flush')).head, 5);
});

test('a refusal is an error with its reason', async (t) => {
  const volume = makeVolume(t);
  await serve(t, volume, () => ({ ok: false, error: 'Cannot unmount "/m": it is in use' }));
  const client = await connect(t, volume);
  await t.throwsAsync(client.call('unmount'), {
    instanceOf: ControlError,
    message: 'Cannot unmount "/m": it is in use',
  });
});

test('a daemon that ends in the middle leaves no call waiting', async (t) => {
  const volume = makeVolume(t);
  await serve(t, volume, () => undefined);
  const client = await connect(t, volume);
  const message = /^Cannot reach the daemon of volume ".*": it closed the connection/;
  const calls = [client.call('barrier'), client.call('flush')];
  for (const call of calls) await t.throwsAsync(call, { instanceOf: ControlError, message });
  await t.throwsAsync(client.call('status'), { instanceOf: ControlError, message });
});

test('a daemon that is killed with a question unread is gone, and nothing is thrown past the call', async (t) => {
  const volume = makeVolume(t);
  const server = net.createServer({ pauseOnConnect: true });
  const fd = openSync(volume.stateDir, 'r');
  await new Promise<void>((resolve) => server.listen(controlPath(fd), resolve));
  closeSync(fd);
  t.teardown(() => server.close());
  const [[socket], client] = (await Promise.all([once(server, 'connection'), connect(t, volume)])) as [
    [net.Socket],
    ControlClient,
  ];
  const call = client.call('status');
  // unix(7): what was not read when the other end closes makes ECONNRESET.
  socket.destroy();
  await t.throwsAsync(call, { instanceOf: DaemonGone, message: /closed the connection: read ECONNRESET/ });
});
