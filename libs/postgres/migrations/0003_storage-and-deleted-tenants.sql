CREATE TABLE "tenant_deletions" (
	"tenant_id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"due_at" timestamp with time zone DEFAULT now() NOT NULL,
	"after_created_at" timestamp with time zone DEFAULT '-infinity' NOT NULL,
	"after_id" text COLLATE "C" DEFAULT '' NOT NULL,
	"is_second" boolean DEFAULT false NOT NULL
);
--> statement-breakpoint
CREATE TABLE "tenant_storage" (
	"tenant_id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"bytes" bigint NOT NULL,
	"deleted_bytes" bigint NOT NULL
);
--> statement-breakpoint
ALTER TABLE "plans" ADD COLUMN "storage_bytes_max" bigint DEFAULT 10737418240;--> statement-breakpoint
ALTER TABLE "tenants" ADD COLUMN "deleted_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "plans" ADD CONSTRAINT "plans_storage_bytes_max_check" CHECK (storage_bytes_max > 0);--> statement-breakpoint
UPDATE "plans" SET "storage_bytes_max" = CASE "name" WHEN 'free' THEN 5368709120 WHEN 'pro' THEN 107374182400 END
WHERE "name" IN ('unlimited', 'free', 'pro');--> statement-breakpoint
INSERT INTO "tenant_storage" ("tenant_id", "bytes", "deleted_bytes")
SELECT "tenant_id", coalesce(sum("bytes") FILTER (WHERE "state" <> 'deleted'), 0),
  coalesce(sum("bytes") FILTER (WHERE "state" = 'deleted'), 0)
FROM "files" GROUP BY "tenant_id";
