import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './run-command.mjs';

// Writes the schema that this version releases, with its migration journal, as SQL: `npm test` upgrades a database made
// by it.
const migrations = path.join(root, 'libs/postgres/migrations');
const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const { entries } = JSON.parse(readFileSync(path.join(migrations, 'meta/_journal.json'), 'utf8'));

const texts = entries.map(({ tag }) => readFileSync(path.join(migrations, `${tag}.sql`), 'utf8'));
const journal = entries.map(({ when }, index) => {
  const hash = createHash('sha256').update(texts[index]).digest('hex');
  return `  ('${hash}', ${when})`;
});
const schema = texts.map((text) => text.replaceAll(/^ *--.*\n/gm, '').trim()).join('\n');
const file = path.join(root, 'test/fixtures/schemas', `${version}.sql`);
writeFileSync(
  file,
  `-- The schema of ${version}, written by scripts/save-schema.mjs.
${schema}
CREATE SCHEMA "drizzle";
CREATE TABLE "drizzle"."__drizzle_migrations" (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at bigint);
INSERT INTO "drizzle"."__drizzle_migrations" (hash, created_at) VALUES
${journal.join(',\n')};
`,
);
console.log(path.relative(root, file));
