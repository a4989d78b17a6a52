import { EPROTO } from '../syscalls/index.js';
import { FUSE_PASSTHROUGH, honoured } from './abi/init-flags.js';
import { initIn, initOut } from './abi/layouts.js';
import { opcodes } from './abi/opcodes.js';
import type { Reply } from './reply.js';
import type { Request } from './request.js';

/** Linux 5.13, the oldest whose structures all have the sizes used here (SETXATTR grew then). */
export const oldestMinor = 33;
const major = 7;
/** The newest minor version whose rules this code knows (Linux 6.9: passthrough). */
export const newestMinor = 40;

/** Bytes of data in one READ or WRITE at most. */
export const maxIoBytes = 1 << 20;
const pageBytes = 4096;
/** A request is a header, a structure and either data or names: a WRITE of the largest size is the longest. */
export const maxRequestBytes = maxIoBytes + pageBytes;

/** What the two sides agreed on. */
export interface Agreement {
  minor: number;
  /** Flags of FUSE_INIT that are in force. */
  flags: bigint;
}

/**
 * Answers FUSE_INIT: takes the flags that both sides know, and refuses kernels older than {@link oldestMinor} with
 * EPROTO. Returns the length of the reply or −errno.
 *
 * max_stack_depth 1: backing files may lie on plain filesystems; opens on stacked ones (overlayfs) fall back to
 * requests, and the mount itself can still be a layer of an overlay.
 */
export function handshake(
  request: Request,
  reply: Reply,
  wanted: bigint,
  agreed: (agreement: Agreement) => void,
): number {
  if (request.opcode !== opcodes.INIT.opcode || request.bodyLength < opcodes.INIT.body) return -EPROTO;
  const kernelMinor = request.u32(initIn.minor);
  if (request.u32(initIn.major) !== major || kernelMinor < oldestMinor) return -EPROTO;
  const offered =
    BigInt(request.u32(initIn.flags)) |
    (BigInt(request.bodyLength >= initIn.flags2 + 4 ? request.u32(initIn.flags2) : 0) << 32n);
  const flags = offered & honoured & wanted;
  const minor = Math.min(kernelMinor, newestMinor);
  reply.payload.fill(0, 0, initOut.bytes);
  reply.u32(initOut.major, major);
  reply.u32(initOut.minor, minor);
  reply.u32(initOut.maxReadahead, request.u32(initIn.maxReadahead));
  reply.u32(initOut.flags, Number(flags & 0xffffffffn));
  reply.u32(initOut.flags2, Number(flags >> 32n));
  reply.payload.writeUInt16LE(64, initOut.maxBackground);
  reply.payload.writeUInt16LE(48, initOut.congestionThreshold);
  reply.u32(initOut.maxWrite, maxIoBytes);
  reply.u32(initOut.timeGran, 1);
  reply.payload.writeUInt16LE(maxIoBytes / pageBytes, initOut.maxPages);
  reply.u32(initOut.maxStackDepth, flags & FUSE_PASSTHROUGH ? 1 : 0);
  agreed({ minor, flags });
  return initOut.bytes;
}
