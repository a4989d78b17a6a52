/** What a slave may be unable to keep. */
export type Lack =
  | 'times'
  | 'modes'
  | 'owners'
  | 'groups'
  | 'acls'
  | 'xattrs'
  | 'links'
  | 'specials'
  | 'devices'
  | 'fsync';

/** What people are told, behind `it keeps no …`. */
export const LACKS: Readonly<Record<Lack, string>> = {
  times: 'exact times',
  modes: 'exact permissions',
  owners: 'owners (rsync does not run as root there)',
  groups: 'groups (rsync does not run as root there)',
  acls: 'ACLs',
  xattrs: 'extended attributes',
  links: 'hard links',
  specials: 'fifos and sockets',
  devices: 'device nodes (rsync does not run as root there)',
  fsync: 'promise that what it has survives a power cut (its rsync is older than 3.2.4)',
};

/** What rsync is to leave out, so that the rest arrives without complaints. */
const WITHOUT: Readonly<Partial<Record<Lack, string>>> = {
  owners: '--no-owner',
  groups: '--no-group',
  acls: '--no-acls',
  xattrs: '--no-xattrs',
  links: '--no-hard-links',
  specials: '--no-specials',
  devices: '--no-devices',
};

/** The arguments of every run that changes a slave. */
export function changingArguments(lacks: readonly Lack[]): string[] {
  const without = lacks.flatMap((lack) => WITHOUT[lack] ?? []);
  return ['--force', '--delete', ...(lacks.includes('fsync') ? [] : ['--fsync']), ...without];
}
