CREATE SCHEMA "platform";
--> statement-breakpoint
CREATE TABLE "platform"."checkpoints" (
	"size" bigint PRIMARY KEY NOT NULL,
	"document" text NOT NULL,
	"digest" "bytea" NOT NULL,
	"at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "platform"."heartbeats" (
	"name" text PRIMARY KEY NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"detail" text
);
--> statement-breakpoint
CREATE TABLE "platform"."idempotency" (
	"caller" text NOT NULL,
	"key" text NOT NULL,
	"field" text NOT NULL,
	"body_hmac" "bytea" NOT NULL,
	"result" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "idempotency_caller_key_pk" PRIMARY KEY("caller","key")
);
--> statement-breakpoint
CREATE TABLE "platform"."log" (
	"position" bigint PRIMARY KEY NOT NULL,
	"event_id" text NOT NULL,
	"stream" text COLLATE "C" NOT NULL,
	"stream_seq" bigint NOT NULL,
	"canonical" text NOT NULL,
	"digest" "bytea" NOT NULL,
	"hash" "bytea" NOT NULL,
	"recorded_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "log_event_id" UNIQUE("event_id"),
	CONSTRAINT "log_stream_seq" UNIQUE("stream","stream_seq")
);
--> statement-breakpoint
CREATE TABLE "platform"."log_head" (
	"singleton" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"position" bigint NOT NULL,
	"hash" "bytea" NOT NULL,
	CONSTRAINT "log_head_singleton" CHECK ("platform"."log_head"."singleton")
);
--> statement-breakpoint
CREATE TABLE "platform"."log_nodes" (
	"height" integer NOT NULL,
	"idx" bigint NOT NULL,
	"hash" "bytea" NOT NULL,
	CONSTRAINT "log_nodes_height_idx_pk" PRIMARY KEY("height","idx")
);
--> statement-breakpoint
CREATE TABLE "platform"."outbox" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "platform"."outbox_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"event_id" text NOT NULL,
	"stream" text COLLATE "C" NOT NULL,
	"stream_seq" bigint NOT NULL,
	"canonical" text NOT NULL,
	"digest" "bytea" NOT NULL,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "platform"."parked" (
	"reaction" text NOT NULL,
	"stream" text COLLATE "C" NOT NULL,
	"position" bigint NOT NULL,
	"error_code" text NOT NULL,
	"tries" integer NOT NULL,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "parked_reaction_stream_position_pk" PRIMARY KEY("reaction","stream","position")
);
--> statement-breakpoint
CREATE TABLE "platform"."reactions" (
	"name" text PRIMARY KEY NOT NULL,
	"position" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "platform"."standing" (
	"subject" text COLLATE "C" NOT NULL,
	"fact" text COLLATE "C" NOT NULL,
	"blocking" boolean NOT NULL,
	"reason" text,
	"owner" text NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "standing_subject_fact_pk" PRIMARY KEY("subject","fact")
);
--> statement-breakpoint
CREATE TABLE "platform"."streams" (
	"stream" text COLLATE "C" PRIMARY KEY NOT NULL,
	"seq" bigint NOT NULL,
	"head" "bytea"
);
--> statement-breakpoint
CREATE TABLE "platform"."zone" (
	"singleton" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"zone_id" text NOT NULL,
	"name" text NOT NULL,
	"role_prefix" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "zone_singleton" CHECK ("platform"."zone"."singleton")
);
--> statement-breakpoint
CREATE TABLE "platform"."zone_keys" (
	"did" text NOT NULL,
	"valid_from" bigint NOT NULL,
	CONSTRAINT "zone_keys_did_valid_from_pk" PRIMARY KEY("did","valid_from")
);
--> statement-breakpoint
CREATE INDEX "idempotency_created_at" ON "platform"."idempotency" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "log_stream_position" ON "platform"."log" USING btree ("stream","position");--> statement-breakpoint
-- Makes a table append-only (spec/19-storage.md §5): the trigger holds for its owner and superusers
-- too. Migrations call it; which tables it guards decides what the roles are granted.
CREATE FUNCTION platform.append_only(guarded regclass) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  EXECUTE format(
    'CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %s '
    'FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()',
    guarded
  );
END
$$;
