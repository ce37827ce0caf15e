import { createConforms, type Conforms, type OpenApi } from './conforms.ts';

const checks = new Map<string, Promise<Conforms>>();

/** `fetch` that fails the test when the answer is not one that the API's own document describes. */
export async function checkedFetch(base: string, path: string, init: RequestInit): Promise<Response> {
  const response = await fetch(`${base}${path}`, init);
  const conforms = checks.get(base) ?? readDocument(base);
  checks.set(base, conforms);
  await (
    await conforms
  )(init.method ?? 'GET', `${base}${path}`, response);
  return response;
}

async function readDocument(base: string): Promise<Conforms> {
  return createConforms((await (await fetch(`${base}/openapi.json`)).json()) as OpenApi);
}
