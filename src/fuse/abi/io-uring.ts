/**
 * Numbers of linux/io_uring.h, and of the part of linux/fuse.h that speaks FUSE over it; offsets in bytes, names
 * verbatim. test/fuse/abi.test.ts checks those against C that the installed headers know.
 */

/** struct io_uring_params */
export const ringParams = { bytes: 120, sqEntries: 0, cqEntries: 4, flags: 8, sqOff: 40, cqOff: 80 } as const;
/** struct io_sqring_offsets */
export const sqOffsets = { tail: 4, array: 24 } as const;
/** struct io_cqring_offsets */
export const cqOffsets = { head: 0, tail: 4, ringMask: 8, cqes: 20 } as const;
/** struct io_uring_sqe with IORING_SETUP_SQE128; from `cmd` on it is the command's own. */
export const sqe = { bytes: 128, opcode: 0, fd: 4, cmdOp: 8, addr: 16, len: 24, cmd: 48 } as const;
/** struct io_uring_cqe */
export const cqe = { bytes: 16, res: 8 } as const;

/** Entries of 128 bytes, whose end holds a command. */
export const IORING_SETUP_SQE128 = 1 << 10;
/** Only one thread submits … */
export const IORING_SETUP_SINGLE_ISSUER = 1 << 12;
/** … and what is to be done in its context is done while it waits, without an interrupt. */
export const IORING_SETUP_DEFER_TASKRUN = 1 << 13;
/** io_uring_enter(2): wait for completions. */
export const IORING_ENTER_GETEVENTS = 1 << 0;
/** Offsets for mmap(2) of a ring. */
export const IORING_OFF_SQ_RING = 0;
export const IORING_OFF_SQES = 0x10000000;
/** A command of the file's own. */
export const IORING_OP_URING_CMD = 46;

/** Commands of /dev/fuse: here is room for a request … */
export const FUSE_IO_URING_CMD_REGISTER = 1;
/** … and here is the answer of the one that was in it; there is room for the next. */
export const FUSE_IO_URING_CMD_COMMIT_AND_FETCH = 2;

/** struct fuse_uring_cmd_req, the command in the entry */
export const uringCmdReq = { bytes: 24, flags: 0, commitId: 8, qid: 16 } as const;
/** struct fuse_uring_req_header: struct fuse_in_header or fuse_out_header, the operation's structure, and the rest */
export const uringReqHeader = { bytes: 288, inOut: 0, opIn: 128, ringEntInOut: 256 } as const;
/** struct fuse_uring_ent_in_out */
export const uringEntInOut = { bytes: 32, flags: 0, commitId: 8, payloadSz: 16 } as const;
