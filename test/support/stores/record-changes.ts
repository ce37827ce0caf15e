import type { Sql } from 'postgres';

/**
 * Has Postgres itself note every change of every job, in the very transaction that makes it. A final state that was
 * overwritten leaves no trace on the row; here it does. Call it after the migration and before the first job.
 */
export async function recordChanges(sql: Sql): Promise<void> {
  await sql.unsafe(`
    CREATE TABLE IF NOT EXISTS job_changes (
      seq bigserial PRIMARY KEY, job_id text COLLATE "C" NOT NULL, run int NOT NULL, state text NOT NULL,
      ticket int NOT NULL, claim text, version int NOT NULL, is_final boolean NOT NULL
    );
    CREATE OR REPLACE FUNCTION note_job_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      INSERT INTO job_changes (job_id, run, state, ticket, claim, version, is_final)
      VALUES (NEW.id, NEW.run, NEW.state, NEW.ticket, NEW.claim, NEW.version,
        NEW.state IN ('completed', 'failed', 'cancelled'));
      RETURN NULL;
    END $$;
    CREATE OR REPLACE TRIGGER note_job_change AFTER INSERT OR UPDATE ON jobs FOR EACH ROW EXECUTE FUNCTION note_job_change();`);
}
