import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createSecureServer, type ServerOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

/** Answers one request. A number that it returns is how many bytes come before the transfer is to break off. */
export type Behaviour = (request: IncomingMessage, response: ServerResponse) => unknown;

/** A request that the server had. */
export interface Received {
  readonly path: string;
  readonly range: string | undefined;
  readonly ifRange: string | undefined;
}

export interface TestServer {
  /** http://127.0.0.1:PORT, or https */
  readonly origin: string;
  readonly received: readonly Received[];
  /** Is told how many bytes the client has: breaks off a transfer that is to break off there. */
  reached(bytes: number): void;
  /** Sets what a path answers, one behaviour a request; the last one goes on. Gives the path's address. */
  route(path: string, ...behaviours: readonly [Behaviour, ...Behaviour[]]): string;
  close(): Promise<void>;
}

/**
 * Starts a local server that answers 404 to all that has no route.
 *
 * @param tls makes it speak HTTPS
 */
export async function startServer(tls?: ServerOptions): Promise<TestServer> {
  const routes = new Map<string, Behaviour[]>();
  const received: Received[] = [];
  let end: unknown;
  const listener: RequestListener = (request, response) => {
    const path = request.url ?? '';
    const { range } = request.headers;
    received.push({ path, range, ifRange: request.headers['if-range']?.toString() });
    const behaviours = routes.get(path) ?? [];
    const behaviour = behaviours.length > 1 ? behaviours.shift() : behaviours[0];
    end = (behaviour ?? status(404))(request, response);
  };
  const server = tls ? createSecureServer(tls, listener) : createServer(listener);
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const disconnect = () => {
    for (const socket of sockets) socket.destroy();
  };
  const origin = `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    received,
    route(path, ...behaviours) {
      routes.set(path, [...behaviours]);
      return origin + path;
    },
    reached(bytes) {
      if (bytes === end) disconnect();
    },
    async close() {
      disconnect();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type Headers = Readonly<Record<string, string>>;

/** Sends all bytes, whatever range is asked for. */
export function whole(bytes: Uint8Array, headers: Headers = {}): Behaviour {
  return (_, response) => {
    response.writeHead(200, { 'content-length': bytes.length, ...headers }).end(bytes);
  };
}

/** Sends all bytes without saying how many. */
export function unannounced(bytes: Uint8Array): Behaviour {
  return (_, response) => {
    response.writeHead(200);
    response.write(bytes.subarray(0, 1));
    response.end(bytes.subarray(1));
  };
}

/** Sends the range that is asked for, unless the content is another by now. */
export function ranged(bytes: Uint8Array, etag?: string): Behaviour {
  return (request, response) => {
    const { range, 'if-range': condition } = request.headers;
    const [, first] = /^bytes=(\d+)-$/.exec(range ?? '') ?? [];
    const tag = { ...(etag !== undefined && { etag }) };
    if (first === undefined || (condition !== undefined && condition !== etag)) {
      whole(bytes, tag)(request, response);
    } else if (Number(first) >= bytes.length) {
      response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end();
    } else {
      const part = bytes.subarray(Number(first));
      response.writeHead(206, {
        ...tag,
        'content-length': part.length,
        'content-range': `bytes ${first}-${bytes.length - 1}/${bytes.length}`,
      });
      response.end(part);
    }
  };
}

/** Announces all bytes, sends the first of them and closes the connection when the client has these. */
export function truncated(bytes: Uint8Array, sent: number, headers: Headers = {}): Behaviour {
  return (request, response) => {
    stalled(bytes, sent, headers)(request, response);
    return sent;
  };
}

/** Announces all bytes, sends the first of them and then nothing, with the connection open. */
export function stalled(bytes: Uint8Array, sent: number, headers: Headers = {}): Behaviour {
  return (_, response) => {
    response.writeHead(200, { 'content-length': bytes.length, ...headers });
    response.write(bytes.subarray(0, sent));
  };
}

/** Accepts the request and never answers. */
export function silent(): Behaviour {
  return () => {};
}

export function status(code: number, headers: Headers = {}): Behaviour {
  return (_, response) => {
    response.writeHead(code, headers).end('no data here');
  };
}

export function redirect(location: string): Behaviour {
  return status(302, { location });
}
