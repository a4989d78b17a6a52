import { decodeFrames, encodeFrame, ProtocolError } from './frames.js';

/**
 * A request, or its answer under the same number. A list may be longer than a frame: then parts of it come before, each
 * with the number and `more`.
 */
export interface Message {
  readonly id: number;
  readonly call?: string;
  readonly value?: unknown;
  readonly list?: readonly unknown[];
  readonly error?: { readonly code: string; readonly message: string };
}

/** Bytes of a list in one frame, about: a frame is held in memory on both sides. */
const PART = 256 << 10;

/** A message as frames. What its list holds is made into text as the frames are taken. */
export function* encodeMessage({ list = [], ...message }: Message): Generator<Buffer> {
  let texts: string[] = [];
  let length = 0;
  for (const item of list) {
    const text = JSON.stringify(item);
    if (length > 0 && length + text.length > PART) {
      yield encodeFrame(`{"id":${message.id},"more":true,"list":[${texts.join()}]}`);
      texts = [];
      length = 0;
    }
    texts.push(text);
    length += text.length;
  }
  yield encodeFrame(`{"message":${JSON.stringify(message)},"list":[${texts.join()}]}`);
}

/** The messages that come over the wire. ProtocolError where they are none. */
export async function* decodeMessages(
  input: AsyncIterable<Uint8Array>,
): AsyncGenerator<Required<Pick<Message, 'list'>> & Message> {
  let list: unknown[] = [];
  for await (const text of decodeFrames(input)) {
    const frame = parse(text);
    for (const item of frame.list) list.push(item);
    if (frame.message === undefined) continue;
    yield { ...frame.message, list };
    list = [];
  }
}

function parse(text: string): { message?: Message; list: unknown[] } {
  try {
    const frame = JSON.parse(text) as { message?: Message; list?: unknown };
    if (Array.isArray(frame.list) && Number.isSafeInteger(frame.message?.id ?? 0))
      return frame as { message?: Message; list: unknown[] };
  } catch {
    // Said below.
  }
  throw new ProtocolError(`Cannot understand the other side: ${JSON.stringify(text.slice(0, 60))} is no message`);
}
