import type { SshTarget } from '../target.js';

/**
 * Connections that are one, by a socket (ssh_config(5), ControlPath). `master`: whether this one is what the others go
 * through; with `auto` it is where there is none yet, and stays for a while after its last use.
 */
export interface Shared {
  readonly path: string;
  readonly master: 'yes' | 'no' | 'auto';
}

/** For how long a connection outlives a process that could not end it; a loop with longer intervals logs in anew. */
const PERSIST_SECONDS = 60;

/** A host that shows no sign of life for so long is given up, where the user has set nothing else. */
const SILENCE_MS = 30_000;
/** So often it is asked for one in that time. */
const ASKED = 3;
const LONGEST_CONNECT_SECONDS = 15;

/**
 * The ssh command line to a target, up to the host. Whom to trust and with which key is the user's ssh_config's to say;
 * nobody is asked, and nothing hangs: a host that is silent for `timeoutMs` is given up.
 */
export function sshCommand({ user, port }: SshTarget, timeoutMs = SILENCE_MS, shared?: Shared): string[] {
  const options = [
    'BatchMode=yes',
    `ConnectTimeout=${Math.min(LONGEST_CONNECT_SECONDS, Math.ceil(timeoutMs / 1000))}`,
    `ServerAliveInterval=${Math.ceil(timeoutMs / 1000 / ASKED)}`,
    `ServerAliveCountMax=${ASKED}`,
    'ClearAllForwardings=yes',
    `ControlPath=${shared?.path ?? 'none'}`,
    `ControlMaster=${shared?.master ?? 'no'}`,
    ...(shared?.master === 'auto' ? [`ControlPersist=${PERSIST_SECONDS}`] : []),
  ];
  return [
    'ssh',
    '-T',
    ...options.flatMap((option) => ['-o', option]),
    ...(user === undefined ? [] : ['-l', user]),
    ...(port === undefined ? [] : ['-p', String(port)]),
  ];
}

/**
 * A command for rsync's -e, which splits it at blanks and knows quotes: inside of them, two are one (rsync(1), --rsh).
 */
export function forRsync(command: readonly string[]): string {
  return command.map((word) => (/^[\w.=/:@-]+$/.test(word) ? word : `'${word.replaceAll("'", "''")}'`)).join(' ');
}
