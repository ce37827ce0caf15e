-- A key and the jobs that its request made, written by the statement that inserts them.
CREATE TABLE "idempotency_keys" (
  "tenant_id" text COLLATE "C" NOT NULL,
  "key" text COLLATE "C" NOT NULL,
  "request_sha256" bytea NOT NULL,
  "job_ids" text[] NOT NULL,
  "created_at" timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY ("tenant_id", "key")
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 5000,
  autovacuum_analyze_scale_factor = 0.05, autovacuum_analyze_threshold = 500);
--> statement-breakpoint
CREATE INDEX "idempotency_keys_created" ON "idempotency_keys" ("created_at");
