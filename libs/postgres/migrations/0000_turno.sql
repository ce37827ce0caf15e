CREATE SEQUENCE "dispatch_epochs";
--> statement-breakpoint
CREATE TABLE "api_keys" (
  "id" text COLLATE "C" PRIMARY KEY NOT NULL,
  "tenant_id" text COLLATE "C" NOT NULL,
  "secret_sha256" bytea NOT NULL,
  "scopes" text[] NOT NULL,
  "created_at" timestamp with time zone DEFAULT now() NOT NULL,
  "name" text DEFAULT '' NOT NULL,
  "expires_at" timestamp with time zone,
  "revoked_at" timestamp with time zone,
  "last_used_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "monthly_usage" (
  "tenant_id" text COLLATE "C" NOT NULL,
  "month" date NOT NULL,
  "requests" bigint NOT NULL,
  CONSTRAINT "monthly_usage_pkey" PRIMARY KEY("tenant_id","month")
);
--> statement-breakpoint
CREATE TABLE "plans" (
  "name" text COLLATE "C" PRIMARY KEY NOT NULL,
  "bucket_capacity" integer,
  "refill_per_second" double precision,
  "requests_per_month_max" bigint,
  "jobs_waiting_max" integer,
  "payload_bytes_max" integer,
  "concurrent_runs_max" integer,
  "created_at" timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT "plans_bucket_capacity_check" CHECK (bucket_capacity > 0),
  CONSTRAINT "plans_refill_per_second_check" CHECK (refill_per_second > 0),
  CONSTRAINT "plans_requests_per_month_max_check" CHECK (requests_per_month_max >= 0),
  CONSTRAINT "plans_jobs_waiting_max_check" CHECK (jobs_waiting_max > 0),
  CONSTRAINT "plans_payload_bytes_max_check" CHECK (payload_bytes_max > 0),
  CONSTRAINT "plans_concurrent_runs_max_check" CHECK (concurrent_runs_max > 0),
  CONSTRAINT "plans_check" CHECK ((bucket_capacity IS NULL) = (refill_per_second IS NULL))
);
--> statement-breakpoint
CREATE TABLE "tenants" (
  "id" text COLLATE "C" PRIMARY KEY NOT NULL,
  "name" text NOT NULL,
  "created_at" timestamp with time zone DEFAULT now() NOT NULL,
  "plan" text COLLATE "C" DEFAULT 'unlimited' NOT NULL,
  "disabled_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "job_attempts" (
  "job_id" text COLLATE "C" NOT NULL,
  "ticket" integer NOT NULL,
  "run" integer NOT NULL,
  "number" integer NOT NULL,
  "claim" text COLLATE "C" NOT NULL,
  "worker" text,
  "started_at" timestamp with time zone NOT NULL,
  "finished_at" timestamp with time zone NOT NULL,
  "outcome" text COLLATE "C" NOT NULL,
  "error" json,
  CONSTRAINT "job_attempts_pkey" PRIMARY KEY("job_id","ticket")
);
--> statement-breakpoint
CREATE TABLE "job_inputs" (
  "job_id" text COLLATE "C" PRIMARY KEY NOT NULL,
  "input" json NOT NULL,
  "input_bytes" integer NOT NULL,
  "metadata" json NOT NULL,
  "backoff" json,
  "words" bigint[],
  "last_error" text,
  "search_due" boolean DEFAULT true NOT NULL,
  "traceparent" text COLLATE "C"
);
--> statement-breakpoint
CREATE TABLE "job_outputs" (
  "job_id" text COLLATE "C" PRIMARY KEY NOT NULL,
  "output" json NOT NULL,
  "output_bytes" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "jobs" (
  "id" text COLLATE "C" PRIMARY KEY NOT NULL,
  "tenant_id" text COLLATE "C" NOT NULL,
  "kind" text COLLATE "C" NOT NULL,
  "kind_version" integer NOT NULL,
  "queue" text COLLATE "C" NOT NULL,
  "state" text COLLATE "C" NOT NULL,
  "priority" smallint NOT NULL,
  "ticket" integer DEFAULT 1 NOT NULL,
  "run" integer DEFAULT 1 NOT NULL,
  "tries" integer DEFAULT 0 NOT NULL,
  "hand_backs" integer DEFAULT 0 NOT NULL,
  "max_attempts" integer NOT NULL,
  "timeout_ms" integer NOT NULL,
  "version" integer DEFAULT 1 NOT NULL,
  "claim" text COLLATE "C",
  "worker" text,
  "progress_percent" real,
  "progress_message" text,
  "error" json,
  "tags" text[] DEFAULT '{}' NOT NULL,
  "created_at" timestamp with time zone DEFAULT now() NOT NULL,
  "run_at" timestamp with time zone NOT NULL,
  "due_at" timestamp with time zone,
  "queued_at" timestamp with time zone,
  "started_at" timestamp with time zone,
  "finished_at" timestamp with time zone,
  "deadline_at" timestamp with time zone,
  "backlog" boolean DEFAULT false NOT NULL,
  "dispatch_epoch" bigint,
  "creator_key_id" text,
  "blocked" boolean,
  "final_state" text COLLATE "C" GENERATED ALWAYS AS (CASE WHEN finished_at IS NOT NULL THEN state END) STORED,
  "webhooks" jsonb,
  CONSTRAINT "jobs_state_check" CHECK (state IN ('queued', 'scheduled', 'running', 'retrying', 'completed', 'failed', 'cancelled'))
);
--> statement-breakpoint
CREATE TABLE "idempotency_keys" (
  "tenant_id" text COLLATE "C" NOT NULL,
  "key" text COLLATE "C" NOT NULL,
  "request_sha256" bytea NOT NULL,
  "job_ids" text[] NOT NULL,
  "created_at" timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT "idempotency_keys_pkey" PRIMARY KEY("tenant_id","key")
);
--> statement-breakpoint
CREATE TABLE "reusable_results" (
  "tenant_id" text COLLATE "C" NOT NULL,
  "work_sha256" bytea NOT NULL,
  "job_id" text COLLATE "C" NOT NULL,
  "earlier_job_id" text COLLATE "C",
  "created_at" timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT "reusable_results_pkey" PRIMARY KEY("tenant_id","work_sha256")
);
--> statement-breakpoint
CREATE TABLE "pauses" (
  "scope" text COLLATE "C" NOT NULL,
  "name" text COLLATE "C" NOT NULL,
  "paused_at" timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT "pauses_pkey" PRIMARY KEY("scope","name"),
  CONSTRAINT "pauses_scope_check" CHECK (scope IN ('queue', 'kind'))
);
--> statement-breakpoint
CREATE TABLE "workers" (
  "id" text COLLATE "C" PRIMARY KEY NOT NULL,
  "started_at" timestamp with time zone DEFAULT now() NOT NULL,
  "lease_until" timestamp with time zone NOT NULL,
  "unbroken_since" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "file_stores" (
  "only_one" boolean PRIMARY KEY DEFAULT true NOT NULL,
  "name" text NOT NULL,
  CONSTRAINT "file_stores_only_one_check" CHECK (only_one)
);
--> statement-breakpoint
CREATE TABLE "files" (
  "id" text COLLATE "C" PRIMARY KEY NOT NULL,
  "tenant_id" text COLLATE "C" NOT NULL,
  "object_key" text COLLATE "C" NOT NULL,
  "state" text NOT NULL,
  "name" text,
  "content_type" text NOT NULL,
  "bytes" bigint NOT NULL,
  "sha256" text,
  "created_at" timestamp with time zone DEFAULT now() NOT NULL,
  "expires_at" timestamp with time zone NOT NULL,
  "job_id" text COLLATE "C",
  "ticket" integer,
  "is_output" boolean DEFAULT false NOT NULL,
  CONSTRAINT "files_state_check" CHECK (state IN ('pending', 'ready', 'deleted'))
);
--> statement-breakpoint
CREATE TABLE "schedule_slots" (
  "tenant_id" text COLLATE "C" NOT NULL,
  "name" text COLLATE "C" NOT NULL,
  "slot" timestamp with time zone NOT NULL,
  "job_id" text COLLATE "C",
  "skipped" text COLLATE "C",
  CONSTRAINT "schedule_slots_pkey" PRIMARY KEY("tenant_id","name","slot")
);
--> statement-breakpoint
CREATE TABLE "schedules" (
  "tenant_id" text COLLATE "C" NOT NULL,
  "name" text COLLATE "C" NOT NULL,
  "cron" text NOT NULL,
  "timezone" text NOT NULL,
  "kind" text COLLATE "C" NOT NULL,
  "input" json NOT NULL,
  "options" json NOT NULL,
  "paused" boolean NOT NULL,
  "missed" text COLLATE "C" NOT NULL,
  "catch_up_max" integer NOT NULL,
  "template" json NOT NULL,
  "revision" integer DEFAULT 1 NOT NULL,
  "next_run_at" timestamp with time zone,
  "last_run_at" timestamp with time zone,
  "last_job_id" text COLLATE "C",
  "created_at" timestamp with time zone DEFAULT now() NOT NULL,
  "updated_at" timestamp with time zone DEFAULT now() NOT NULL,
  "last_skipped_at" timestamp with time zone,
  "last_skipped_for" text COLLATE "C",
  CONSTRAINT "schedules_pkey" PRIMARY KEY("tenant_id","name"),
  CONSTRAINT "schedules_missed_check" CHECK (missed IN ('skip', 'catch-up')),
  CONSTRAINT "schedules_catch_up_max_check" CHECK (catch_up_max > 0)
);
--> statement-breakpoint
CREATE TABLE "deliveries" (
  "id" text COLLATE "C" PRIMARY KEY NOT NULL,
  "tenant_id" text COLLATE "C" NOT NULL,
  "endpoint_id" text COLLATE "C" NOT NULL,
  "own_url" text DEFAULT '' NOT NULL,
  "job_id" text COLLATE "C" NOT NULL,
  "run" integer NOT NULL,
  "event" text COLLATE "C" NOT NULL,
  "state" text COLLATE "C" DEFAULT 'pending' NOT NULL,
  "reason" text COLLATE "C",
  "tries" integer DEFAULT 0 NOT NULL,
  "ticket" integer DEFAULT 0 NOT NULL,
  "claimed" integer DEFAULT 0 NOT NULL,
  "in_flight" boolean DEFAULT false NOT NULL,
  "due_at" timestamp with time zone,
  "created_at" timestamp with time zone DEFAULT now() NOT NULL,
  "finished_at" timestamp with time zone,
  "epoch" bigint,
  CONSTRAINT "deliveries_job_id_run_endpoint_id_event_own_url_key" UNIQUE("job_id","run","endpoint_id","event","own_url"),
  CONSTRAINT "deliveries_state_check" CHECK (state IN ('pending', 'delivered', 'exhausted'))
);
--> statement-breakpoint
CREATE TABLE "delivery_attempts" (
  "delivery_id" text COLLATE "C" NOT NULL,
  "ticket" integer NOT NULL,
  "started_at" timestamp with time zone NOT NULL,
  "duration_ms" integer NOT NULL,
  "status" integer,
  "error" text COLLATE "C",
  "response" text,
  CONSTRAINT "delivery_attempts_pkey" PRIMARY KEY("delivery_id","ticket")
);
--> statement-breakpoint
CREATE TABLE "delivery_payloads" (
  "delivery_id" text COLLATE "C" PRIMARY KEY NOT NULL,
  "job" json NOT NULL
);
--> statement-breakpoint
CREATE TABLE "endpoints" (
  "id" text COLLATE "C" PRIMARY KEY NOT NULL,
  "tenant_id" text COLLATE "C" NOT NULL,
  "url" text NOT NULL,
  "events" text[] NOT NULL,
  "one_off" boolean DEFAULT false NOT NULL,
  "created_at" timestamp with time zone DEFAULT now() NOT NULL,
  "disabled_at" timestamp with time zone,
  "disabled_reason" text COLLATE "C",
  "deleted_at" timestamp with time zone,
  "failures" integer DEFAULT 0 NOT NULL,
  "failing_since" timestamp with time zone,
  "paused_until" timestamp with time zone,
  "last_named_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "webhook_secrets" (
  "owner_id" text COLLATE "C" PRIMARY KEY NOT NULL,
  "sealed" bytea NOT NULL,
  "key_id" text COLLATE "C" NOT NULL,
  "old_sealed" bytea,
  "old_key_id" text COLLATE "C",
  "old_until" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "tenants" ADD CONSTRAINT "tenants_plan_plans_name_fk" FOREIGN KEY ("plan") REFERENCES "plans"("name") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "schedule_slots" ADD CONSTRAINT "schedule_slots_schedule_fkey" FOREIGN KEY ("tenant_id","name") REFERENCES "schedules"("tenant_id","name") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "schedules" ADD CONSTRAINT "schedules_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
CREATE INDEX "api_keys_by_tenant" ON "api_keys" USING btree ("tenant_id");
--> statement-breakpoint
CREATE INDEX "job_inputs_search_due" ON "job_inputs" USING btree ("job_id") WHERE search_due;
--> statement-breakpoint
CREATE INDEX "job_inputs_words" ON "job_inputs" USING gin ("words") WITH (gin_pending_list_limit=1024) WHERE words IS NOT NULL;
--> statement-breakpoint
CREATE INDEX "jobs_due" ON "jobs" USING btree ("due_at") WHERE due_at IS NOT NULL;
--> statement-breakpoint
CREATE INDEX "jobs_by_tenant" ON "jobs" USING btree ("tenant_id","created_at");
--> statement-breakpoint
CREATE INDEX "jobs_in_flight" ON "jobs" USING btree ("queued_at","id") WHERE finished_at IS NULL AND due_at IS NULL AND NOT backlog;
--> statement-breakpoint
CREATE INDEX "jobs_backlog" ON "jobs" USING btree ("queue",(-priority),"tenant_id","id") INCLUDE ("priority") WHERE backlog AND blocked IS NOT TRUE;
--> statement-breakpoint
CREATE INDEX "jobs_blocked" ON "jobs" USING btree ("tenant_id",(-priority),"id") WHERE blocked AND backlog;
--> statement-breakpoint
CREATE INDEX "jobs_released" ON "jobs" USING btree ("tenant_id") WHERE NOT blocked AND finished_at IS NULL AND due_at IS NULL;
--> statement-breakpoint
CREATE INDEX "jobs_deadline" ON "jobs" USING btree ("deadline_at") WHERE deadline_at IS NOT NULL AND finished_at IS NULL;
--> statement-breakpoint
CREATE INDEX "jobs_finished" ON "jobs" USING btree ("finished_at") WHERE finished_at IS NOT NULL;
--> statement-breakpoint
CREATE INDEX "jobs_failed_or_cancelled" ON "jobs" USING btree ("tenant_id","final_state","created_at","id") WHERE final_state IN ('failed', 'cancelled');
--> statement-breakpoint
CREATE INDEX "idempotency_keys_created" ON "idempotency_keys" USING btree ("created_at");
--> statement-breakpoint
CREATE INDEX "reusable_results_created" ON "reusable_results" USING btree ("created_at");
--> statement-breakpoint
CREATE INDEX "files_expires" ON "files" USING btree ("expires_at");
--> statement-breakpoint
CREATE INDEX "files_job" ON "files" USING btree ("job_id") WHERE job_id IS NOT NULL;
--> statement-breakpoint
CREATE INDEX "schedules_due" ON "schedules" USING btree ("next_run_at") WHERE next_run_at IS NOT NULL;
--> statement-breakpoint
CREATE INDEX "deliveries_waiting" ON "deliveries" USING btree ("endpoint_id","due_at") WHERE due_at IS NOT NULL;
--> statement-breakpoint
CREATE INDEX "deliveries_in_flight" ON "deliveries" USING btree ("endpoint_id") WHERE in_flight;
--> statement-breakpoint
CREATE INDEX "deliveries_by_tenant" ON "deliveries" USING btree ("tenant_id","id");
--> statement-breakpoint
CREATE INDEX "deliveries_by_endpoint" ON "deliveries" USING btree ("endpoint_id","id");
--> statement-breakpoint
CREATE INDEX "deliveries_finished" ON "deliveries" USING btree ("finished_at") WHERE finished_at IS NOT NULL;
--> statement-breakpoint
CREATE INDEX "deliveries_exhausted" ON "deliveries" USING btree ("tenant_id","id") WHERE state = 'exhausted';
--> statement-breakpoint
CREATE INDEX "endpoints_by_tenant" ON "endpoints" USING btree ("tenant_id","id");
--> statement-breakpoint
CREATE UNIQUE INDEX "endpoints_one_off" ON "endpoints" USING btree ("tenant_id","url") WHERE one_off;
--> statement-breakpoint
-- From here on by hand: what the schema in TypeScript cannot describe.
-- Free space on each page for the claim of every job in it: with 40 all claims are heap-only, with 50 four in five.
ALTER TABLE "jobs" SET (fillfactor = 40, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000,
  autovacuum_analyze_scale_factor = 0.02, autovacuum_analyze_threshold = 500);
--> statement-breakpoint
ALTER TABLE "job_inputs" SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 5000,
  autovacuum_analyze_scale_factor = 0.05, autovacuum_analyze_threshold = 500);
--> statement-breakpoint
ALTER TABLE "job_outputs" SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 5000,
  autovacuum_analyze_scale_factor = 0.05, autovacuum_analyze_threshold = 500);
--> statement-breakpoint
ALTER TABLE "job_attempts" SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 5000,
  autovacuum_analyze_scale_factor = 0.05, autovacuum_analyze_threshold = 500);
