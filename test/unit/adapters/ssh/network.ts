import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';

/** A TCP port in front of another, whose behaviour a test chooses connection by connection. */
export class Gateway {
  connections = 0;
  /** Resolves once a client breaks off, instead of closing. */
  readonly broken: Promise<undefined>;
  readonly #reset = Promise.withResolvers<undefined>();
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #frozen = false;

  /** @param treat what happens to the n-th connection, counted from 1 */
  constructor(target: number, treat: (n: number) => 'pass' | 'close' | 'silent') {
    this.broken = this.#reset.promise;
    this.#server = createServer({ pauseOnConnect: true }, (socket) => {
      this.connections += 1;
      this.#keep(socket).on('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ECONNRESET') this.#reset.resolve(undefined);
      });
      switch (treat(this.connections)) {
        case 'close':
          socket.destroy();
          break;
        case 'silent':
          break;
        case 'pass':
          this.#forward(socket, this.#keep(connect(target, '127.0.0.1')));
      }
    });
  }

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await new Promise((resolve) => this.#server.once('listening', resolve));
    return (this.#server.address() as AddressInfo).port;
  }

  /** From now on nothing passes, and nothing is closed: a cable that was cut. */
  freeze(): void {
    this.#frozen = true;
  }

  /** Breaks every connection. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #forward(a: Socket, b: Socket): void {
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      from.on('data', (data) => this.#frozen || to.write(data));
      from.on('close', () => this.#frozen || to.destroy());
      from.resume();
    }
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
    return socket;
  }
}
