import { indexWords, openPostgres } from '@turno/postgres';
import { afterAll, describe, expect, test } from 'vitest';
import { wantedWords } from '../../libs/postgres/src/search/index.ts';
import { stores } from '../support/stores/stores.ts';

const { sql, close } = openPostgres({ url: (await stores()).databaseUrl, poolMax: 1, prepare: true, name: 'forms' });
afterAll(() => close());

let count = 0;

interface Texts {
  tags?: readonly string[];
  metadata?: object;
}

/** Inserts a job of a tenant of its own with this input, and indexes it. */
async function addJob(value: string, { tags = [], metadata = {} }: Texts = {}): Promise<string> {
  count += 1;
  const [id, tenantId] = [`job_${String(count).padStart(26, '0')}`, `ten_forms${count}`];
  await sql`INSERT INTO jobs (id, tenant_id, kind, kind_version, queue, state, priority, max_attempts, timeout_ms, run_at, tags)
    VALUES (${id}, ${tenantId}, 'test.noop', 1, 'io', 'queued', 0, 3, 1000, now(), ${tags}::text[])`;
  await sql`INSERT INTO job_inputs (job_id, input, input_bytes, metadata)
    VALUES (${id}, ${JSON.stringify({ value })}::text::json, 1, ${JSON.stringify(metadata)}::text::json)`;
  await indexWords(sql, 10);
  return tenantId;
}

/** Returns whether the job of a tenant is found. */
async function isFound(tenantId: string, q: string): Promise<boolean> {
  const rows = await sql`SELECT FROM job_inputs JOIN jobs ON id = job_id
    WHERE tenant_id = ${tenantId} AND words @> ${wantedWords(sql, { tenantId, q, tag: null, kind: null })}`;
  return rows.length === 1;
}

async function expectFound(value: string, found: readonly string[], missed: readonly string[]): Promise<void> {
  const tenantId = await addJob(value);
  for (const q of found) expect([q, await isFound(tenantId, q)]).toEqual([q, true]);
  for (const q of missed) expect([q, await isFound(tenantId, q)]).toEqual([q, false]);
}

describe('Canonical forms and case', () => {
  test.each([
    ['a sharp s', 'Straße', ['STRASSE', 'strasse', 'STRAẞE', 'straße'], ['strase']],
    ['two s', 'MASSE', ['maße', 'Masse'], ['mase']],
    ['a final sigma', 'ΟΔΥΣΣΕΥΣ ΟΔΟΣ’Α', ['Οδυσσευς', 'οδυσσευσ', 'οδος'], ['οδυσσε']],
    ['an accent of its own', 'Cafe\u0301 Zu\u0308rich', ['café', 'CAFÉ', 'zürich'], ['cafe', 'zurich']],
    ['a composed accent', 'résumé \u212bngstrom', ['re\u0301sume\u0301', 'Ångstrom'], ['resume']],
    ['accents in another order', 's\u0323\u0307ix', ['s\u0307\u0323ix', '\u1e69ix', 'S\u0323\u0307IX'], ['\u1e61ix']],
    ['composed Hangul', '\u1112\u1161\u11ab\u1100\u116e\u11a8\u110b\u1165', ['한국어', '국어'], ['한어']],
    ['Greek with three marks', 'μαΐου', ['ΜΑΪ́ΟΥ', 'Μαΐου'], ['μαιου']],
  ])('A search compares canonical forms without regard to case: %s', async (_what, value, found, missed) => {
    await expectFound(value, found, missed);
  });
});

test('A search finds whole words of every script, whatever the locale of the database', async () => {
  const [row] = await sql`SELECT datcollate FROM pg_database WHERE datname = current_database()`;
  expect(row).toEqual({ datcollate: 'C' });
  await expectFound(
    'GRÖSSE—«Привет», مرحبا بالعالم 文字列検索、済 हिन्दी 😀fête😀 C:\\ñandú',
    ['größe', 'ПРИВЕТ', 'مرحبا', 'بالعالم', '文字列検索', 'हिन्दी', 'Fête', 'ÑANDÚ'],
    ['sse', 'риве', 'nandu', 'ête'],
  );
});

test('A search finds the first words of a long input and the words of the other fields', async () => {
  const value = Array.from({ length: 1_000 }, (_, n) => `crowd${n}`).join(' ');
  const tenantId = await addJob(value, { tags: ['crowded'], metadata: { of: 'throng' } });
  const id = `job_${String(count).padStart(26, '0')}`;
  for (const q of [id, 'crowded', 'throng', 'crowd0', 'crowd400'])
    expect([q, await isFound(tenantId, q)]).toEqual([q, true]);
  expect(await isFound(tenantId, 'crowd999')).toBe(false);
});

describe('Scripts without spaces', () => {
  test.each([
    ['东京大学位于日本', ['东京', '京大学', '大学', '位于日本', '东京大学位于日本', '日本 大学'], ['东学', '日本人']],
    ['ソフトウェアー開発「部門」', ['ソフト', 'フトウェア', '開発', 'アー開', '部門'], ['発部', 'ソト']],
    ['order-7注文番号A55x', ['注文', '文番号', 'order', 'a55x', '注文番号A55x'], ['注番', 'a55']],
    ['𠮷野家のガギグ', ['𠮷野', 'カ\u3099ギ', '家の'], ['吉野']],
    ['「時々」は々々', ['時々', '々々'], ['々は']],
    ['ภาษาไทยง่าย', ['ภาษา', 'ไทย'], ['ทยา']],
    ['line\nbreak "quoted"日本語"', ['line', 'break', 'quoted', '日本', '本語'], ['nbreak']],
  ])('A search finds each part of two characters or more of %s', async (value, found, missed) => {
    await expectFound(value, found, missed);
  });

  test('A search finds the first thousand different pairs of a long Chinese text beside its words', async () => {
    const text = String.fromCodePoint(...Array.from({ length: 6_000 }, (_, n) => 0x4e00 + n));
    const pair = (n: number) => String.fromCodePoint(0x4e00 + n, 0x4e01 + n);
    await expectFound(`start ${text} finish`, ['start', 'finish', pair(0), pair(999)], [pair(1_000)]);
  });
});
