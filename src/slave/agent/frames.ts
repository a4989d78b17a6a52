import { UserError } from '../../volume/errors.js';

/** The longest frame, in bytes: what is longer is no frame, or none of ours. */
export const MAX_FRAME = 16 << 20;

const HEAD = 4;

/** The other side does not speak the protocol. */
export class ProtocolError extends UserError {
  override name = 'ProtocolError';
}

/** The other side ended within a message. */
export class EndedEarly extends ProtocolError {
  override name = 'EndedEarly';
}

/** A text as it goes over the wire: its length as 32 bits, big-endian, then its UTF-8. */
export function encodeFrame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  if (length > MAX_FRAME) throw new ProtocolError(`Cannot send a message of ${length} bytes: ${MAX_FRAME} is the most`);
  const frame = Buffer.allocUnsafe(HEAD + length);
  frame.writeUInt32BE(length);
  frame.write(text, HEAD);
  return frame;
}

/** The texts that come over the wire. ProtocolError where they are none, or end within one. */
export async function* decodeFrames(input: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let chunks: Buffer[] = [];
  let held = 0;
  let wanted = HEAD;
  for await (const chunk of input) {
    chunks.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length));
    held += chunk.length;
    if (held < wanted) continue;
    let bytes = Buffer.concat(chunks);
    for (wanted = sizeOf(bytes); bytes.length >= wanted; wanted = sizeOf(bytes)) {
      yield bytes.toString('utf8', HEAD, wanted);
      bytes = bytes.subarray(wanted);
    }
    chunks = [bytes];
    held = bytes.length;
  }
  if (held > 0) throw new EndedEarly('Cannot read a message: it ends too early');
}

/** The size of the frame that begins here, as far as that can be told. */
function sizeOf(bytes: Buffer): number {
  if (bytes.length < HEAD) return HEAD;
  const length = bytes.readUInt32BE();
  if (length > MAX_FRAME) {
    const said = JSON.stringify(bytes.subarray(0, 60).toString());
    throw new ProtocolError(`Cannot understand the other side: it says ${said} instead of a message`);
  }
  return HEAD + length;
}
