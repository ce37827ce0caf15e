-- The new index comes first: lists stay fast while it is built.
CREATE INDEX "jobs_by_age" ON "jobs" USING btree ("tenant_id","created_at","id");--> statement-breakpoint
DROP INDEX "jobs_by_tenant";
