import { createConforms, type Conforms, type OpenApi } from './conforms.ts';
import { repeatWhileUnavailable } from './repeat-while-unavailable.ts';

/** By the API's address. */
const checks = new Map<string, Promise<Conforms>>();
/** By the document's text: APIs with the same settings have the same, and a check is dear to compile. */
const checksOfText = new Map<string, Conforms>();

export interface CheckedRequest extends RequestInit {
  /** Returns also the answer of an unavailable store, for a test in which Postgres is away. */
  once?: boolean;
}

/**
 * `fetch` that fails the test when the answer is not one that the API's own document describes.
 * Like a client, it repeats a request that a slow Postgres did not serve.
 */
export async function checkedFetch(base: string, path: string, { once, ...init }: CheckedRequest): Promise<Response> {
  const send = () => fetchOnce(base, path, init);
  return once === true ? send() : repeatWhileUnavailable(send);
}

async function fetchOnce(base: string, path: string, init: RequestInit): Promise<Response> {
  const response = await fetch(`${base}${path}`, init);
  const conforms = checks.get(base) ?? readDocument(base);
  checks.set(base, conforms);
  await (
    await conforms
  )(init.method ?? 'GET', `${base}${path}`, response);
  return response;
}

async function readDocument(base: string): Promise<Conforms> {
  const text = await (await fetch(`${base}/openapi.json`)).text();
  const conforms = checksOfText.get(text) ?? createConforms(JSON.parse(text) as OpenApi);
  checksOfText.set(text, conforms);
  return conforms;
}
