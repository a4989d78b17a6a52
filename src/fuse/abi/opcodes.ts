/**
 * The operations of the FUSE protocol that a session understands: `enum fuse_opcode` of linux/fuse.h, names verbatim
 * without FUSE_.
 *
 * `body`: the bytes that must follow the 40-byte header at least (the operation's fixed structure and one byte for each
 * name). Shorter requests are answered EIO. `replies`: FORGET and its like take no reply at all.
 */
export interface Opcode {
  readonly opcode: number;
  readonly body: number;
  readonly replies: boolean;
}

const answered = (opcode: number, body: number): Opcode => ({ opcode, body, replies: true });
const unanswered = (opcode: number, body: number): Opcode => ({ opcode, body, replies: false });

export const opcodes = {
  LOOKUP: answered(1, 1),
  FORGET: unanswered(2, 8),
  GETATTR: answered(3, 16),
  SETATTR: answered(4, 88),
  READLINK: answered(5, 0),
  SYMLINK: answered(6, 2),
  MKNOD: answered(8, 17),
  MKDIR: answered(9, 9),
  UNLINK: answered(10, 1),
  RMDIR: answered(11, 1),
  RENAME: answered(12, 10),
  LINK: answered(13, 9),
  OPEN: answered(14, 8),
  READ: answered(15, 40),
  WRITE: answered(16, 40),
  STATFS: answered(17, 0),
  RELEASE: answered(18, 24),
  FSYNC: answered(20, 16),
  SETXATTR: answered(21, 9),
  GETXATTR: answered(22, 9),
  LISTXATTR: answered(23, 8),
  REMOVEXATTR: answered(24, 1),
  FLUSH: answered(25, 24),
  INIT: answered(26, 16),
  OPENDIR: answered(27, 8),
  READDIR: answered(28, 40),
  RELEASEDIR: answered(29, 24),
  FSYNCDIR: answered(30, 16),
  CREATE: answered(35, 17),
  INTERRUPT: unanswered(36, 8),
  DESTROY: answered(38, 0),
  IOCTL: answered(39, 32),
  BATCH_FORGET: unanswered(42, 8),
  FALLOCATE: answered(43, 32),
  READDIRPLUS: answered(44, 40),
  RENAME2: answered(45, 18),
  LSEEK: answered(46, 24),
  COPY_FILE_RANGE: answered(47, 56),
  SYNCFS: answered(50, 8),
  TMPFILE: answered(51, 17),
  STATX: answered(52, 24),
} as const satisfies Record<string, Opcode>;

export type OpcodeName = keyof typeof opcodes;
