-- What a tenant may ask for. NULL: no limit.
CREATE TABLE "plans" (
  "name" text COLLATE "C" PRIMARY KEY,
  "bucket_capacity" integer CHECK ("bucket_capacity" > 0),
  "refill_per_second" double precision CHECK ("refill_per_second" > 0),
  "requests_per_month_max" bigint CHECK ("requests_per_month_max" >= 0),
  "jobs_waiting_max" integer CHECK ("jobs_waiting_max" > 0),
  "payload_bytes_max" integer CHECK ("payload_bytes_max" > 0),
  "concurrent_runs_max" integer CHECK ("concurrent_runs_max" > 0),
  "created_at" timestamptz NOT NULL DEFAULT now(),
  CHECK (("bucket_capacity" IS NULL) = ("refill_per_second" IS NULL))
);
--> statement-breakpoint
INSERT INTO "plans" ("name", "bucket_capacity", "refill_per_second", "requests_per_month_max", "jobs_waiting_max",
  "payload_bytes_max", "concurrent_runs_max")
VALUES ('unlimited', NULL, NULL, NULL, NULL, NULL, NULL),
  ('free', 60, 1, 10000, 1000, 262144, 2),
  ('pro', 1000, 100, 5000000, 100000, 2097152, 50);
--> statement-breakpoint
-- Tenants from before there were plans keep what they had: no limits.
ALTER TABLE "tenants" ADD COLUMN "plan" text COLLATE "C" NOT NULL DEFAULT 'unlimited' REFERENCES "plans" ("name"),
  ADD COLUMN "disabled_at" timestamptz;
--> statement-breakpoint
ALTER TABLE "api_keys" ADD COLUMN "name" text NOT NULL DEFAULT '',
  ADD COLUMN "expires_at" timestamptz,
  ADD COLUMN "revoked_at" timestamptz,
  ADD COLUMN "last_used_at" timestamptz;
--> statement-breakpoint
CREATE INDEX "api_keys_by_tenant" ON "api_keys" ("tenant_id");
