import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';

export interface TestProxy {
  /** http://127.0.0.1:PORT */
  readonly address: string;
  /** HOST:PORT of each tunnel that was asked for. */
  readonly tunnels: readonly string[];
  close(): Promise<void>;
}

/** Starts a proxy whose tunnels all lead to one local port, or that refuses with a status. */
export async function startProxy(
  target: { readonly port: number } | { readonly status: string },
): Promise<TestProxy> {
  const tunnels: string[] = [];
  const server = createServer();
  const sockets = new Set<{ destroy(): void }>();
  server.on('connect', (request, socket) => {
    tunnels.push(request.url ?? '');
    sockets.add(socket);
    if ('status' in target) {
      socket.end(`HTTP/1.1 ${target.status}\r\n\r\n`);
      return;
    }
    const behind = connect(target.port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      behind.pipe(socket).pipe(behind);
    });
    sockets.add(behind);
    // Either side may end the tunnel.
    socket.on('error', () => behind.destroy());
    behind.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tunnels,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
