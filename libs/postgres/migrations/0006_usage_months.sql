-- What each tenant has asked for in each month (UTC): one row, rewritten every few seconds by every process that serves it.
CREATE TABLE "usage_months" (
  "tenant_id" text COLLATE "C" NOT NULL,
  "month" date NOT NULL,
  "requests" bigint NOT NULL,
  PRIMARY KEY ("tenant_id", "month")
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.1, autovacuum_vacuum_threshold = 500);
