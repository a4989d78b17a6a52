import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import fs from 'node:fs';
import type http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import { causeAndCure, UserError } from '../volume/errors.js';

/**
 * Who may see the volume. Names of files are shown, and a pass can be begun, so knowing the address is never enough:
 *
 * - *Token.* Every request but those for the page's own files carries it in a header. It is in no cookie: a browser sends
 *   those to every port of a host, and along with what other sites ask for. Loopback is no exception, since a machine may
 *   have other users; there the token is made up at each start and is part of the address that is printed.
 * - *Host.* Names that others can point here are refused: a page of theirs would be of one origin with this server (DNS
 *   rebinding).
 * - *Origin.* What changes something comes from the page itself, and names a stream that is open: a number that only who
 *   has opened it knows.
 */
export interface Access {
  readonly token: string;
  /** Names besides addresses, `localhost` and this machine's own that people may know it by, as behind a proxy. */
  readonly hosts: readonly string[];
}

/** A request that is refused, with its HTTP status. */
export interface Refusal {
  readonly status: 401 | 403 | 421;
  readonly reason: string;
}

const SHORTEST = 16;

export function makeToken(): string {
  return randomBytes(24).toString('base64url');
}

/** The token in a file that nobody else may read. */
export function readToken(file: string): string {
  const refuse = (cause: string): never => {
    throw new UserError(`Cannot use token file "${file}": ${cause}`);
  };
  let fd: number | undefined;
  try {
    fd = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    const { mode, uid } = fs.fstatSync(fd);
    if ((mode & fs.constants.S_IFMT) !== fs.constants.S_IFREG) refuse('it is no regular file; give one');
    if ((mode & 0o077) !== 0) refuse(`others can read it; run: chmod 600 "${file}"`);
    if (uid !== process.geteuid?.() && uid !== 0) refuse("it is another user's; give one of your own");
    const token = fs.readFileSync(fd, 'latin1').trim();
    if (!/^[\x21-\x7e]+$/.test(token) || token.length < SHORTEST)
      refuse(`wanted a line of at least ${SHORTEST} letters and digits; make one with: openssl rand -hex 24`);
    return token;
  } catch (error) {
    if (error instanceof UserError) throw error;
    return refuse(causeAndCure(error));
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}

/** Whether the host that a request names is one that no stranger can point here. */
export function checkHost(headers: http.IncomingHttpHeaders, { hosts }: Access): Refusal | undefined {
  const name = nameIn(headers.host ?? '');
  const own = ['localhost', os.hostname().toLowerCase(), ...hosts.map((host) => host.toLowerCase())];
  if (name !== undefined && (net.isIP(name) !== 0 || own.includes(name))) return undefined;
  return { status: 421, reason: 'not known by this name; start the dashboard with --host NAME to allow it' };
}

/** The name in `name:port`, without the brackets of an IPv6 address. */
function nameIn(host: string): string | undefined {
  const [, bracketed, plain] = /^(?:\[([0-9a-f:.]+)\]|([^:[\]/@?#]+))(?::\d{1,5})?$/i.exec(host) ?? [];
  return (bracketed ?? plain)?.toLowerCase();
}

/** Whether a request that changes something comes from the page itself. */
export function checkOrigin(headers: http.IncomingHttpHeaders): Refusal | undefined {
  const { origin, host = '' } = headers;
  const site = headers['sec-fetch-site'];
  const same = origin === `http://${host}` || origin === `https://${host}`;
  if (same && (site === undefined || site === 'same-origin')) return undefined;
  return { status: 403, reason: "only the dashboard's own page may ask for this" };
}

export function checkToken(headers: http.IncomingHttpHeaders, { token }: Access): Refusal | undefined {
  const [, given = ''] = /^Bearer ([\x21-\x7e]+)$/.exec(headers.authorization ?? '') ?? [];
  if (timingSafeEqual(digest(given), digest(token))) return undefined;
  return { status: 401, reason: 'the token is missing or wrong' };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
