import { UserError } from '../../errors.js';

/** The variable of the environment that a password may be given in, where no list of processes shows it. */
export const PASSWORD = 'DEEPSAD_REDIS_PASSWORD';

/** Whether a text is meant to be the address of a Redis. */
export function isAddress(text: string): boolean {
  return /^rediss?:\/\//i.test(text);
}

/**
 * An address without its password, which is put where this process looks for one: addresses go into plans and messages, which others read.
 *
 * @throws UserError where it is no address
 */
export function withoutPassword(address: string): string {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    throw new UserError('expected an address such as redis://host:6379, or rediss://user@host:6379 with TLS');
  }
  if (url.hostname === '') throw new UserError(`${address}: names no host, as redis://host:6379 does`);
  const place = `${url.protocol}//${url.host}`;
  const [, password] = [url.username, url.password].map((text) => decoded(text, place));
  if (password === '') return address;
  process.env[PASSWORD] = password;
  url.password = '';
  return url.href;
}

/** A name or a password as it is meant. @throws UserError where it is written as none can be in an address */
function decoded(text: string, place: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new UserError(
      `${place}: a % in the user or the password of an address is written as %25; or give the password in ${PASSWORD}`,
    );
  }
}
