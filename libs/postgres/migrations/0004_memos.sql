-- Which job has, or will have, the result of a piece of work: the latest made for it, and the last one before that completed.
CREATE TABLE "memos" (
  "tenant_id" text COLLATE "C" NOT NULL,
  "work_sha256" bytea NOT NULL,
  "job_id" text COLLATE "C" NOT NULL,
  "earlier_job_id" text COLLATE "C",
  "created_at" timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY ("tenant_id", "work_sha256")
);
--> statement-breakpoint
CREATE INDEX "memos_created" ON "memos" ("created_at");
--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "creator_key_id" text;
