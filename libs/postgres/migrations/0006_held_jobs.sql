-- NULL: the tenant may run as many at once as it likes. TRUE: waits until it may run one more. FALSE: counts as running.
ALTER TABLE "jobs" ADD COLUMN "blocked" boolean;
--> statement-breakpoint
DROP INDEX "jobs_backlog";
--> statement-breakpoint
CREATE INDEX "jobs_backlog" ON "jobs" ("queue", (-"priority"), "tenant_id", "id") WHERE "backlog" AND "blocked" IS NOT TRUE;
--> statement-breakpoint
CREATE INDEX "jobs_blocked" ON "jobs" ("tenant_id", (-"priority"), "id") WHERE "blocked" AND "backlog";
--> statement-breakpoint
CREATE INDEX "jobs_releasable" ON "jobs" ("tenant_id") WHERE NOT "blocked" AND "finished_at" IS NULL AND "due_at" IS NULL;
