import { parseBounded, Problem } from '@turno/contract';
import { loadCatalogue } from '@turno/kinds';
import { beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { parseBatch, parseSubmit } from '../../apps/api/src/operations/jobs/parse-submit.ts';
import { parseStrictJson } from '../../apps/api/src/http/request/strict-json.ts';
import { shownPath } from '../../apps/api/src/http/request/shown-path.ts';
import { problemDocumentOf } from '../../apps/api/src/http/response/send-problem.ts';

let catalogue: Awaited<ReturnType<typeof loadCatalogue>>;
beforeAll(async () => {
  catalogue = await loadCatalogue();
});

const fields = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 1]));
const sum = { kind: 'math.sum-of-squares', input: { n: 1 } };

/** The document that a client gets. */
function documentOf(parse: () => unknown) {
  try {
    parse();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const { errors = [], ...rest } = problemDocumentOf(error, '/v1/jobs', 'r') as { errors?: Fault[] };
    return { ...rest, errors, bytes: JSON.stringify(problemDocumentOf(error, '/v1/jobs', 'r')).length };
  }
  throw new Error('the document was accepted');
}

function raise(error: unknown): never {
  throw error;
}

interface Fault {
  pointer: string;
  detail: string;
}

test('Of 150,000 unknown fields an answer shows 100 and the number of the others', () => {
  const shown = documentOf(() => parseSubmit(catalogue, { ...sum, ...fields(150_000) }));
  expect(shown).toMatchObject({ code: 'invalid-request' });
  expect(shown).toMatchObject({
    detail: 'There are 150000 faults; errors has the first 100, and 149900 more are left out.',
  });
  expect(shown.errors).toHaveLength(100);
  expect(shown.errors[0]).toEqual({ pointer: '/k0', detail: 'is not a known field' });
  expect(shown.bytes).toBeLessThan(20_000);
});

test('100 faults are shown whole, without a number of others', () => {
  const shown = documentOf(() => parseSubmit(catalogue, { ...sum, ...fields(100) }));
  expect(shown.errors).toHaveLength(100);
  expect(shown).toMatchObject({ detail: 'There are 100 faults, see errors.' });
});

test('The faults of a batch are counted over all its jobs, and the first 100 are shown', async () => {
  const jobs = Array.from({ length: 1_000 }, () => ({ ...sum, ...fields(20) }));
  const refused = await parseBatch(catalogue, { jobs }).catch((error: unknown) => error);
  const shown = documentOf(() => raise(refused));
  expect(shown).toMatchObject({ detail: expect.stringContaining('19900 more') as string });
  expect(shown.errors.at(-1)?.pointer).toBe('/jobs/4/k19');
});

const quoting: [string, (name: string) => unknown][] = [
  ['a key of a submit', (name: string) => parseSubmit(catalogue, { ...sum, [name]: 1 })],
  ['a key of an input', (name: string) => parseSubmit(catalogue, { ...sum, input: { n: 1, [name]: 1 } })],
  ['a key of metadata', (name: string) => parseSubmit(catalogue, { ...sum, options: { metadata: { [name]: 1 } } })],
  ['a header', (name: string) => parseSubmit(catalogue, { kind: 'http.request', input: { headers: { [name]: 1 } } })],
  ['the name of a kind', (name: string) => parseSubmit(catalogue, { kind: name })],
  ['a forbidden key', (name: string) => parseStrictJson(Buffer.from(`{"${name}":{"__proto__":1}}`))],
  ['text that is not JSON', (name: string) => parseStrictJson(Buffer.from(name))],
];

test.each(quoting)('An answer about %s of a megabyte quotes at most 200 characters of it', (_what, parse) => {
  const shown = documentOf(() => parse('x'.repeat(1_000_000)));
  expect(/x*/.exec(JSON.stringify(shown).slice(JSON.stringify(shown).indexOf('xx')))?.[0].length).toBeLessThan(200);
  expect(shown.bytes).toBeLessThan(2_000);
});

/** Characters that reorder, hide or break the text around them, and one beyond the length that is quoted. */
const deceptive = Array.from('\u0007\u001b\u007f\u0085\u009b\u061c\u200b\u200e\u2028\u2029\u202e\u2066\ufeff\u{e0041}');

test.each(quoting)(
  'An answer about %s shows characters that change the text around them as escapes',
  (_what, parse) => {
    for (const character of deceptive) {
      const { errors, ...rest } = documentOf(() => parse(`a${character}b${'x'.repeat(300)}${character}`));
      const shown = [...Object.values(rest), ...errors.flatMap(({ pointer, detail }) => [pointer, detail])].join(' ');
      expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    }
  },
);

test('An escape names the character, and an answer that quotes a quote escapes nothing twice', () => {
  const { detail } = documentOf(() => parseSubmit(catalogue, { kind: 'a\u202eb\u{e0041}' })) as { detail?: string };
  expect(detail).toBe('There is no kind "a\\u202eb\\u{e0041}"; GET /v1/kinds lists them.');
  const { errors } = documentOf(() => parseSubmit(catalogue, { ...sum, 'é\u2066/': 1 }));
  expect(errors[0]?.pointer).toBe('/é\\u2066~1');
});

test('The path in an answer and in a log line is escaped as in a URL', () => {
  const path = Buffer.from('/v1/\u202e').toString('latin1');
  expect(shownPath({ originalUrl: `${path}?q=1` })).toBe('/v1/%E2%80%AE');
});

test('A message of a kind that quotes its input is cut', () => {
  const loud = z.string().refine(() => false, { error: ({ input }) => `is wrong: ${String(input)}` });
  const parsed = parseBounded(z.strictObject({ text: loud }), { text: 'y'.repeat(100_000) });
  expect(parsed.success).toBe(false);
  if (!parsed.success) expect(parsed.faults.faults[0]?.detail).toHaveLength(200);
});

test('A list of a million faulty items is one fault, as are 50,000 members of a record', () => {
  const items = parseBounded(z.object({ rows: z.array(z.array(z.string())) }), { rows: [Array(1_000_000).fill(1)] });
  expect(items).toMatchObject({ faults: { count: 1, faults: [{ pointer: '/rows/0/0' }] } });
  const headers = documentOf(() =>
    parseSubmit(catalogue, { kind: 'http.request', input: { url: 'http://a.example', headers: fields(50_000) } }),
  );
  expect(headers.errors).toEqual([{ pointer: '/input/headers', detail: 'has more than 1000 headers' }]);
  const metadata = documentOf(() => parseSubmit(catalogue, { ...sum, options: { metadata: fields(50_000) } }));
  expect(metadata.errors).toHaveLength(1);
});
