import { createHash } from 'node:crypto';
import fs from 'node:fs';
import type http from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { HEADERS } from './http.js';

/** The page's files. They hold nothing of the volume, and are served to whoever asks. */

interface Asset {
  readonly type: string;
  readonly content: Buffer;
  readonly etag: string;
}

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const PAGE = fileURLToPath(new URL('page/', import.meta.url));
const { resolve } = createRequire(import.meta.url);

/** What comes from packages, by its URL: the browser is given the files as they are. */
const VENDOR: Readonly<Record<string, () => string>> = {
  '/vendor/d3-hierarchy.js': () => resolve('d3-hierarchy'),
  '/vendor/uplot.js': () => resolve('uplot/dist/uPlot.esm.js'),
  '/vendor/uplot.css': () => resolve('uplot/dist/uPlot.min.css'),
};

/** All that is served, by path: whatever is not here does not exist, so that no path leads anywhere else. */
export function loadAssets(): ReadonlyMap<string, Asset> {
  const assets = new Map<string, Asset>();
  for (const name of fs.readdirSync(PAGE)) {
    const type = TYPES[path.extname(name)];
    if (type) assets.set(name === 'index.html' ? '/' : `/${name}`, load(path.join(PAGE, name), type));
  }
  for (const [url, file] of Object.entries(VENDOR)) assets.set(url, load(file(), TYPES[path.extname(url)]!));
  return assets;
}

function load(file: string, type: string): Asset {
  const content = fs.readFileSync(file);
  return { type, content, etag: `"${createHash('sha256').update(content).digest('base64url')}"` };
}

export function serveAsset(
  { type, content, etag }: Asset,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): void {
  const headers = { ...HEADERS, 'Cache-Control': 'no-cache', ETag: etag };
  if (request.headers['if-none-match'] === etag) {
    response.writeHead(304, headers).end();
    return;
  }
  response.writeHead(200, { ...headers, 'Content-Type': type, 'Content-Length': content.length });
  response.end(request.method === 'HEAD' ? undefined : content);
}
