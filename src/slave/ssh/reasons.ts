import type { Ending } from '../agent/connection.js';

/** What ssh says when it gets nowhere (status 255), and what that means for people. */
const CAUSES: readonly (readonly [RegExp, (host: string) => string])[] = [
  [
    /REMOTE HOST IDENTIFICATION HAS CHANGED|host key for .* has changed/i,
    (host) =>
      `the host key of "${host}" is not the one that is known; if it was changed on purpose: ssh-keygen -R ${host}`,
  ],
  [
    /Host key verification failed|No \S+ host key is known/i,
    (host) => `the host key of "${host}" is not known; log in once by hand and confirm it: ssh ${host}`,
  ],
  [
    /Permission denied/i,
    (host) => `"${host}" does not accept the key; its ~/.ssh/authorized_keys needs the line that "slave add" prints`,
  ],
  [/Could not resolve hostname/i, (host) => `host name "${host}" cannot be resolved`],
  [/Connection refused/i, (host) => `"${host}" refuses the connection; does sshd run there, and on this port?`],
  [/timed out|No route to host|Network is unreachable|not responding/i, (host) => `"${host}" cannot be reached`],
  [/Connection (?:closed|reset)|Broken pipe|closed by remote host/i, (host) => `"${host}" closed the connection`],
];

const SSH_FAILED = 255;
const NOT_FOUND = 127;

/** Why there is no agent behind ssh, or none any more. */
export function explainSsh(host: string, { status, stderr, nonsense }: Ending): string {
  const said = lastLine(stderr);
  // However it ended then: it is ended for that.
  if (nonsense !== undefined)
    return `"${host}" answers with something else than an agent of markerfs; do the start-up files of its shell print anything? (${nonsense})`;
  if (status === undefined) return `ssh to "${host}" was ended${said === '' ? '' : `: ${said}`}`;
  if (status === SSH_FAILED) {
    const cause = CAUSES.find(([pattern]) => pattern.test(stderr))?.[1](host);
    return cause === undefined ? `ssh to "${host}" failed: ${said}` : `${cause} (ssh: ${said})`;
  }
  if (status === NOT_FOUND)
    return `markerfs is not installed on "${host}", or not in the PATH of its account (${said}); install it there, or add the slave with --rsync-only yes`;
  return `the agent on "${host}" ended${status === 0 ? '' : ` with status ${status}`}${said === '' ? '' : `: ${said}`}`;
}

function lastLine(text: string): string {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  return (lines.at(-1) ?? '').replace(/^(?:markerfs|ssh): /, '');
}
