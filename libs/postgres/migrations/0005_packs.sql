ALTER TABLE "jobs" ADD COLUMN "carrier" text COLLATE "C";--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "alone" boolean;