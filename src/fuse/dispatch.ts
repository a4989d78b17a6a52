import { EIO, ENOSYS } from '../syscalls/index.js';
import { type OpcodeName, opcodes } from './abi/opcodes.js';
import type { OperationCounters } from './counters.js';
import type { Reply } from './reply.js';
import type { Request } from './request.js';

/** Serves one request: fills `reply.payload` and returns its length, or −errno. Never both, never twice. */
export type Handler = (request: Request, reply: Reply) => number;

/** The operations that are served; the kernel is told ENOSYS for the others, and mostly does not ask again. */
export type Handlers = { readonly [Name in OpcodeName]?: Handler };

/** Who is told of each request, before and after it is served. `operation`: its name, or its number where it is unknown. */
export interface RequestTrace {
  received(operation: string, request: Request): void;
  /** `result`: as of {@link Dispatcher.serve}. */
  answered(operation: string, request: Request, result: number, ms: number): void;
}

/** The answer of an operation that takes none. */
export const noReply = Number.NaN;

interface Row {
  readonly name: OpcodeName;
  readonly handler: Handler;
  readonly body: number;
  readonly replies: boolean;
}

/**
 * Finds the handler of a request by its opcode, and turns whatever goes wrong in it into EIO: one bad request never
 * ends the mount.
 */
export class Dispatcher {
  readonly #rows: (Row | undefined)[] = [];

  constructor(
    handlers: Handlers,
    private readonly onFault: (operation: string, error: unknown) => void,
    private readonly counters?: OperationCounters,
    private readonly trace?: RequestTrace,
  ) {
    for (const [name, handler] of Object.entries(handlers) as [OpcodeName, Handler][]) {
      const { opcode, body, replies } = opcodes[name];
      this.#rows[opcode] = { name, handler, body, replies };
    }
  }

  /** Returns the length of the reply's payload, −errno, or {@link noReply}. */
  serve(request: Request, reply: Reply): number {
    const row = this.#rows[request.opcode];
    const operation = row?.name ?? String(request.opcode);
    this.trace?.received(operation, request);
    const begun = performance.now();
    const result = row === undefined ? -ENOSYS : this.#run(row, request, reply);
    const ms = performance.now() - begun;
    if (row !== undefined) this.counters?.count(request.opcode, ms, result < 0);
    this.trace?.answered(operation, request, result, ms);
    return row?.replies === false ? noReply : result;
  }

  #run(row: Row, request: Request, reply: Reply): number {
    try {
      return request.bodyLength < row.body ? -EIO : row.handler(request, reply);
    } catch (error) {
      this.onFault(row.name, error);
      return -EIO;
    }
  }
}
