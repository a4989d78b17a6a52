import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { entryRow, piecesOf, rowEntry } from '../../../src/slave/agent/calls.js';
import { decodeFrames, encodeFrame } from '../../../src/slave/agent/frames.js';
import { checkContent, checkName, checkPath, checkVersion } from '../../../src/slave/agent/input.js';
import { decodeMessages, encodeMessage, type Message } from '../../../src/slave/agent/messages.js';

/** Bytes as they come over a pipe: in chunks of some size. */
async function* inChunks(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) {
    await delay(0);
    yield bytes.subarray(at, at + size);
  }
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

test('a frame is a length of 32 bits, big-endian, and UTF-8', async (t) => {
  const bytes = Buffer.concat([encodeFrame('é'), encodeFrame(''), encodeFrame('ab')]);
  t.is(bytes.toString('hex'), `00000002${'c3a9'}00000000${'00000002'}6162`);
  for (const size of [1, 2, 3, 5, 100]) t.deepEqual(await all(decodeFrames(inChunks(bytes, size))), ['é', '', 'ab']);
});

test('a frame that ends too early or is no frame is told of', async (t) => {
  const frame = encodeFrame('text');
  for (let length = 1; length < frame.length; length++) {
    await t.throwsAsync(all(decodeFrames(inChunks(frame.subarray(0, length), 100))), { message: /ends too early/ });
  }
  const banner = Buffer.from('Welcome to this machine!\n');
  await t.throwsAsync(all(decodeFrames(inChunks(banner, 100))), { message: /says "Welcome to this machine!\\n"/ });
  await t.throwsAsync(all(decodeMessages(inChunks(encodeFrame('{"x":1}'), 100))), { message: /is no message/ });
});

test('a list longer than a frame arrives whole, and frames stay small', async (t) => {
  const list = Array.from({ length: 50_000 }, (_, at) => `name\xff\n"${at}`);
  const frames = [...encodeMessage({ id: 7, call: 'stat', list }), ...encodeMessage({ id: 8, value: 'x' })];
  t.true(frames.length > 3);
  t.true(frames.every(({ length }) => length < 600_000));
  const messages: Message[] = await all(decodeMessages(inChunks(Buffer.concat(frames), 65_536)));
  t.deepEqual(messages, [
    { id: 7, call: 'stat', list },
    { id: 8, value: 'x', list: [] },
  ]);
});

test('64-bit numbers arrive exactly', (t) => {
  const entry = {
    ...{ kind: 0o100000, size: 2n ** 63n - 1n, mtimeSec: -(2n ** 40n) - 1n, mtimeNsec: 999_999_999 },
    ...{ nlink: 4_000_000_000, dev: 2 ** 40 + 1, ino: 2n ** 64n - 1n, hasHoles: true },
  };
  t.deepEqual(rowEntry(JSON.parse(JSON.stringify(entryRow(entry)))), entry);
});

test('a version is numbers, and what is not known', (t) => {
  const version = { sinceUs: null, untilUs: 1.5e15, kind: 0o100000, bytes: 2 ** 60, modifiedUs: -1 };
  t.deepEqual(checkVersion(JSON.parse(JSON.stringify({ ...version, slave: 'another' }))), version);
  for (const name of Object.keys(version))
    for (const value of ['1', undefined, [1], Number.NaN])
      t.throws(() => checkVersion({ ...version, [name]: value }), { name: 'ProtocolError' }, `${name} ${value}`);
});

test('a text in pieces is the text', (t) => {
  const text = 'x'.repeat(200_001);
  t.is(piecesOf(text).join(''), text);
  t.deepEqual(piecesOf(''), []);
});

test('only paths that stay below the root are paths', (t) => {
  for (const path of ['', 'a', 'a/b', '...', ' ', '\xff\n', 'a'.repeat(300), '.markerfs-slave/tmp'])
    t.is(checkPath(path), path);
  // U+012E is cut to a dot where one character is one byte.
  const escapes = ['..', 'a/../b', '/etc', 'a//b', 'a/', '.', './a', 'a\0b', '\u012e\u012e', 7, null, undefined, ['a']];
  for (const path of escapes) t.throws(() => checkPath(path), { name: 'ProtocolError' }, JSON.stringify(path));
  for (const name of ['', '.', '..', 'a/b', '/']) t.throws(() => checkName(name), { name: 'ProtocolError' }, name);
  for (const path of ['', '.markerfs-slave', '.markerfs-slave/tmp', '.markerfs/x', '../x'])
    t.throws(() => checkContent(path), { name: 'ProtocolError' }, path);
});
