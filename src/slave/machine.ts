import fs from 'node:fs';

/** Names this machine and its tree of mounts: where it is the same, the same path is the same place. */
export function machineId(): string {
  const boot = fs.readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  return `${boot} ${fs.readlinkSync('/proc/self/ns/mnt')}`;
}
