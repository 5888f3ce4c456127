import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/**
 * Gives a connection up so that nothing of it is sent later: the system goes on delivering what is queued on one that is
 * merely closed, and a command that nobody waits for would begin once the network is back. A tunnel is closed; what is
 * queued for it lies with the connection that carries it.
 */
export function cut(socket: Duplex): void {
  if (socket instanceof Socket) socket.resetAndDestroy();
  else socket.destroy();
}
