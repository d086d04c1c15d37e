CREATE SCHEMA "corridor";
--> statement-breakpoint
CREATE TABLE "corridor"."checkpoints" (
	"corridor_id" text COLLATE "C" NOT NULL,
	"receipt_count" integer NOT NULL,
	"digest" "bytea" NOT NULL,
	"final_state_root" "bytea" NOT NULL,
	"mmr_root" "bytea" NOT NULL,
	"document" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"event_id" text NOT NULL,
	"event_digest" "bytea" NOT NULL,
	CONSTRAINT "checkpoints_corridor_id_receipt_count_pk" PRIMARY KEY("corridor_id","receipt_count")
);
--> statement-breakpoint
CREATE TABLE "corridor"."corridors" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"title" text NOT NULL,
	"state" text NOT NULL,
	"version" integer NOT NULL,
	"host_zone_id" text,
	"host_authority" text,
	"definition_digest" "bytea",
	"agreement_set_digest" "bytea",
	"genesis_root" "bytea",
	"activation_thresholds" jsonb,
	"receipt_thresholds" jsonb,
	"lawpack_digest_set" text[],
	"ruleset_digest_set" text[],
	"receipt_count" integer NOT NULL,
	"head_root" "bytea",
	"peaks" text[] NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "corridor"."documents" (
	"corridor_id" text COLLATE "C" NOT NULL,
	"position" integer NOT NULL,
	"kind" text NOT NULL,
	"digest" "bytea" NOT NULL,
	"document" text NOT NULL,
	"received_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "documents_corridor_id_position_pk" PRIMARY KEY("corridor_id","position")
);
--> statement-breakpoint
CREATE TABLE "corridor"."mountain_nodes" (
	"corridor_id" text COLLATE "C" NOT NULL,
	"height" smallint NOT NULL,
	"index" integer NOT NULL,
	"hash" "bytea" NOT NULL,
	CONSTRAINT "mountain_nodes_corridor_id_height_index_pk" PRIMARY KEY("corridor_id","height","index")
);
--> statement-breakpoint
CREATE TABLE "corridor"."participants" (
	"corridor_id" text COLLATE "C" NOT NULL,
	"position" smallint NOT NULL,
	"did" text NOT NULL,
	"role" text NOT NULL,
	"entity_id" text,
	CONSTRAINT "participants_corridor_id_did_pk" PRIMARY KEY("corridor_id","did")
);
--> statement-breakpoint
CREATE TABLE "corridor"."receipt_proofs" (
	"corridor_id" text COLLATE "C" NOT NULL,
	"sequence" integer NOT NULL,
	"position" smallint NOT NULL,
	"signer" text NOT NULL,
	"verification_method" text NOT NULL,
	"created" timestamp (3) with time zone NOT NULL,
	"jws" text NOT NULL,
	"received_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "receipt_proofs_corridor_id_sequence_position_pk" PRIMARY KEY("corridor_id","sequence","position")
);
--> statement-breakpoint
CREATE TABLE "corridor"."receipts" (
	"corridor_id" text COLLATE "C" NOT NULL,
	"sequence" integer NOT NULL,
	"prev_root" "bytea" NOT NULL,
	"next_root" "bytea" NOT NULL,
	"digest" "bytea" NOT NULL,
	"document" text NOT NULL,
	"timestamp" timestamp (3) with time zone NOT NULL,
	"transition_kind" text,
	"payload_digest" "bytea",
	"appended_at" timestamp (3) with time zone NOT NULL,
	"appended_by" text,
	"event_id" text NOT NULL,
	"event_digest" "bytea" NOT NULL,
	CONSTRAINT "receipts_corridor_id_sequence_pk" PRIMARY KEY("corridor_id","sequence")
);
--> statement-breakpoint
ALTER TABLE "corridor"."documents" ADD CONSTRAINT "documents_corridor_id_corridors_id_fk" FOREIGN KEY ("corridor_id") REFERENCES "corridor"."corridors"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "corridor"."participants" ADD CONSTRAINT "participants_corridor_id_corridors_id_fk" FOREIGN KEY ("corridor_id") REFERENCES "corridor"."corridors"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "checkpoints_digest" ON "corridor"."checkpoints" USING btree ("digest");--> statement-breakpoint
CREATE INDEX "corridors_created_at_id" ON "corridor"."corridors" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "corridors_state_id" ON "corridor"."corridors" USING btree ("state","id");--> statement-breakpoint
CREATE UNIQUE INDEX "documents_corridor_id_digest" ON "corridor"."documents" USING btree ("corridor_id","digest");--> statement-breakpoint
CREATE INDEX "participants_did" ON "corridor"."participants" USING btree ("did","corridor_id");--> statement-breakpoint
CREATE UNIQUE INDEX "receipt_proofs_proof" ON "corridor"."receipt_proofs" USING btree ("corridor_id","sequence","verification_method","jws");--> statement-breakpoint
CREATE UNIQUE INDEX "receipts_next_root" ON "corridor"."receipts" USING btree ("next_root");