import type { ServerResponse } from 'node:http';

/** An answer that never pauses for long and never ends: only a limit on the whole of it ends the wait. */
export function drip(response: ServerResponse, type = 'application/json'): void {
  response.writeHead(200, { 'content-type': type });
  const timer = setInterval(() => response.write(' '), 20);
  response.on('close', () => clearInterval(timer)).on('error', () => undefined);
}
