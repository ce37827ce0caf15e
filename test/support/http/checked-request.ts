import { createConforms, type Conforms, type OpenApi } from './conforms.ts';

/** By the API's address. */
const checks = new Map<string, Promise<Conforms>>();
/** By the document's text: APIs with the same settings have the same, and a check is dear to compile. */
const checksOfText = new Map<string, Conforms>();

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
  const text = await (await fetch(`${base}/openapi.json`)).text();
  const conforms = checksOfText.get(text) ?? createConforms(JSON.parse(text) as OpenApi);
  checksOfText.set(text, conforms);
  return conforms;
}
