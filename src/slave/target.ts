import path from 'node:path';
import { Unfit } from './place.js';

/** A directory of this machine. */
export interface LocalTarget {
  readonly kind: 'local';
  readonly directory: string;
}

/** A directory of another machine, behind sshd. */
export interface SshTarget {
  readonly kind: 'ssh';
  readonly user?: string;
  /** A name, an address, or a `Host` of the user's ssh_config; IPv6 addresses without brackets. */
  readonly host: string;
  readonly port?: number;
  readonly directory: string;
}

/** A directory that an rsync daemon serves. */
export interface DaemonTarget {
  readonly kind: 'daemon';
  readonly user?: string;
  /** IPv6 addresses without brackets. */
  readonly host: string;
  readonly port?: number;
  /** The module, and the directory in it. */
  readonly folder: string;
}

export type Target = LocalTarget | SshTarget | DaemonTarget;

/**
 * What a target means: `/dir`; `host:/dir`, `user@host:/dir`, `ssh://user@host:port/dir`;
 * `rsync://user@host:port/module/dir`. A colon before the first slash
 * makes it remote, as for rsync and scp; a local directory of such a name is written `./a:b`. Throws Unfit.
 */
export function parseTarget(target: string): Target {
  if (!/^[^/]*:/.test(target)) return { kind: 'local', directory: path.resolve(target) };
  const daemon = DAEMON_FORM.exec(target);
  if (daemon) return daemonTarget(target, daemon);
  const [, user, bracketed, named, port, directory] = URL_FORM.exec(target) ?? COLON_FORM.exec(target) ?? [];
  const host = bracketed ?? named;
  if (host === undefined || directory === undefined)
    throw new Unfit(
      `target "${target}" is of no kind that there is; wanted /dir, host:/dir, user@host:/dir, ssh://user@host:port/dir or rsync://user@host:port/module/dir`,
    );
  if (hasControls(directory)) throw new Unfit(`target "${target}" has control characters in it`);
  return {
    kind: 'ssh',
    host,
    directory: path.posix.normalize(directory).replace(/(?<=.)\/+$/, ''),
    ...(user === undefined ? {} : { user }),
    ...(port === undefined ? {} : { port: Number(port) }),
  };
}

function daemonTarget(target: string, [, user, bracketed, named, port, folder = '']: RegExpExecArray): DaemonTarget {
  const names = folder.split('/').filter((name) => name !== '' && name !== '.');
  if (hasControls(folder)) throw new Unfit(`target "${target}" has control characters in it`);
  if (names.length === 0) throw new Unfit(`target "${target}" names no module`);
  if (names.includes('..')) throw new Unfit(`target "${target}" has ".." in it`);
  return {
    kind: 'daemon',
    host: bracketed ?? named ?? '',
    folder: names.join('/'),
    ...(user === undefined ? {} : { user }),
    ...(port === undefined ? {} : { port: Number(port) }),
  };
}

/** Neither may begin with a dash: ssh would take it for an option. */
const USER = '(?:([A-Za-z0-9_][A-Za-z0-9_.+-]*)@)?';
const HOST = '(?:\\[([0-9A-Fa-f:.]+(?:%[A-Za-z0-9_.-]+)?)\\]|([A-Za-z0-9_][A-Za-z0-9_.-]*))';
const URL_FORM = new RegExp(`^ssh://${USER}${HOST}(?::([1-9]\\d{0,4}))?(/.*)$`, 's');
const DAEMON_FORM = new RegExp(`^rsync://${USER}${HOST}(?::([1-9]\\d{0,4}))?(/.*)$`, 's');
const COLON_FORM = new RegExp(`^${USER}${HOST}()?:(/(?!/).*)$`, 's');

function hasControls(text: string): boolean {
  return [...text].some((character) => character < ' ' || character === '\x7f');
}

/** The target as it is recorded and shown. */
export function formatTarget(target: Target): string {
  if (target.kind === 'local') return target.directory;
  const { port } = target;
  if (target.kind === 'daemon')
    return `rsync://${addressOf(target)}${port === undefined ? '' : `:${port}`}/${target.folder}`;
  const { directory } = target;
  if (port === undefined) return `${addressOf(target)}:${directory}`;
  return `ssh://${addressOf(target)}:${port}${directory}`;
}

/** A host as rsync takes it before a colon. */
export function hostOf({ host }: SshTarget | DaemonTarget): string {
  return host.includes(':') ? `[${host}]` : host;
}

function addressOf(target: SshTarget | DaemonTarget): string {
  return `${target.user === undefined ? '' : `${target.user}@`}${hostOf(target)}`;
}
