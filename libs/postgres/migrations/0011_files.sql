-- Objects that stand outside of the database. `expires_at` of a file that a job made is infinity once its finishing statement has linked it.
CREATE TABLE files (
  id text COLLATE "C" PRIMARY KEY,
  tenant_id text COLLATE "C" NOT NULL,
  object_key text COLLATE "C" NOT NULL,
  state text NOT NULL CHECK (state IN ('pending', 'ready', 'deleted')),
  name text,
  content_type text NOT NULL,
  bytes bigint NOT NULL,
  sha256 text,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  job_id text COLLATE "C",
  ticket integer,
  is_output boolean NOT NULL DEFAULT false
);
--> statement-breakpoint
CREATE INDEX files_expires ON files (expires_at);
--> statement-breakpoint
CREATE INDEX files_job ON files (job_id) WHERE job_id IS NOT NULL;
--> statement-breakpoint
-- The one local folder that holds this database's objects; no row while there is none, or while they are in S3.
CREATE TABLE file_stores (
  only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
  name text NOT NULL
);
