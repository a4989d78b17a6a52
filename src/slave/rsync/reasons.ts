/** Trouble that every path would meet: isolating paths would only repeat it. */
export const EVERYWHERE = /No space left on device|Disk quota exceeded|Read-only file system/;

/** The other side, or the connection, ended in the middle of a run. Where nothing was received there was none. */
export const BROKEN = /connection unexpectedly closed \((?!0 bytes)|: (Broken pipe|Connection reset by peer) \(\d+\)/;

/** What rsync and ssh say that says little, and what it means. */
const MEANINGS: readonly (readonly [said: RegExp, meaning: string])[] = [
  [
    /REMOTE HOST IDENTIFICATION HAS CHANGED/,
    'ssh: the key of the host is another one than before; if that is right, remove the old one (ssh-keygen -R HOST) and connect once by hand',
  ],
  [/Host key verification failed/, 'ssh: the key of the host is not known; connect once by hand with ssh'],
  [
    /is your shell clean/,
    'the remote shell prints something when it starts; it must be silent where it is not interactive',
  ],
  [/rsync: (command )?not found|rsync: No such file/, 'rsync is not installed on the other side'],
  [/@ERROR: auth failed/, 'the rsync daemon refuses user or password'],
  [/max connections \(\d+\) reached/, 'the rsync daemon has all the connections that it may have'],
];

/** Lines that only sum up, or tell what another line gives the cause of. */
const SUMMARY = /^rsync error:|^rsync: connection unexpectedly closed|^rsync: \[\w+\] safe_(read|write) failed/;

/** What went wrong, in words of rsync's or ssh's own where they are clear. */
export function reasonOf(exitStatus: number, stderr: string): string {
  const meaning = MEANINGS.find(([said]) => said.test(stderr))?.[1];
  if (meaning !== undefined) return meaning;
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  const cause = lines.find((line) => EVERYWHERE.test(line)) ?? lines.find((line) => !SUMMARY.test(line));
  if (cause === undefined && BROKEN.test(stderr))
    return 'rsync on the other side, or the connection to it, ended in the middle';
  const told = cause ?? lines[0];
  return told ? told.trim().replace(/^rsync: (\[\w+\] )?/, '') : `rsync ended with status ${exitStatus}`;
}

const CURES: readonly (readonly [reason: RegExp, cure: string])[] = [
  [/failed to connect|getaddrinfo|resolve hostname|timed out/i, 'is the name right, and does it answer at that port?'],
  [/refuses user or password/, 'give the user in the target, and --password-file'],
  [/Unknown module/, 'ask which there are (rsync HOST::)'],
];

/** What to do where a place cannot be reached, by the reason. */
export function cureOf(reason: string): string {
  return CURES.find(([said]) => said.test(reason))?.[1] ?? 'see what its own log says';
}
