import { getProxyForUrl } from 'proxy-from-env';
import { Agent, type Dispatcher, ProxyAgent, request } from 'undici';
import { VERSION } from '../../package.js';
import { BrokenTransfer, Refusal } from './failures.js';
import type { Patience } from './patience.js';

/** What a server answered to a GET, redirections followed. */
export interface Answer {
  readonly status: number;
  /** A header by its name in lower case. */
  header(name: string): string | undefined;
  /** The body, byte for byte as it is sent. Throws BrokenTransfer where it breaks off. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Says that the body is not needed. */
  discard(): void;
}

/** Sends GET requests, through the proxies that HTTP_PROXY, HTTPS_PROXY and NO_PROXY name. */
export interface HttpClient {
  /**
   * @throws BrokenTransfer where no answer came
   * @throws Refusal where the address leads nowhere
   */
  get(url: string, headers: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<Answer>;
  close(): Promise<void>;
}

/** Failures that another attempt does not mend. */
const LASTING = /^(ENOTFOUND|EAI_AGAIN|CERT_|ERR_TLS_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/;

const REDIRECTS = [301, 302, 303, 307, 308];
const MOST_REDIRECTS = 10;

/** What the codes of frequent failures mean. */
const MEANINGS: ReadonlyMap<string, string> = new Map([
  ['ENOTFOUND', 'no server of that name is known here'],
  ['EAI_AGAIN', 'the name of the server could not be looked up'],
  ['ECONNREFUSED', 'the server refused the connection'],
  ['ECONNRESET', 'the connection was reset'],
  ['UND_ERR_CONNECT_TIMEOUT', 'no connection in time'],
  ['UND_ERR_HEADERS_TIMEOUT', 'no answer in time'],
  ['UND_ERR_BODY_TIMEOUT', 'no more data in time'],
  ['UND_ERR_SOCKET', 'the connection was closed'],
]);

/** Opens a client, to be closed. */
export function openHttp({ connect, answer, stall }: Patience): HttpClient {
  const timeouts = { connect: { timeout: connect }, headersTimeout: answer, bodyTimeout: stall };
  const dispatchers = new Map<string, Dispatcher>();
  const dispatcherFor = (proxy: string): Dispatcher => {
    const open = dispatchers.get(proxy) ?? createDispatcher(proxy, timeouts);
    dispatchers.set(proxy, open);
    return open;
  };

  const getOnce = async (url: URL, headers: Readonly<Record<string, string>>, signal?: AbortSignal) => {
    const proxy = getProxyForUrl(url.href);
    try {
      return await request(url, {
        dispatcher: dispatcherFor(proxy),
        headers: { 'user-agent': `deepsad/${VERSION}`, ...headers },
        ...(signal && { signal }),
      });
    } catch (error) {
      throw transferError(error, signal, proxy);
    }
  };

  return {
    async get(from, headers, signal) {
      let url = new URL(from);
      for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
        const { statusCode: status, headers: found, body } = await getOnce(url, headers, signal);
        const header = (name: string) => [found[name]].flat()[0];
        // Without a reader an error of the body would have no handler.
        const discard = () => void body.dump().catch(() => {});
        const location = header('location');
        if (!REDIRECTS.includes(status) || location === undefined) {
          return { status, header, body: bytesOf(body, signal), discard };
        }
        discard();
        url = redirected(url, location);
      }
      throw new Refusal(`redirected more than ${MOST_REDIRECTS} times`);
    },
    async close() {
      await Promise.all([...dispatchers.values()].map((dispatcher) => dispatcher.destroy()));
    },
  };
}

function createDispatcher(
  proxy: string,
  timeouts: Agent.Options & { connect: { timeout: number } },
): Dispatcher {
  if (proxy === '') return new Agent(timeouts);
  try {
    return new ProxyAgent({
      uri: proxy,
      proxyTls: timeouts.connect,
      requestTls: timeouts.connect,
      ...timeouts,
    });
  } catch {
    throw new Refusal(
      `cannot use the proxy ${withoutPassword(proxy)}: expected an address such as http://proxy:3128`,
    );
  }
}

function redirected(from: URL, location: string): URL {
  const to = URL.canParse(location, from.href) ? new URL(location, from.href) : undefined;
  if (to?.protocol === 'https:' || (to?.protocol === 'http:' && from.protocol === 'http:')) return to;
  throw new Refusal(`redirected to ${location}, which is no https address`);
}

async function* bytesOf(body: AsyncIterable<Uint8Array>, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw transferError(error, signal);
  }
}

/** What became of a request that failed. An aborted one stays what it is. */
function transferError(error: unknown, signal?: AbortSignal, proxy = ''): unknown {
  if (signal?.aborted || error instanceof Refusal) return error;
  const { code = '', message } = error as NodeJS.ErrnoException;
  const through = proxy && ` (through the proxy ${withoutPassword(proxy)})`;
  const meaning = `${MEANINGS.get(code) ?? (message || code)}${through}`;
  return LASTING.test(code) ? new Refusal(meaning) : new BrokenTransfer(meaning);
}

function withoutPassword(proxy: string): string {
  return proxy.replace(/\/\/[^/@]*@/, '//');
}
