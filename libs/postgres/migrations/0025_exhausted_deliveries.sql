-- What was never got, which is asked for among all that was.
CREATE INDEX "deliveries_exhausted" ON "deliveries" ("tenant_id", "id") WHERE "state" = 'exhausted';
