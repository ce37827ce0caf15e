CREATE TABLE "schedules" (
  "tenant_id" text COLLATE "C" NOT NULL REFERENCES "tenants" ("id") ON DELETE CASCADE,
  "name" text COLLATE "C" NOT NULL,
  "cron" text NOT NULL,
  "timezone" text NOT NULL,
  "kind" text COLLATE "C" NOT NULL,
  "input" json NOT NULL,
  "options" json NOT NULL,
  "paused" boolean NOT NULL,
  "missed" text COLLATE "C" NOT NULL CHECK ("missed" IN ('skip', 'catch-up')),
  "catch_up_max" integer NOT NULL CHECK ("catch_up_max" > 0),
  -- The job as it will be inserted, without what is new each time.
  "template" json NOT NULL,
  -- Rises with every put: what was read before is not acted on after.
  "revision" integer NOT NULL DEFAULT 1,
  -- NULL while paused, or when no time will ever come.
  "next_run_at" timestamptz,
  "last_run_at" timestamptz,
  "last_job_id" text COLLATE "C",
  "created_at" timestamptz NOT NULL DEFAULT now(),
  "updated_at" timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY ("tenant_id", "name")
);
--> statement-breakpoint
CREATE INDEX "schedules_due" ON "schedules" ("next_run_at") WHERE "next_run_at" IS NOT NULL;
--> statement-breakpoint
-- One row per time that a schedule made a job, written with the job.
CREATE TABLE "schedule_slots" (
  "tenant_id" text COLLATE "C" NOT NULL,
  "name" text COLLATE "C" NOT NULL,
  "slot" timestamptz NOT NULL,
  "job_id" text COLLATE "C" NOT NULL,
  PRIMARY KEY ("tenant_id", "name", "slot"),
  FOREIGN KEY ("tenant_id", "name") REFERENCES "schedules" ("tenant_id", "name") ON DELETE CASCADE
);
