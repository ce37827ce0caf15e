import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

type Json = Record<string, unknown>;
export interface OpenApi extends Json {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Json>; headers: Json };
}
export interface Operation extends Json {
  operationId: string;
  security?: { key?: string[] }[];
  parameters?: Json[];
  requestBody?: { content: Record<string, Json> };
  responses: Record<string, { headers?: Json; content?: Record<string, { schema?: Json }> }>;
}

/** Throws when an answer is not one that the document describes for this address and method. */
export type Conforms = (method: string, url: string, response: Response) => Promise<void>;

/** UTC, to the millisecond. */
const asWeWriteIt = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** What node and the router refuse before an operation is found. */
const anywhere = new Set([404, 405, 408, 431]);

export function createConforms(document: OpenApi): Conforms {
  const ajv = new Ajv2020({ strict: false, allErrors: true, formats: { base64: true } });
  addFormats.default(ajv);
  ajv.addFormat('date-time', asWeWriteIt); // the library takes Postgres' own spelling too
  ajv.addSchema({ ...document, $id: 'https://turno.test/openapi' });
  // `no-store` goes without saying wherever nothing else is said.
  const listed = Object.keys(document.components.headers).filter((name) => name !== 'Cache-Control');
  const paths = Object.keys(document.paths).map((path) => [path, toPattern(path)] as const);
  const validators = new Map<string, ValidateFunction>();

  function validatorOf(pointer: readonly string[]): ValidateFunction {
    const fragment = pointer.map(escape).join('/');
    const found = validators.get(fragment) ?? ajv.compile({ $ref: `https://turno.test/openapi#/${fragment}` });
    validators.set(fragment, found);
    return found;
  }

  return async (method, url, response) => {
    const { pathname } = new URL(url);
    const [path] = paths.find(([, pattern]) => pattern.test(pathname)) ?? [];
    const verb = method.toLowerCase() === 'head' ? 'get' : method.toLowerCase();
    const operation = path === undefined ? undefined : document.paths[path]?.[verb];
    if (path === undefined || operation === undefined) return checkOutside(method, response);
    const status = String(response.status);
    const type = (response.headers.get('content-type') ?? '').split(';')[0] ?? '';
    const described = operation.responses[status];
    const at = `${method} ${path} answered ${status}`;
    if (described === undefined) throw new Error(`${at}, which is not described: ${await response.clone().text()}`);
    const unlisted = listed.find((name) => response.headers.has(name) && !Object.hasOwn(described.headers ?? {}, name));
    if (unlisted !== undefined) throw new Error(`${at} with ${unlisted}, which is not described`);
    if (type === '' || verb !== method.toLowerCase() || type === 'text/event-stream') return;
    const content = described.content?.[type];
    if (content === undefined) throw new Error(`${at} as ${type}, which is not described`);
    if (content.schema === undefined || !type.endsWith('json')) return;
    const validate = validatorOf(['paths', path, verb, 'responses', status, 'content', type, 'schema']);
    const body: unknown = await response.clone().json();
    if (!validate(body)) throw new Error(`${at} with ${ajv.errorsText(validate.errors)}: ${JSON.stringify(body)}`);
  };
}

function checkOutside(method: string, response: Response): void {
  if (method === 'OPTIONS' || anywhere.has(response.status)) return;
  throw new Error(`${method} ${response.url} answered ${response.status} and is not in the document`);
}

/** Of the addresses that a path of the document stands for. */
export function toPattern(path: string): RegExp {
  return new RegExp(`^${path.replaceAll('.', String.raw`\.`).replaceAll(/\{\w+\}/g, '[^/]+')}$`);
}

function escape(part: string): string {
  return encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));
}
