-- Of the request that submitted the job, as W3C Trace Context has it.
ALTER TABLE "job_inputs" ADD COLUMN "traceparent" text COLLATE "C";
