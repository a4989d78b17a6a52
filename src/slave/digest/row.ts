import type { BytePath } from '../path.js';

/**
 * All that a copy must have of an object, in a form that can be sent: 64-bit numbers are strings of digits. What is long
 * stands as its hash. `links`: how many names it has, where it is no
 * directory. `content`: of a file its content, of a symlink its target; '' where it was not to be read.
 */
export type Row = readonly [
  name: BytePath,
  kind: number,
  permissions: number,
  uid: number,
  gid: number,
  links: number,
  size: string,
  mtime: string,
  device: string,
  acl: string,
  xattrs: string,
  content: string,
];

/** Places in a row. */
export const AT = {
  name: 0,
  kind: 1,
  permissions: 2,
  uid: 3,
  gid: 4,
  links: 5,
  size: 6,
  mtime: 7,
  device: 8,
  acl: 9,
  xattrs: 10,
  content: 11,
} as const;

/** What is to be told of objects: both sides must tell the same. */
export interface Terms {
  /** Owners, and attributes that only root may read. */
  readonly privileged: boolean;
  /** The contents of which files are read: this share of them, 0 to 1, another one for another seed. */
  readonly share: number;
  readonly seed: string;
}
