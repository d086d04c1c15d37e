CREATE SCHEMA "entities";
--> statement-breakpoint
CREATE TABLE "entities"."entities" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"version" integer NOT NULL,
	"status" text NOT NULL,
	"legal_name" text COLLATE "C" NOT NULL,
	"normalized_name" text COLLATE "C" NOT NULL,
	"trading_names" text[] NOT NULL,
	"entity_type" text NOT NULL,
	"local_form" text NOT NULL,
	"jurisdiction_id" text COLLATE "C" NOT NULL,
	"registration_number" text COLLATE "C",
	"lei" text,
	"registered_office" jsonb,
	"capital_currency" text,
	"authorized_minor_units" bigint,
	"par_value_minor_units" bigint,
	"initial_issuance" jsonb NOT NULL,
	"activities" jsonb,
	"financial_year_end" text,
	"formation_date" date,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"created_by" text NOT NULL,
	"submitted_by" text,
	"submitted_at" timestamp (3) with time zone,
	"history_seq" integer NOT NULL,
	"history_head" "bytea" NOT NULL,
	CONSTRAINT "entities_capital_whole" CHECK (num_nulls(capital_currency, authorized_minor_units, par_value_minor_units) in (0, 3)),
	CONSTRAINT "entities_par_value_positive" CHECK (par_value_minor_units > 0),
	CONSTRAINT "entities_status_known" CHECK (status in ('DRAFT', 'APPLIED', 'ACTIVE', 'SUSPENDED', 'DISSOLVING', 'REDOMICILING', 'DISSOLVED', 'STRUCK_OFF', 'REJECTED', 'WITHDRAWN', 'ARCHIVED')),
	CONSTRAINT "entities_version_positive" CHECK (version > 0)
);
--> statement-breakpoint
CREATE TABLE "entities"."jurisdictions" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"country" text NOT NULL,
	"parent_id" text COLLATE "C",
	"currency" text NOT NULL,
	"registration_prefix" text NOT NULL,
	"registration_digits" integer NOT NULL,
	"local_forms" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "entities"."members" (
	"entity_id" text COLLATE "C" NOT NULL,
	"did" text COLLATE "C" NOT NULL,
	"added_at" timestamp (3) with time zone NOT NULL,
	"added_by" text NOT NULL,
	CONSTRAINT "members_entity_id_did_pk" PRIMARY KEY("entity_id","did")
);
--> statement-breakpoint
CREATE TABLE "entities"."officers" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"entity_id" text COLLATE "C" NOT NULL,
	"name" text NOT NULL,
	"identity" text NOT NULL,
	"role" text NOT NULL,
	"nationality" text NOT NULL,
	"resident" boolean NOT NULL,
	"appointed_at" timestamp (3) with time zone NOT NULL,
	"resigned_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "entities"."registers" (
	"jurisdiction_id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"issued" integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "entities"."status_transitions" (
	"entity_id" text COLLATE "C" NOT NULL,
	"seq" integer NOT NULL,
	"from_status" text,
	"to_status" text NOT NULL,
	"event" text,
	"at" timestamp (3) with time zone NOT NULL,
	"actor" text NOT NULL,
	"reason_hmac" "bytea",
	"evidence" text[] NOT NULL,
	"digest" "bytea" NOT NULL,
	"prev_digest" "bytea",
	"event_id" text NOT NULL,
	"event_digest" "bytea" NOT NULL,
	CONSTRAINT "status_transitions_entity_id_seq_pk" PRIMARY KEY("entity_id","seq")
);
--> statement-breakpoint
CREATE TABLE "entities"."transition_reasons" (
	"entity_id" text COLLATE "C" NOT NULL,
	"seq" integer NOT NULL,
	"reason" text NOT NULL,
	CONSTRAINT "transition_reasons_entity_id_seq_pk" PRIMARY KEY("entity_id","seq")
);
--> statement-breakpoint
ALTER TABLE "entities"."entities" ADD CONSTRAINT "entities_jurisdiction_id_jurisdictions_id_fk" FOREIGN KEY ("jurisdiction_id") REFERENCES "entities"."jurisdictions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "entities"."members" ADD CONSTRAINT "members_entity_id_entities_id_fk" FOREIGN KEY ("entity_id") REFERENCES "entities"."entities"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "entities"."officers" ADD CONSTRAINT "officers_entity_id_entities_id_fk" FOREIGN KEY ("entity_id") REFERENCES "entities"."entities"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "entities"."registers" ADD CONSTRAINT "registers_jurisdiction_id_jurisdictions_id_fk" FOREIGN KEY ("jurisdiction_id") REFERENCES "entities"."jurisdictions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "entities"."status_transitions" ADD CONSTRAINT "status_transitions_entity_id_entities_id_fk" FOREIGN KEY ("entity_id") REFERENCES "entities"."entities"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "entities"."transition_reasons" ADD CONSTRAINT "transition_reasons_transition" FOREIGN KEY ("entity_id","seq") REFERENCES "entities"."status_transitions"("entity_id","seq") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "entities_registration_number" ON "entities"."entities" USING btree ("jurisdiction_id","registration_number");--> statement-breakpoint
CREATE UNIQUE INDEX "entities_live_name" ON "entities"."entities" USING btree ("jurisdiction_id","normalized_name") WHERE status in ('APPLIED', 'ACTIVE', 'SUSPENDED', 'DISSOLVING', 'REDOMICILING', 'STRUCK_OFF');--> statement-breakpoint
CREATE INDEX "entities_created_at" ON "entities"."entities" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "entities_updated_at" ON "entities"."entities" USING btree ("updated_at","id");--> statement-breakpoint
CREATE INDEX "entities_legal_name" ON "entities"."entities" USING btree ("legal_name","id");--> statement-breakpoint
CREATE INDEX "entities_status" ON "entities"."entities" USING btree ("status","created_at","id");--> statement-breakpoint
CREATE INDEX "entities_jurisdiction" ON "entities"."entities" USING btree ("jurisdiction_id","created_at","id");--> statement-breakpoint
CREATE INDEX "members_did" ON "entities"."members" USING btree ("did","entity_id");--> statement-breakpoint
CREATE INDEX "officers_entity" ON "entities"."officers" USING btree ("entity_id","id");