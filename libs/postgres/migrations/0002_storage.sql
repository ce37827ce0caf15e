-- Room on each page for the claim of every job in it: with 40 all claims are heap-only, with 50 four in five.
ALTER TABLE "jobs" SET (fillfactor = 40, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000,
  autovacuum_analyze_scale_factor = 0.02, autovacuum_analyze_threshold = 500);
--> statement-breakpoint
ALTER TABLE "job_inputs" SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 5000,
  autovacuum_analyze_scale_factor = 0.05, autovacuum_analyze_threshold = 500);
--> statement-breakpoint
ALTER TABLE "job_outputs" SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 5000,
  autovacuum_analyze_scale_factor = 0.05, autovacuum_analyze_threshold = 500);
--> statement-breakpoint
ALTER TABLE "job_attempts" SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 5000,
  autovacuum_analyze_scale_factor = 0.05, autovacuum_analyze_threshold = 500);
--> statement-breakpoint
-- A few rows, each rewritten every few seconds for ever.
ALTER TABLE "workers" SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 100);
