import { native } from '../syscalls/index.js';
import { FUSE_NOTIFY_INVAL_INODE } from './abi/flags.js';
import { invalInodeOut, outHeader } from './abi/layouts.js';

const message = Buffer.alloc(outHeader.bytes + invalInodeOut.bytes);
message.writeUInt32LE(message.length, outHeader.len);
message.writeInt32LE(FUSE_NOTIFY_INVAL_INODE, outHeader.error);
// Below 0: attributes only, no pages of the file.
message.writeBigInt64LE(-1n, outHeader.bytes + invalInodeOut.off);

/** The message that makes the kernel forget what it knows of a node's attributes: a view, valid until the next call. */
export function attributesChanged(nodeid: number): Buffer {
  message.writeUInt32LE(nodeid, outHeader.bytes + invalInodeOut.ino);
  return message;
}

/** Sends it. The kernel may have forgotten the node, or be gone: both are as good. */
export function forgetAttributes(device: number, nodeid: number): void {
  const bytes = attributesChanged(nodeid);
  native.write(device, bytes, bytes.length);
}
