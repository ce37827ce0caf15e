CREATE TABLE "failing_addresses" (
	"endpoint_id" text COLLATE "C" NOT NULL,
	"url_sha256" bytea NOT NULL,
	"failures" integer NOT NULL,
	"paused_until" timestamp with time zone,
	"probed_until" timestamp with time zone,
	"failed_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "failing_addresses_pkey" PRIMARY KEY("endpoint_id","url_sha256")
);
--> statement-breakpoint
CREATE INDEX "failing_addresses_by_age" ON "failing_addresses" USING btree ("failed_at");