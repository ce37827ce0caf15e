-- The final state, and NULL before: it does not change with a claim, so an index on it leaves the claim a heap-only update.
ALTER TABLE "jobs" ADD COLUMN "ended_as" text COLLATE "C"
  GENERATED ALWAYS AS (CASE WHEN "finished_at" IS NOT NULL THEN "state" END) STORED;
--> statement-breakpoint
CREATE INDEX "jobs_ended_badly" ON "jobs" ("tenant_id", "ended_as", "created_at", "id")
  WHERE "ended_as" IN ('failed', 'cancelled');
--> statement-breakpoint
-- Hashes of a job's words, tags and kind, each with its tenant; NULL until they are gathered behind the submit.
ALTER TABLE "job_inputs" ADD COLUMN "words" bigint[],
  ADD COLUMN "last_error" text,
  ADD COLUMN "search_due" boolean NOT NULL DEFAULT true;
--> statement-breakpoint
CREATE INDEX "job_inputs_search_due" ON "job_inputs" ("job_id") WHERE "search_due";
--> statement-breakpoint
CREATE INDEX "job_inputs_words" ON "job_inputs" USING gin ("words") WITH (gin_pending_list_limit = 1024) WHERE "words" IS NOT NULL;
