-- With the column itself beside its negative, the backlog is counted by priority without a look at any row.
DROP INDEX "jobs_backlog";
--> statement-breakpoint
CREATE INDEX "jobs_backlog" ON "jobs" ("queue", (-"priority"), "tenant_id", "id") INCLUDE ("priority")
  WHERE "backlog" AND "blocked" IS NOT TRUE;
