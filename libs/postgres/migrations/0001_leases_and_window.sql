CREATE TABLE "workers" (
  "id" text COLLATE "C" PRIMARY KEY,
  "started_at" timestamptz NOT NULL DEFAULT now(),
  "lease_until" timestamptz NOT NULL
);
--> statement-breakpoint
CREATE SEQUENCE "dispatch_epochs";
--> statement-breakpoint
CREATE TABLE "pauses" (
  "scope" text COLLATE "C" NOT NULL CHECK ("scope" IN ('queue', 'kind')),
  "name" text COLLATE "C" NOT NULL,
  "paused_at" timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY ("scope", "name")
);
--> statement-breakpoint
ALTER TABLE "jobs" DROP COLUMN "dispatched_at",
  ADD COLUMN "deadline_at" timestamptz,
  ADD COLUMN "backlog" boolean NOT NULL DEFAULT false,
  ADD COLUMN "dispatch_epoch" bigint;
--> statement-breakpoint
ALTER TABLE "job_inputs" ADD COLUMN "backoff" json;
--> statement-breakpoint
DROP INDEX "jobs_unfinished";
--> statement-breakpoint
CREATE INDEX "jobs_in_flight" ON "jobs" ("queued_at", "id")
  WHERE "finished_at" IS NULL AND "due_at" IS NULL AND NOT "backlog";
--> statement-breakpoint
CREATE INDEX "jobs_backlog" ON "jobs" ("queue", (-"priority"), "tenant_id", "id") WHERE "backlog";
--> statement-breakpoint
CREATE INDEX "jobs_deadline" ON "jobs" ("deadline_at") WHERE "deadline_at" IS NOT NULL AND "finished_at" IS NULL;
--> statement-breakpoint
CREATE INDEX "jobs_finished" ON "jobs" ("finished_at") WHERE "finished_at" IS NOT NULL;
