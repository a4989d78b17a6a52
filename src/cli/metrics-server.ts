import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import { parseAddress, urlOf } from '../dashboard/listen.js';
import { causeAndCure, errorCode, UserError } from '../volume/errors.js';
import { plainLine } from './text.js';

const TYPE = 'text/plain; version=0.0.4; charset=utf-8';
const UNIX = 'unix:';

/**
 * Serves what `read` answers at /metrics, at `ADDRESS:PORT` or at `unix:PATH`, a socket for its owner alone. Answers where
 * it is. UserError where that cannot be listened on.
 */
export async function serveMetrics(
  listen: string,
  read: () => Promise<string>,
): Promise<{ where: string; close(): void }> {
  const server = http.createServer((request, response) => void answer(request, response, read));
  const where = listen.startsWith(UNIX)
    ? await listenAtPath(server, listen.slice(UNIX.length), listen)
    : await listenAtPort(server, listen);
  return {
    where,
    close: () => {
      // The socket of a path goes with it.
      server.close();
      server.closeAllConnections();
    },
  };
}

async function listenAtPort(server: http.Server, listen: string): Promise<string> {
  const { host, port } = parseAddress(listen);
  await begin(server, { host, port }, listen);
  return `${urlOf({ host, port: (server.address() as AddressInfo).port })}metrics`;
}

async function listenAtPath(server: http.Server, name: string, listen: string): Promise<string> {
  if (name === '') throw new UserError(`Cannot listen on "${listen}": wanted unix:PATH`, 2);
  const at = path.resolve(name);
  needDirectory(path.dirname(at), listen);
  await removeStale(at, listen);
  // The mode is there from the first moment on.
  const mask = process.umask(0o177);
  try {
    await begin(server, { path: at }, listen);
  } finally {
    process.umask(mask);
  }
  return `${UNIX}${at}`;
}

/** Node takes a directory that is not there for one that may not be entered. */
function needDirectory(directory: string, listen: string): void {
  try {
    fs.accessSync(directory);
  } catch (error) {
    throw cannotListen(listen, `cannot use "${directory}": ${causeAndCure(error)}`);
  }
}

async function begin(server: http.Server, place: net.ListenOptions, listen: string): Promise<void> {
  try {
    server.listen(place);
    await once(server, 'listening');
  } catch (error) {
    throw cannotListen(listen, causeAndCure(error));
  }
}

/** Removes the socket of a server that was killed; anything else that is there stays, and is not listened at. */
async function removeStale(at: string, listen: string): Promise<void> {
  const found = fs.lstatSync(at, { throwIfNoEntry: false });
  if (!found) return;
  if (!found.isSocket()) throw cannotListen(listen, 'there is something that is no socket; choose another path');
  const socket = net.connect(at);
  try {
    await once(socket, 'connect');
  } catch (error) {
    if (errorCode(error) !== 'ECONNREFUSED') throw cannotListen(listen, causeAndCure(error));
    return fs.rmSync(at, { force: true });
  } finally {
    socket.destroy();
  }
  throw cannotListen(listen, 'somebody else listens there; choose another path, or end that program');
}

function cannotListen(listen: string, cause: string): UserError {
  return new UserError(`Cannot listen on "${listen}": ${cause}`);
}

async function answer(
  { method, url }: http.IncomingMessage,
  response: http.ServerResponse,
  read: () => Promise<string>,
): Promise<void> {
  const end = (status: number, text: string, type = 'text/plain; charset=utf-8') =>
    response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(text);
  if (url !== '/metrics') return void end(404, 'The metrics are at /metrics\n');
  if (method !== 'GET' && method !== 'HEAD') return void end(405, 'Only GET is answered\n');
  try {
    end(200, await read(), TYPE);
  } catch (error) {
    end(503, `${plainLine(error instanceof Error ? error.message : String(error))}\n`);
  }
}
