import type { Events } from './messages.js';

/** The token is missing or wrong. */
export class Unauthorized extends Error {}

export type Listener = <E extends keyof Events>(event: E, data: Events[E]) => void;

/**
 * Reads the server's events until the stream ends or fails. Not by EventSource: that one sends no headers, and a token in
 * an address would be written into logs.
 */
export async function readEvents(token: string, signal: AbortSignal, listen: Listener): Promise<void> {
  const response = await fetch('/events', { headers: { Authorization: `Bearer ${token}` }, cache: 'no-store', signal });
  if (response.status === 401) throw new Unauthorized();
  if (!response.ok || !response.body) throw new Error(await reasonOf(response));
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const events = (text + value).split('\n\n');
    text = events.pop() ?? '';
    for (const event of events) tell(event, listen);
  }
}

function tell(text: string, listen: Listener): void {
  const [, event, data] = /^event: (\w+)\ndata: (.*)$/s.exec(text) ?? [];
  if (event !== undefined && data !== undefined) listen(event as keyof Events, JSON.parse(data));
}

/** Asks the server for something; throws its reason where it refuses. */
export async function post(token: string, path: string, body: object): Promise<void> {
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
  const response = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(await reasonOf(response));
}

async function reasonOf(response: Response): Promise<string> {
  try {
    return ((await response.json()) as { error: string }).error;
  } catch {
    return `the server answered ${response.status}`;
  }
}
