import net from 'node:net';
import { UserError } from '../volume/errors.js';

/** Where the dashboard is served. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

export const DEFAULT_ADDRESS = '127.0.0.1:8737';

/** `127.0.0.1:8737`, `[::1]:8737`, `localhost:0`; port 0 is any that is free. */
export function parseAddress(text: string): Address {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  const [host, port] = [bracketed ?? plain, Number(digits)];
  const valid = host !== undefined && port <= 65_535 && (bracketed === undefined || net.isIPv6(bracketed));
  if (valid) return { host, port };
  throw new UserError(`Cannot listen on "${text}": wanted ADDRESS:PORT, such as ${DEFAULT_ADDRESS} or [::1]:8737`, 2);
}

/** Whether only this machine's processes reach it. */
export function isLoopback({ host }: Pick<Address, 'host'>): boolean {
  return host === 'localhost' || host === '::1' || (net.isIPv4(host) && host.startsWith('127.'));
}

/** As it stands in a URL. */
export function urlOf({ host, port }: Address): string {
  return `http://${net.isIPv6(host) ? `[${host}]` : host}:${port}/`;
}
