import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import { parseAddress, urlOf } from '../dashboard/listen.js';
import { errorCause, errorCode, UserError } from '../volume/errors.js';
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
    ? await listenAtPath(server, path.resolve(listen.slice(UNIX.length)), listen)
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

async function listenAtPath(server: http.Server, at: string, listen: string): Promise<string> {
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

async function begin(server: http.Server, place: net.ListenOptions, listen: string): Promise<void> {
  try {
    server.listen(place);
    await once(server, 'listening');
  } catch (error) {
    throw cannotListen(listen, errorCode(error) === 'EADDRINUSE' ? 'somebody else listens there' : errorCause(error));
  }
}

/** Removes the socket of a server that was killed; anything else that is there stays, and is not listened at. */
async function removeStale(at: string, listen: string): Promise<void> {
  const found = fs.lstatSync(at, { throwIfNoEntry: false });
  if (!found) return;
  if (!found.isSocket()) throw cannotListen(listen, 'there is something that is no socket');
  const socket = net.connect(at);
  try {
    await once(socket, 'connect');
  } catch (error) {
    if (errorCode(error) !== 'ECONNREFUSED') throw cannotListen(listen, errorCause(error));
    return fs.rmSync(at, { force: true });
  } finally {
    socket.destroy();
  }
  throw cannotListen(listen, 'somebody else listens there');
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
