-- A slot that made no job says why, and its schedule shows the last one.
ALTER TABLE "schedule_slots" ALTER COLUMN "job_id" DROP NOT NULL, ADD COLUMN "skipped" text COLLATE "C";
--> statement-breakpoint
ALTER TABLE "schedules" ADD COLUMN "last_skipped_at" timestamptz, ADD COLUMN "last_skipped_for" text COLLATE "C";
--> statement-breakpoint
-- When a job or a schedule last named the origin that a one-off stands for, about.
ALTER TABLE "endpoints" ADD COLUMN "last_named_at" timestamptz NOT NULL DEFAULT now();
--> statement-breakpoint
-- The life of Redis in which a delivery was handed over.
ALTER TABLE "deliveries" ADD COLUMN "epoch" bigint;
