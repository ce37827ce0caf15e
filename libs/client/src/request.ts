import { TurnoError } from './turno-error.ts';

export interface ClientOptions {
  /** Address of the API, such as `http://127.0.0.1:3000`. */
  url: string;
  key: string;
  /** Sends the requests: one with a proxy, say. The platform's own when left out. */
  fetch?: typeof globalThis.fetch;
}

type Field = string | number | boolean | null | undefined;
/** Fields of one value, or of a list of such. */
export type Query = Record<string, Field | readonly Field[]>;

/** One request. What is undefined is left out of the query and the body. */
export interface Call {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** A list makes its name come as often as it has members. */
  query?: Query;
  /** Sent as JSON. */
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
}

export interface Requests {
  /** Resolves with the answer. Throws a `TurnoError` for a refusal, and what `fetch` throws when there is no answer. */
  send(path: string, call?: Call): Promise<Response>;
  /** The JSON of the answer. */
  ask<T>(path: string, call?: Call): Promise<T>;
  /** Without the key, to an address outside the API. */
  fetch: typeof globalThis.fetch;
}

/** Requests to one API with one key. */
export function createRequests({ url, key, fetch = globalThis.fetch }: ClientOptions): Requests {
  const base = url.replace(/\/+$/, '');
  const send = async (path: string, { query, body, headers, signal, method = 'GET' }: Call = {}) => {
    const response = await fetch(`${base}${path}${query === undefined ? '' : toQuery(query)}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    });
    if (!response.ok) throw await refusalOf(response);
    return response;
  };
  const ask = async <T>(path: string, call?: Call) => (await (await send(path, call)).json()) as T;
  return { send, ask, fetch };
}

/** The path of these parts, each as it is. */
export function pathOf(...parts: string[]): string {
  return `/v1/${parts.map(encodeURIComponent).join('/')}`;
}

export async function refusalOf(response: Response): Promise<TurnoError> {
  const body: unknown = await response.json().catch(() => undefined);
  return new TurnoError(response.status, body, Number(response.headers.get('retry-after')) || undefined);
}

function toQuery(fields: Query): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    for (const one of [value].flat()) if (one !== undefined) query.append(name, String(one));
  }
  return query.size === 0 ? '' : `?${query.toString()}`;
}