--> statement-breakpoint
ALTER TABLE "idempotency_keys" SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 5000,
  autovacuum_analyze_scale_factor = 0.05, autovacuum_analyze_threshold = 500);
--> statement-breakpoint
-- A few rows, each rewritten every few seconds.
ALTER TABLE "workers" SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 100);
--> statement-breakpoint
ALTER TABLE "monthly_usage" SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.1, autovacuum_vacuum_threshold = 500);
--> statement-breakpoint
ALTER TABLE "endpoints" SET (fillfactor = 70);
--> statement-breakpoint
ALTER TABLE "deliveries" SET (fillfactor = 70);
--> statement-breakpoint
-- A TypeID with a UUID of version 7, in the form in which the processes make all other ids: 2 zero bits, then five bits a letter.
CREATE FUNCTION new_delivery_id() RETURNS text LANGUAGE sql VOLATILE AS $$
  SELECT 'dlv_' || string_agg(substr('0123456789abcdefghjkmnpqrstvwxyz', substring(bits FROM place FOR 5)::bit(5)::int + 1, 1),
    '' ORDER BY place)
  FROM (
    SELECT '00'::bit(2) || ('x' || lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0') || '7'
      || substr(replace(gen_random_uuid()::text, '-', ''), 14))::bit(128) AS bits
  ) AS made, generate_series(1, 126, 5) AS place
$$;
--> statement-breakpoint
-- Lower case in every script, also where the locale of the database is "C", which knows only the letters of English.
DO $do$
DECLARE
  known name[] := ARRAY['pg_c_utf8', 'und-x-icu', 'C.utf8', 'C.UTF-8'];
  best text;
BEGIN
  SELECT 'COLLATE ' || quote_ident(collname) INTO best FROM pg_collation
  WHERE collname = ANY (known) AND collencoding IN (-1, pg_char_to_encoding(getdatabaseencoding()))
  ORDER BY array_position(known, collname) LIMIT 1;
  EXECUTE format('CREATE FUNCTION lowercase(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $f$ SELECT lower($1 %s) $f$', coalesce(best, ''));
END $do$;
--> statement-breakpoint
INSERT INTO "plans" ("name", "bucket_capacity", "refill_per_second", "requests_per_month_max", "jobs_waiting_max",
  "payload_bytes_max", "concurrent_runs_max")
VALUES ('unlimited', NULL, NULL, NULL, NULL, NULL, NULL),
  ('free', 60, 1, 10000, 1000, 262144, 2),
  ('pro', 1000, 100, 5000000, 100000, 2097152, 50);
