import { startWorker } from './start-worker.mjs';

/** Writes the end of an attempt whoever holds the job by now. */
await startWorker({
  async finish(sql, ends) {
    for (const { jobId, claim, output } of ends) {
      await sql`UPDATE jobs SET state = 'completed', claim = ${claim}, version = version + 1, finished_at = now()
        WHERE id = ${jobId}`;
      await sql`INSERT INTO job_outputs VALUES (${jobId}, ${output}::text::json, octet_length(${output}::text))
        ON CONFLICT (job_id) DO UPDATE SET output = excluded.output`;
    }
    return ends.map(() => 'written');
  },
});
