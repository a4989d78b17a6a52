import type http from 'node:http';
import { type Access, checkHost, checkOrigin, checkToken, type Refusal } from './access.js';
import { type loadAssets, serveAsset } from './assets.js';
import type { Board } from './board.js';
import { answer, HttpError, readJson } from './http.js';
import { parseLook } from './look.js';
import type { Retries } from './retries.js';
import { Stream } from './stream.js';

/** What requests are answered from. */
export interface Parts {
  readonly access: Access;
  readonly assets: ReturnType<typeof loadAssets>;
  readonly board: Board;
  readonly retries: Retries;
}

type Body = Readonly<Record<string, unknown>>;

/** What a page may post, once it is known to be one. */
const POSTS: Readonly<Record<string, (parts: Parts, stream: Stream, body: Body) => void>> = {
  '/look': ({ board }, stream, body) => {
    stream.look = parseLook(body.look);
    board.lookChanged(stream);
  },
  '/retry': ({ board, retries }, _stream, { slave }) => {
    if (typeof slave !== 'string') throw new HttpError(400, 'wanted the name of a slave');
    retries.begin(board.watched.volume, board.watched.state, slave);
  },
};

const MOST_STREAMS = 32;

/** Answers a request, whatever it is. */
export async function respond(
  parts: Parts,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<void> {
  try {
    await route(parts, request, response);
  } catch (error) {
    if (response.headersSent) response.destroy();
    else if (error instanceof HttpError) answer(response, error.status, { error: error.message });
    else answer(response, 500, { error: error instanceof Error ? error.message : String(error) });
  }
}

async function route(parts: Parts, request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  const { access, assets } = parts;
  const { headers, method = '' } = request;
  refuseIf(checkHost(headers, access));
  const path = (request.url ?? '').split('?')[0]!;
  const asset = assets.get(path);
  const reads = method === 'GET' || method === 'HEAD';
  if (asset && reads) return serveAsset(asset, request, response);
  const post = Object.hasOwn(POSTS, path) ? POSTS[path] : undefined;
  if (!asset && !post && path !== '/events') throw new HttpError(404, 'there is no such page');
  if (method !== (post ? 'POST' : 'GET')) throw new HttpError(405, 'not to be done here');
  if (post) refuseIf(checkOrigin(headers));
  refuseIf(checkToken(headers, access));
  if (!post) return openStream(parts, response);
  const body = await readJson(request);
  const stream = parts.board.find(body.stream);
  if (!stream) throw new HttpError(403, 'wanted a stream that is open');
  post(parts, stream, body);
  answer(response, 200, {});
}

function refuseIf(refusal: Refusal | undefined): void {
  if (refusal) throw new HttpError(refusal.status, refusal.reason);
}

function openStream({ board }: Parts, response: http.ServerResponse): void {
  if (board.size >= MOST_STREAMS) throw new HttpError(503, `${MOST_STREAMS} pages are open already`);
  const stream = new Stream(response);
  response.on('close', () => board.remove(stream));
  board.add(stream);
}
