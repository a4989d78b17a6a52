import {
  FUSE_IO_URING_CMD_COMMIT_AND_FETCH,
  FUSE_IO_URING_CMD_REGISTER,
  IORING_OP_URING_CMD,
  sqe,
  uringCmdReq,
  uringEntInOut,
  uringReqHeader,
} from '../abi/io-uring.js';
import { inHeader, outHeader } from '../abi/layouts.js';
import { maxIoBytes } from '../handshake.js';
import { Reply, type ReplyRules } from '../reply.js';
import type { Request } from '../request.js';
import { map, type Ring } from './ring.js';

/**
 * Room for one request at a time of one queue. The kernel writes the request's header and structure into one part
 * (struct fuse_uring_req_header) and its names and data into another, the payload; the answer goes the same way back.
 * The ring's entry asks for the first request, and from then on hands in an answer and asks for the next.
 */
export class Slot {
  readonly reply: Reply;
  readonly #header: Buffer;
  readonly #payload: Buffer;
  readonly #words: Uint32Array;
  readonly #command: Uint32Array;

  constructor(ring: Ring, device: number, queue: number, rules: ReplyRules) {
    const { memory, address } = map(payloadAt + maxIoBytes);
    const all = Buffer.from(memory);
    this.#header = all.subarray(0, uringReqHeader.bytes);
    this.#payload = all.subarray(payloadAt);
    this.#words = new Uint32Array(memory, 0, uringReqHeader.bytes >>> 2);
    this.#command = ring.entry;
    const header = this.#header.subarray(0, outHeader.bytes);
    this.reply = new Reply(maxIoBytes, rules, { header, payload: this.#payload });
    // Two struct iovec: headers, payload.
    all.writeBigUInt64LE(address, vectorsAt);
    all.writeBigUInt64LE(BigInt(uringReqHeader.bytes), vectorsAt + 8);
    all.writeBigUInt64LE(address + BigInt(payloadAt), vectorsAt + 16);
    all.writeBigUInt64LE(BigInt(maxIoBytes), vectorsAt + 24);
    const entry = Buffer.from(ring.entry.buffer);
    entry.writeUInt8(IORING_OP_URING_CMD, sqe.opcode);
    entry.writeInt32LE(device, sqe.fd);
    entry.writeUInt32LE(FUSE_IO_URING_CMD_REGISTER, sqe.cmdOp);
    entry.writeBigUInt64LE(address + BigInt(vectorsAt), sqe.addr);
    entry.writeUInt32LE(2, sqe.len);
    entry.writeUInt16LE(queue, sqe.cmd + uringCmdReq.qid);
  }

  /** Puts the request together as it would have come from the device, and prepares the entry for its answer. */
  take(request: Request): void {
    const length = this.#words[inHeader.len >>> 2]!;
    const payload = this.#words[payloadSz]!;
    const structure = length - inHeader.bytes - payload;
    const { bytes } = request;
    this.#header.copy(bytes, 0, 0, inHeader.bytes);
    this.#header.copy(bytes, inHeader.bytes, uringReqHeader.opIn, uringReqHeader.opIn + structure);
    this.#payload.copy(bytes, inHeader.bytes + structure, 0, payload);
    this.#command[sqe.cmdOp >>> 2] = FUSE_IO_URING_CMD_COMMIT_AND_FETCH;
    this.#command[commandId] = this.#words[commitId]!;
    this.#command[commandId + 1] = this.#words[commitId + 1]!;
    request.accept(length);
  }

  /** Makes the reply's payload (or −errno) the request's answer. */
  answer(result: number, request: Request): void {
    this.#words[payloadSz] = this.reply.seal(result, request.uniqueLow, request.uniqueHigh) - outHeader.bytes;
  }
}

/** Where things lie in the slot's memory, in bytes. */
const vectorsAt = 512;
const payloadAt = 4096;
/** Words of the header and of the entry. */
const payloadSz = (uringReqHeader.ringEntInOut + uringEntInOut.payloadSz) >>> 2;
const commitId = (uringReqHeader.ringEntInOut + uringEntInOut.commitId) >>> 2;
const commandId = (sqe.cmd + uringCmdReq.commitId) >>> 2;
