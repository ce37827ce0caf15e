import { parseDatabaseUrl } from '@turno/runtime';
import { createLinks } from './driver-patches/patched-sockets.ts';

/**
 * Returns the driver's options for the server of a URL, with the connections that they open. The URL is not passed to
 * the driver: it takes unknown parameters for settings of the server, and no IPv6 address. The links encrypt the
 * sockets, so the driver must not.
 */
export function toDriverOptions(url: string) {
  const { hosts, socket, user, password, database, encryption, options, targetSession } = parseDatabaseUrl(url);
  const links = createLinks(encryption);
  // The driver's types have one host, and neither of the others.
  const untyped: object = {
    socket: links.open,
    sslnegotiation: null,
    ...(hosts.length === 0 ? {} : { host: hosts.map(({ host }) => host), port: hosts.map(({ port }) => port) }),
  };
  return {
    links,
    ...(socket === undefined ? {} : { path: socket }),
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    ...(database === undefined ? {} : { database }),
    ...(targetSession === undefined ? {} : { target_session_attrs: targetSession }),
    connection: options === undefined ? {} : { options },
    ssl: false,
    ...untyped,
  };
}
