import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { causeAndCure, UserError } from '../volume/errors.js';
import type { Access } from './access.js';
import { loadAssets } from './assets.js';
import { Board } from './board.js';
import { type Address, urlOf } from './listen.js';
import { Retries, type Ship } from './retries.js';
import { respond } from './routes.js';
import { Watched } from './watched.js';

export interface DashboardOptions extends Access {
  readonly source: string;
  readonly stateDir: string | undefined;
  readonly address: Address;
  readonly ship: Ship;
}

/** A dashboard that is being served. */
export interface Dashboard {
  /** Where it is, with the port that it got. */
  readonly url: string;
  /** Ends all streams, and resolves when nothing is served any more. */
  close(): Promise<void>;
}

/** Serves the dashboard of a volume. UserError where there is no volume, or the address is not to be had. */
export async function startDashboard(options: DashboardOptions): Promise<Dashboard> {
  const { address, ship } = options;
  const board = new Board(Watched.open(options.source, options.stateDir));
  const retries = new Retries(ship, (retry) => board.broadcast('retry', retry));
  const parts = { access: options, assets: loadAssets(), board, retries };
  const server = http.createServer((request, response) => void respond(parts, request, response));
  // Who sends nothing, or slowly, holds nothing up for long.
  server.headersTimeout = 10_000;
  server.requestTimeout = 10_000;
  server.maxConnections = 256;
  try {
    const { port } = await listen(server, address);
    return {
      url: urlOf({ ...address, port }),
      close: async () => {
        retries.close();
        await board.close();
        const ended = new Promise((resolve) => server.close(resolve));
        server.closeAllConnections();
        await ended;
      },
    };
  } catch (error) {
    await board.close();
    throw error;
  }
}

function listen(server: http.Server, { host, port }: Address): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(host, port, error)));
    server.listen({ host, port }, () => resolve(server.address() as AddressInfo));
  });
}

function listenError(host: string, port: number, error: NodeJS.ErrnoException): UserError {
  const taken = error.code === 'EADDRINUSE';
  const cause = taken ? 'the port is in use; choose another with --listen ADDRESS:PORT' : causeAndCure(error);
  return new UserError(`Cannot listen on "${host}:${port}": ${cause}`, 1, { cause: error });
}
