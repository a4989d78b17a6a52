import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { checkHost, checkOrigin, checkToken, makeToken, readToken } from '../../src/dashboard/access.js';
import { isLoopback, parseAddress, urlOf } from '../../src/dashboard/listen.js';
import { makeWork } from '../support/work.js';

const ACCESS = { token: 'the-token-of-the-tests', hosts: ['Status.Example.org'] };

/** What a request may call this server. */
const HOSTS: [host: string | undefined, known: boolean][] = [
  ['127.0.0.1:8737', true],
  ['127.0.0.1', true],
  ['localhost:9000', true],
  ['LOCALHOST:9000', true],
  ['[::1]:8737', true],
  ['192.0.2.7:8737', true],
  [`${os.hostname()}:8737`, true],
  ['status.example.org', true],
  [undefined, false],
  ['', false],
  ['evil.example:8737', false],
  ['localhost.evil.example', false],
  ['127.0.0.1.evil.example:8737', false],
  ['127.0.0.1@evil.example', false],
  ['evil.example#127.0.0.1', false],
  ['[::1].evil.example', false],
  ['127.0.0.1:8737:1', false],
  ['status.example.org.', false],
];

for (const [host, known] of HOSTS) {
  test(`a request to "${host}" is ${known ? 'served' : 'refused'}`, (t) => {
    const refusal = checkHost(host === undefined ? {} : { host }, ACCESS);
    if (known) t.is(refusal, undefined);
    else t.is(refusal?.status, 421);
  });
}

/** Who may ask for a change. */
const ORIGINS: [headers: Record<string, string>, same: boolean][] = [
  [{ host: 'localhost:1', origin: 'http://localhost:1', 'sec-fetch-site': 'same-origin' }, true],
  [{ host: 'localhost:1', origin: 'http://localhost:1' }, true],
  [{ host: 'status.example.org', origin: 'https://status.example.org' }, true],
  [{ host: 'localhost:1' }, false],
  [{ host: 'localhost:1', origin: 'null' }, false],
  [{ host: 'localhost:1', origin: 'http://localhost:2' }, false],
  [{ host: 'localhost:1', origin: 'http://evil.example' }, false],
  [{ host: 'localhost:1', origin: 'http://localhost:1', 'sec-fetch-site': 'same-site' }, false],
  [{ host: 'localhost:1', origin: 'http://localhost:1', 'sec-fetch-site': 'cross-site' }, false],
];

for (const [headers, same] of ORIGINS) {
  test(`${JSON.stringify(headers)} ${same ? 'is' : 'is not'} of the page's own origin`, (t) => {
    t.is(checkOrigin(headers)?.status, same ? undefined : 403);
  });
}

test('only the token is the token', (t) => {
  t.is(checkToken({ authorization: `Bearer ${ACCESS.token}` }, ACCESS), undefined);
  for (const authorization of [
    undefined,
    '',
    'Bearer',
    'Bearer ',
    `Bearer ${ACCESS.token}x`,
    `Basic ${ACCESS.token}`,
    ACCESS.token,
  ])
    t.is(checkToken(authorization === undefined ? {} : { authorization }, ACCESS)?.status, 401, authorization);
});

test('tokens are long, and never the same', (t) => {
  const tokens = new Set(Array.from({ length: 100 }, makeToken));
  t.is(tokens.size, 100);
  for (const token of tokens) t.regex(token, /^[\w-]{32}$/);
});

test('a token file is read where only its owner can read it', (t) => {
  const file = join(makeWork(t), 'token');
  writeFileSync(file, 'a-long-enough-token\n', { mode: 0o600 });
  t.is(readToken(file), 'a-long-enough-token');
});

/** Token files that are refused, and why. */
const FILES: Record<string, { make: (file: string) => void; message: RegExp }> = {
  'one that is missing': { make: () => undefined, message: /it does not exist; / },
  'one that others can read': {
    make: (file) => {
      writeFileSync(file, 'a-long-enough-token');
      chmodSync(file, 0o640);
    },
    message: /others can read it; run: chmod 600 /,
  },
  'one that is a directory': {
    make: (file) => mkdirSync(file, { mode: 0o700 }),
    message: /it is no regular file; give one$/,
  },
  'one that is short': {
    make: (file) => writeFileSync(file, 'short', { mode: 0o600 }),
    message: /at least 16 letters/,
  },
  'one that is empty': { make: (file) => writeFileSync(file, '', { mode: 0o600 }), message: /at least 16 letters/ },
  'one of two lines': {
    make: (file) => writeFileSync(file, 'a-long-enough-token\nand-another-token', { mode: 0o600 }),
    message: /wanted a line/,
  },
  'a link to one that others can read': {
    make: (file) => {
      writeFileSync(`${file}.real`, 'a-long-enough-token');
      chmodSync(`${file}.real`, 0o644);
      symlinkSync(`${file}.real`, file);
    },
    message: /others can read it/,
  },
};

for (const [title, { make, message }] of Object.entries(FILES)) {
  test(`a token file is refused: ${title}`, (t) => {
    const file = join(makeWork(t), 'token');
    make(file);
    t.throws(() => readToken(file), { name: 'UserError', message });
  });
}

/** Addresses as people write them. */
const ADDRESSES: [text: string, host: string, port: number, loopback: boolean, url: string][] = [
  ['127.0.0.1:8737', '127.0.0.1', 8737, true, 'http://127.0.0.1:8737/'],
  ['127.1.2.3:0', '127.1.2.3', 0, true, 'http://127.1.2.3:0/'],
  ['localhost:80', 'localhost', 80, true, 'http://localhost:80/'],
  ['[::1]:8737', '::1', 8737, true, 'http://[::1]:8737/'],
  ['[::]:8737', '::', 8737, false, 'http://[::]:8737/'],
  ['0.0.0.0:8737', '0.0.0.0', 8737, false, 'http://0.0.0.0:8737/'],
  ['192.0.2.7:8737', '192.0.2.7', 8737, false, 'http://192.0.2.7:8737/'],
  ['127.evil.example:1', '127.evil.example', 1, false, 'http://127.evil.example:1/'],
];

for (const [text, host, port, loopback, url] of ADDRESSES) {
  test(`${text} is an address`, (t) => {
    const address = parseAddress(text);
    t.deepEqual([address, isLoopback(address), urlOf(address)], [{ host, port }, loopback, url]);
  });
}

for (const text of [
  '',
  '8737',
  ':8737',
  '127.0.0.1',
  '127.0.0.1:',
  '::1:8737',
  '[::1]',
  '[nonsense]:1',
  'host:70000',
  'host:x',
]) {
  test(`"${text}" is no address`, (t) => {
    t.throws(() => parseAddress(text), { name: 'UserError', message: /wanted ADDRESS:PORT/ });
  });
}
