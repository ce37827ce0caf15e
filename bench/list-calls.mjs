import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const shownChars = 110;

/** Returns the statements that the server executes during `work`, with their times in epoch milliseconds. */
export async function listStatements({ sql, dir }, work) {
  const file = path.join(dir, 'logs/postgres.log');
  await setLogging(sql, '0');
  const from = statSync(file).size;
  await work();
  await delay(200);
  const text = readFileSync(file).subarray(from).toString();
  await setLogging(sql, '-1');
  return text.split(/^(?=\d{13}\.\d+|\d{10}\.\d{3} )/m).flatMap((entry) => {
    const found = /^([\d.]+) .*?duration: ([\d.]+) ms {2}(?:execute|statement)[^:]*: ([^]*)/.exec(entry);
    if (found === null) return [];
    const [, at, ms, statement] = found;
    return [{ atMs: Number(at) * 1_000, ms: Number(ms), name: statement.replaceAll(/\s+/g, ' ').slice(0, shownChars) }];
  });
}

async function setLogging(sql, value) {
  await sql.unsafe(`ALTER SYSTEM SET log_min_duration_statement = ${value}`);
  await sql.unsafe(`ALTER SYSTEM SET log_line_prefix = '%n '`);
  await sql`SELECT pg_reload_conf()`;
  await delay(200);
}

/** Returns the commands that Redis executes during `work`, with their times in epoch milliseconds. */
export async function listCommands(redis, work) {
  const monitor = await redis.monitor();
  const commands = [];
  monitor.on('monitor', (time, args, source) => {
    const words = args[0] === 'evalsha' ? ['evalsha', args[1].slice(0, 8), args[3] ?? ''] : args.slice(0, 2);
    const name = source === 'lua' ? `  lua ${args[0]}` : words.join(' ');
    const shown = name.replace(/job_\w+/, 'job').slice(0, shownChars);
    commands.push({ atMs: Number(time) * 1_000, name: shown });
  });
  await work();
  await delay(200);
  monitor.disconnect();
  return commands;
}

/** Counts calls by name and returns the rows of a table, most first. */
export function countRows(calls, per) {
  const counts = new Map();
  for (const { name } of calls) counts.set(name, (counts.get(name) ?? 0) + 1);
  const sorted = [...counts].sort(([, a], [, b]) => b - a);
  return [...sorted, ['all', calls.length]].map(([name, count]) => [(count / per).toFixed(2), name]);
}
