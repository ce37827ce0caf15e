import type { LookupFunction } from 'node:net';
import { Agent, buildConnector } from 'undici';
import type { Guard, ResolvedAddress } from './guard.ts';

const connectTimeoutMs = 10_000;
const pool = { connections: 64, keepAliveTimeout: 10_000, keepAliveMaxTimeout: 60_000 };

/** A pool of connections, every one of them to a vetted address. */
export function createAgent(guard: Guard): Agent {
  return new Agent({ ...pool, connect: createConnector(guard) });
}

/**
 * Opens connections only to addresses that were vetted a moment before, by the very list that was vetted: there is no second
 * resolution in which a name could change its mind. Host header and TLS server name stay those of the URL.
 */
function createConnector(guard: Guard): buildConnector.connector {
  return (options, callback) => {
    const port = Number(options.port) || (options.protocol === 'https:' ? 443 : 80);
    guard.vet(options.hostname, port).then(
      (addresses) => {
        // A connector of its own for each connection, since only its `lookup` knows the list. Literal addresses never get there.
        const connect = buildConnector({
          timeout: connectTimeoutMs,
          maxCachedSessions: 0,
          lookup: answerWith(addresses),
        });
        connect(options, callback);
      },
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), null),
    );
  };
}

function answerWith(addresses: readonly ResolvedAddress[]): LookupFunction {
  return (_hostname, options, callback) => {
    if (options.all) return callback(null, [...addresses]);
    const [first] = addresses;
    callback(null, first?.address ?? '', first?.family);
  };
}
