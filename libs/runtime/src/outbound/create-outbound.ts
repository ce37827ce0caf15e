import { Agent } from 'undici';
import { parseAllowList } from './allow-list.ts';
import { createConnector } from './connector.ts';
import { OutboundFailure, OutboundRefused } from './errors.ts';
import { exchange, type OutboundRequest, type OutboundResponse } from './exchange.ts';
import { createGuard, parseTarget, portOf, resolveBySystem, type Resolve } from './guard.ts';

export interface OutboundOptions {
  /** `host`, `host:port`, an IP address or CIDR: where private addresses are allowed after all. */
  allowHosts: readonly string[];
  /** Instead of the system's resolver. */
  resolve?: Resolve;
}

export interface Outbound {
  /** Sends a request over a pooled connection. Any status is an answer; rejects with OutboundRefused or OutboundFailure. */
  fetch(request: OutboundRequest): Promise<OutboundResponse>;
  /** Resolves when a request to this URL would be allowed now; rejects as `fetch` would, without connecting. */
  check(url: string): Promise<void>;
  /** Ends all connections, those in use too. */
  close(): Promise<void>;
}

const pool = { connections: 64, keepAliveTimeout: 10_000, keepAliveMaxTimeout: 60_000 };

/** The one way out of the service: every connection it opens goes to a vetted address. */
export function createOutbound(options: OutboundOptions): Outbound {
  const guard = createGuard(parseAllowList(options.allowHosts), options.resolve ?? resolveBySystem);
  const agent = new Agent({ ...pool, connect: createConnector(guard) });
  return {
    fetch: (request) => exchange(agent, request),
    async check(text) {
      const url = parseTarget(text);
      try {
        await guard.vet(url.hostname, portOf(url));
      } catch (error) {
        if (error instanceof OutboundRefused) throw error;
        const reason = error instanceof Error ? error.message : String(error);
        throw new OutboundFailure('network-failure', reason, { cause: error });
      }
    },
    close: () => agent.destroy(),
  };
}
