CREATE TABLE "endpoints" (
  "id" text COLLATE "C" PRIMARY KEY,
  "tenant_id" text COLLATE "C" NOT NULL,
  "url" text NOT NULL,
  "events" text[] NOT NULL,
  "one_off" boolean NOT NULL DEFAULT false,
  "created_at" timestamptz NOT NULL DEFAULT now(),
  "disabled_at" timestamptz,
  "disabled_reason" text COLLATE "C",
  "deleted_at" timestamptz,
  "failures" integer NOT NULL DEFAULT 0,
  "failing_since" timestamptz,
  "paused_until" timestamptz
) WITH (fillfactor = 70);
--> statement-breakpoint
CREATE INDEX "endpoints_by_tenant" ON "endpoints" ("tenant_id", "id");
--> statement-breakpoint
CREATE UNIQUE INDEX "endpoints_one_off" ON "endpoints" ("tenant_id", "url") WHERE "one_off";
--> statement-breakpoint
-- An endpoint's own, or a tenant's for the URLs that single jobs name.
CREATE TABLE "webhook_secrets" (
  "owner_id" text COLLATE "C" PRIMARY KEY,
  "sealed" bytea NOT NULL,
  "key_id" text COLLATE "C" NOT NULL,
  "old_sealed" bytea,
  "old_key_id" text COLLATE "C",
  "old_until" timestamptz
);
--> statement-breakpoint
-- What each job names besides its tenant's endpoints; null for nearly all.
ALTER TABLE "jobs" ADD COLUMN "webhooks" jsonb;
--> statement-breakpoint
CREATE TABLE "deliveries" (
  "id" text COLLATE "C" PRIMARY KEY,
  "tenant_id" text COLLATE "C" NOT NULL,
  "endpoint_id" text COLLATE "C" NOT NULL,
  "own_url" text NOT NULL DEFAULT '',
  "job_id" text COLLATE "C" NOT NULL,
  "run" integer NOT NULL,
  "event" text COLLATE "C" NOT NULL,
  "state" text COLLATE "C" NOT NULL DEFAULT 'pending' CHECK ("state" IN ('pending', 'delivered', 'exhausted')),
  "reason" text COLLATE "C",
  "tries" integer NOT NULL DEFAULT 0,
  "ticket" integer NOT NULL DEFAULT 0,
  "claimed" integer NOT NULL DEFAULT 0,
  "in_flight" boolean NOT NULL DEFAULT false,
  "due_at" timestamptz,
  "created_at" timestamptz NOT NULL DEFAULT now(),
  "finished_at" timestamptz,
  UNIQUE ("job_id", "run", "endpoint_id", "event", "own_url")
) WITH (fillfactor = 70);
--> statement-breakpoint
CREATE INDEX "deliveries_waiting" ON "deliveries" ("endpoint_id", "due_at") WHERE "due_at" IS NOT NULL;
--> statement-breakpoint
CREATE INDEX "deliveries_in_flight" ON "deliveries" ("endpoint_id") WHERE "in_flight";
--> statement-breakpoint
CREATE INDEX "deliveries_by_tenant" ON "deliveries" ("tenant_id", "id");
--> statement-breakpoint
CREATE INDEX "deliveries_by_endpoint" ON "deliveries" ("endpoint_id", "id");
--> statement-breakpoint
CREATE INDEX "deliveries_finished" ON "deliveries" ("finished_at") WHERE "finished_at" IS NOT NULL;
--> statement-breakpoint
CREATE TABLE "delivery_payloads" (
  "delivery_id" text COLLATE "C" PRIMARY KEY,
  "job" json NOT NULL
);
--> statement-breakpoint
CREATE TABLE "delivery_attempts" (
  "delivery_id" text COLLATE "C" NOT NULL,
  "ticket" integer NOT NULL,
  "started_at" timestamptz NOT NULL,
  "duration_ms" integer NOT NULL,
  "status" integer,
  "error" text COLLATE "C",
  "response" text,
  PRIMARY KEY ("delivery_id", "ticket")
);
--> statement-breakpoint
-- A TypeID with a UUID of version 7, as the processes make them for everything else: 2 zero bits, then five bits a letter.
CREATE FUNCTION new_delivery_id() RETURNS text LANGUAGE sql VOLATILE AS $$
  SELECT 'dlv_' || string_agg(substr('0123456789abcdefghjkmnpqrstvwxyz', substring(bits FROM place FOR 5)::bit(5)::int + 1, 1),
    '' ORDER BY place)
  FROM (
    SELECT '00'::bit(2) || ('x' || lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0') || '7'
      || substr(replace(gen_random_uuid()::text, '-', ''), 14))::bit(128) AS bits
  ) AS made, generate_series(1, 126, 5) AS place
$$;
