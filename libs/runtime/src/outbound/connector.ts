import type { LookupFunction } from 'node:net';
import { Agent, buildConnector } from 'undici';
import { type Guard, portOf, type ResolvedAddress } from './guard.ts';

const connectTimeoutMs = 10_000;
const pool = { connections: 64, keepAliveTimeout: 10_000, keepAliveMaxTimeout: 60_000 };

/** Creates a pool of connections, each of them to an address that `guard` allowed. */
export function createAgent(guard: Guard): Agent {
  return new Agent({ ...pool, connect: createConnector(guard) });
}

/**
 * Connects only to the addresses that the guard allowed a moment before.
 * There is no second resolution in which a name could point elsewhere (DNS rebinding). Host header and TLS server name
 * stay those of the URL.
 */
function createConnector(guard: Guard): buildConnector.connector {
  return (options, callback) => {
    guard.vet(options.hostname, portOf(options)).then(
      (addresses) => {
        // One connector per connection, since only its `lookup` knows the allowed list. Literal addresses need no
        // lookup.
        const connect = buildConnector({
          timeout: connectTimeoutMs,
          maxCachedSessions: 0,
          lookup: lookupFrom(addresses),
        });
        connect(options, callback);
      },
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), null),
    );
  };
}

function lookupFrom(addresses: readonly ResolvedAddress[]): LookupFunction {
  return (_hostname, options, callback) => {
    if (options.all) return callback(null, [...addresses]);
    const [first] = addresses;
    callback(null, first?.address ?? '', first?.family);
  };
}
