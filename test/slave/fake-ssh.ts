import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { MARKERFS } from '../support/volume.js';

/** Does what sshd does with a command, on this machine: hands it to the account's shell, which finds markerfs. */
const SSH = `#!/bin/bash
while [[ $1 == -* && $1 != -- ]]; do
  case $1 in -[opil]) shift 2 ;; *) shift ;; esac
done
[[ $1 == -- ]] && shift
shift
PATH=$(dirname "$0"):$PATH exec sh -c "$*"
`;

/** Puts an ssh that stays on this machine, and markerfs, in front of this process's PATH. Only for a process of its own. */
export function useFakeSsh(): void {
  const folder = fs.mkdtempSync(path.join(tmpdir(), 'markerfs-ssh-'));
  fs.writeFileSync(path.join(folder, 'ssh'), SSH, { mode: 0o755 });
  fs.writeFileSync(path.join(folder, 'markerfs'), `#!/bin/sh\nexec '${process.execPath}' '${MARKERFS}' "$@"\n`, {
    mode: 0o755,
  });
  process.env.PATH = `${folder}:${process.env.PATH}`;
  process.once('exit', () => fs.rmSync(folder, { recursive: true, force: true }));
}
