ALTER TABLE "workers" ADD COLUMN "unbroken_since" timestamptz NOT NULL DEFAULT now();
