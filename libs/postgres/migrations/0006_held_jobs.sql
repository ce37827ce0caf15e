-- NULL: the tenant may run as many at once as it likes. TRUE: waits until it may run one more. FALSE: counts as running.
ALTER TABLE "jobs" ADD COLUMN "held" boolean;
--> statement-breakpoint
DROP INDEX "jobs_backlog";
--> statement-breakpoint
CREATE INDEX "jobs_backlog" ON "jobs" ("queue", (-"priority"), "tenant_id", "id") WHERE "backlog" AND "held" IS NOT TRUE;
--> statement-breakpoint
CREATE INDEX "jobs_held" ON "jobs" ("tenant_id", (-"priority"), "id") WHERE "held" AND "backlog";
--> statement-breakpoint
CREATE INDEX "jobs_let_go" ON "jobs" ("tenant_id") WHERE NOT "held" AND "finished_at" IS NULL AND "due_at" IS NULL;
