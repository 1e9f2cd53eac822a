import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { VERSION } from '../../package.js';
import { openHttp } from './http.js';
import { PATIENCE } from './patience.js';
import { startProxy, type TestProxy } from './testing/proxy.js';
import { redirect, startServer, type TestServer, whole } from './testing/server.js';

const VARIABLES = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY'].flatMap((name) => [
  name,
  name.toLowerCase(),
]);
const before = VARIABLES.map((name) => [name, process.env[name]] as const);

let server: TestServer;
let proxy: TestProxy;
beforeEach(async () => {
  for (const name of VARIABLES) delete process.env[name];
  server = await startServer();
  server.route('/a', whole(Buffer.from('data')));
  proxy = await startProxy({ port: Number(new URL(server.origin).port) });
});
afterEach(async () => {
  for (const [name, value] of before) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  await Promise.all([server.close(), proxy.close()]);
});

async function get(url: string): Promise<string> {
  const http = openHttp(PATIENCE);
  try {
    const { body } = await http.get(url, {});
    const chunks: Uint8Array[] = [];
    for await (const chunk of body) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  } finally {
    await http.close();
  }
}

test.each(['HTTP_PROXY', 'http_proxy'])('requests go through the proxy of %s', async (name) => {
  process.env[name] = proxy.address;
  expect(await get('http://data.example/a')).toBe('data');
  expect(proxy.tunnels).toEqual(['data.example:80']);
});

test('requests say who asks', async () => {
  let agent: string | undefined;
  const url = server.route('/who', (request, response) => {
    agent = request.headers['user-agent'];
    response.end();
  });
  await get(url);
  expect(agent).toBe(`deepsad/${VERSION}`);
});

test('redirections go through it too', async () => {
  process.env.HTTP_PROXY = proxy.address;
  server.route('/b', redirect('http://other.example/a'));
  expect(await get('http://data.example/b')).toBe('data');
  expect(proxy.tunnels).toEqual(['data.example:80', 'other.example:80']);
});

test('but not to hosts of NO_PROXY, nor those of another scheme', async () => {
  process.env.HTTPS_PROXY = proxy.address;
  expect(await get(`${server.origin}/a`)).toBe('data');
  process.env.HTTP_PROXY = proxy.address;
  process.env.NO_PROXY = 'other.example,127.0.0.1';
  expect(await get(`${server.origin}/a`)).toBe('data');
  expect(proxy.tunnels).toEqual([]);
});

test('a proxy that refuses is named, without its password', async () => {
  const refusing = await startProxy({ status: '407 Proxy Authentication Required' });
  process.env.HTTP_PROXY = refusing.address.replace('//', '//me:secret@');
  await expect(get('http://data.example/a')).rejects.toThrow(
    new RegExp(`407.* \\(through the proxy ${refusing.address}/?\\)`),
  );
  await refusing.close();
  process.env.HTTP_PROXY = 'http://me:secret@';
  await expect(get('http://data.example/a')).rejects.toThrow(
    'cannot use the proxy http://: expected an address such as http://proxy:3128',
  );
});
