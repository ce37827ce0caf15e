CREATE TABLE "tenants" (
  "id" text COLLATE "C" PRIMARY KEY,
  "name" text NOT NULL,
  "created_at" timestamptz NOT NULL DEFAULT now()
);
--> statement-breakpoint
CREATE TABLE "api_keys" (
  "id" text COLLATE "C" PRIMARY KEY,
  "tenant_id" text COLLATE "C" NOT NULL REFERENCES "tenants" ("id"),
  "secret_sha256" bytea NOT NULL,
  "scopes" text[] NOT NULL,
  "created_at" timestamptz NOT NULL DEFAULT now()
);
--> statement-breakpoint
CREATE TABLE "jobs" (
  "id" text COLLATE "C" PRIMARY KEY,
  "tenant_id" text COLLATE "C" NOT NULL,
  "kind" text COLLATE "C" NOT NULL,
  "kind_version" integer NOT NULL,
  "queue" text COLLATE "C" NOT NULL,
  "state" text COLLATE "C" NOT NULL
    CHECK ("state" IN ('queued', 'scheduled', 'running', 'retrying', 'completed', 'failed', 'cancelled')),
  "priority" smallint NOT NULL,
  "ticket" integer NOT NULL DEFAULT 1,
  "run" integer NOT NULL DEFAULT 1,
  "tries" integer NOT NULL DEFAULT 0,
  "hand_backs" integer NOT NULL DEFAULT 0,
  "max_attempts" integer NOT NULL,
  "timeout_ms" integer NOT NULL,
  "version" integer NOT NULL DEFAULT 1,
  "claim" text COLLATE "C",
  "worker" text,
  "progress_percent" real,
  "progress_message" text,
  "error" json,
  "tags" text[] NOT NULL DEFAULT '{}',
  "created_at" timestamptz NOT NULL DEFAULT now(),
  "run_at" timestamptz NOT NULL,
  "due_at" timestamptz,
  "queued_at" timestamptz,
  "dispatched_at" timestamptz,
  "started_at" timestamptz,
  "finished_at" timestamptz
) WITH (fillfactor = 50);
--> statement-breakpoint
CREATE INDEX "jobs_due" ON "jobs" ("due_at") WHERE "due_at" IS NOT NULL;
--> statement-breakpoint
CREATE INDEX "jobs_unfinished" ON "jobs" ("run_at") WHERE "finished_at" IS NULL;
--> statement-breakpoint
CREATE INDEX "jobs_by_tenant" ON "jobs" ("tenant_id", "created_at");
--> statement-breakpoint
CREATE TABLE "job_inputs" (
  "job_id" text COLLATE "C" PRIMARY KEY,
  "input" json NOT NULL,
  "input_bytes" integer NOT NULL,
  "metadata" json NOT NULL
);
--> statement-breakpoint
CREATE TABLE "job_outputs" (
  "job_id" text COLLATE "C" PRIMARY KEY,
  "output" json NOT NULL,
  "output_bytes" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "job_attempts" (
  "job_id" text COLLATE "C" NOT NULL,
  "ticket" integer NOT NULL,
  "run" integer NOT NULL,
  "number" integer NOT NULL,
  "claim" text COLLATE "C" NOT NULL,
  "worker" text,
  "started_at" timestamptz NOT NULL,
  "finished_at" timestamptz NOT NULL,
  "outcome" text COLLATE "C" NOT NULL,
  "error" json,
  PRIMARY KEY ("job_id", "ticket")
);
