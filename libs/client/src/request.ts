import { TurnoError } from './turno-error.ts';

export interface ClientOptions {
  /** The address of the API, such as `http://127.0.0.1:3000`. */
  url: string;
  key: string;
  /** Sends the requests, for example through a proxy. By default the `fetch` of the platform. */
  fetch?: typeof globalThis.fetch;
}

type Field = string | number | boolean | null | undefined;
/** Fields of a query. A list repeats the name of its field. */
export type Query = Record<string, Field | readonly Field[]>;

/** One request. Undefined fields are left out of the query and the body. */
export interface Call {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  query?: Query;
  /** Sent as JSON. */
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
}

export interface Requests {
  /** Returns the answer. Throws a `TurnoError` for a refusal, and the error of `fetch` without an answer. */
  send(path: string, call?: Call): Promise<Response>;
  /** Returns the JSON of the answer. */
  fetchJson<T>(path: string, call?: Call): Promise<T>;
  /** Sends a request without the key, to an address outside the API. */
  fetch: typeof globalThis.fetch;
}

/** Creates the functions that send requests to one API with one key. */
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
  const fetchJson = async <T>(path: string, call?: Call) => (await (await send(path, call)).json()) as T;
  return { send, fetchJson, fetch };
}

/** Builds the path of these parts. Each part is encoded. */
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
