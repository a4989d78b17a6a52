export * from './abi/flags.js';
export { FUSE_OVER_IO_URING, FUSE_PASSTHROUGH, FUSE_POSIX_ACL, honoured } from './abi/init-flags.js';
export { backingMap, inHeader, ioctlIn, ioctlOut, ioIn, kstatfs, openOut, setattrIn } from './abi/layouts.js';
export { type OpcodeName, opcodes } from './abi/opcodes.js';
export { type OperationCount, OperationCounters } from './counters.js';
export { Dispatcher, type Handler, type Handlers, noReply, type RequestTrace } from './dispatch.js';
export { Exchange } from './exchange.js';
export { type Agreement, maxIoBytes } from './handshake.js';
export { Leadership } from './leadership.js';
export { type MountRequest, mountFuse } from './mount.js';
export { helperOptionsOf, withMountOption } from './mount-flags.js';
export { forgetAttributes } from './notify.js';
export {
  decodeDevice,
  direntLength,
  direntplusLength,
  encodeDevice,
  Reply,
  type ReplyRules,
  type Timeouts,
} from './reply.js';
export { MalformedRequest, Request } from './request.js';
export { Crew } from './ring/crew.js';
export { queueCount, ringsWork } from './ring/processors.js';
export { QueueSession } from './ring/queue-session.js';
export { RestSession } from './ring/rest.js';
export { openSession, Session } from './session.js';
