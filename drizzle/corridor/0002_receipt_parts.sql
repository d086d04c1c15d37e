-- Receipts and their proofs in parts of a fixed number of sequences (spec/19-storage.md §8): nearly
-- every chain lies in the first, and of a very long one each part behind it is an aligned subtree.
--
-- Parts stand in a schema that no role may use: they are reached through their table alone.
CREATE SCHEMA corridor_receipts;
--> statement-breakpoint
-- A power of two. Never changed in a zone that has receipts. It names nothing that a search path
-- could turn aside, and has none of its own, so that it costs a statement nothing.
CREATE FUNCTION corridor.receipts_per_part() RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT 1048576 $$;
--> statement-breakpoint
ALTER TABLE "corridor"."receipts" SET SCHEMA corridor_receipts;
--> statement-breakpoint
ALTER TABLE "corridor"."receipt_proofs" SET SCHEMA corridor_receipts;
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
) PARTITION BY RANGE ("sequence");
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
) PARTITION BY RANGE ("sequence");
--> statement-breakpoint
CREATE UNIQUE INDEX "receipt_proofs_proof" ON "corridor"."receipt_proofs" USING btree ("corridor_id","sequence","verification_method","jws");
--> statement-breakpoint
SELECT platform.append_only('corridor.receipts');
--> statement-breakpoint
SELECT platform.append_only('corridor.receipt_proofs');
--> statement-breakpoint
-- Makes the part that ends before a multiple of the part's size, unless it is there. Each table is
-- made beside its parent and attached with a constraint that says its bounds, which locks out
-- neither readers nor writers. It runs as its caller: make_receipt_parts may, no role may.
--
-- A next_root is unique in its part only. It cannot come in two: it is a digest over corridor and
-- sequence too, and the append path finds a receipt that is sent again by these, in whatever part.
CREATE FUNCTION corridor.make_receipt_part(part_end bigint) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  part_start bigint := part_end - corridor.receipts_per_part();
  parent text;
  part text;
BEGIN
  IF to_regclass(format('corridor_receipts.%I', 'receipts_' || part_end)) IS NOT NULL THEN
    RETURN;
  END IF;
  -- Of several who need it one makes it, and the others find it here when that one has committed.
  -- The lock is the one that attaching takes.
  LOCK TABLE ONLY corridor.receipts, ONLY corridor.receipt_proofs IN SHARE UPDATE EXCLUSIVE MODE;
  IF to_regclass(format('corridor_receipts.%I', 'receipts_' || part_end)) IS NOT NULL
    -- What there was before parts is the first of them, and may be several sizes long.
    OR part_end <= (
      SELECT min(substring(c.relname FROM '\d+$')::bigint)
      FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
      WHERE i.inhparent = 'corridor.receipts'::regclass)
  THEN
    RETURN;
  END IF;
  FOREACH parent IN ARRAY ARRAY['receipts', 'receipt_proofs'] LOOP
    part := format('corridor_receipts.%I', parent || '_' || part_end);
    EXECUTE format(
      'CREATE TABLE %s (LIKE corridor.%I INCLUDING ALL, CHECK (sequence >= %s AND sequence < %s))',
      part, parent, part_start, part_end
    );
    IF parent = 'receipts' THEN
      EXECUTE format('CREATE UNIQUE INDEX ON %s (next_root)', part);
    END IF;
    PERFORM platform.append_only(part::regclass);
    EXECUTE format(
      'ALTER TABLE corridor.%I ATTACH PARTITION %s FOR VALUES FROM (%s) TO (%s)',
      parent, part, part_start,
      -- The last part ends where the type of a sequence does.
      CASE WHEN part_end > 2147483647 THEN 'MAXVALUE' ELSE part_end::text END
    );
  END LOOP;
END
$$;
--> statement-breakpoint
-- Makes the parts that a batch of receipts goes into, and the one that its last comes near. To be
-- called by whoever appends, before the rows are written, in the same transaction.
CREATE FUNCTION corridor.make_receipt_parts(first_sequence integer, last_sequence integer)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '2s'
AS $$
DECLARE
  size bigint := corridor.receipts_per_part();
  reach bigint := least(last_sequence + size / 4, 2147483647);
  part_end bigint := (first_sequence / size + 1) * size;
BEGIN
  IF first_sequence < 0 OR last_sequence::bigint - first_sequence NOT BETWEEN 0 AND 99 THEN
    RAISE EXCEPTION 'receipts % to % are no batch', first_sequence, last_sequence
      USING ERRCODE = '22023';
  END IF;
  WHILE part_end <= (reach / size + 1) * size LOOP
    PERFORM corridor.make_receipt_part(part_end);
    part_end := part_end + size;
  END LOOP;
END
$$;
--> statement-breakpoint
-- What there is becomes the first part, whatever its length: no row is copied, and the indexes it has
-- are the ones it needs. It ends where the part of the longest chain's last receipt does.
DO $$
DECLARE
  size bigint := corridor.receipts_per_part();
  last_sequence integer := greatest((SELECT max(receipt_count) FROM corridor.corridors) - 1, 0);
  part_end bigint := (last_sequence / size + 1) * size;
  parent text;
BEGIN
  FOREACH parent IN ARRAY ARRAY['receipts', 'receipt_proofs'] LOOP
    EXECUTE format(
      'ALTER TABLE corridor.%I ATTACH PARTITION corridor_receipts.%I FOR VALUES FROM (0) TO (%s)',
      parent, parent, CASE WHEN part_end > 2147483647 THEN 'MAXVALUE' ELSE part_end::text END
    );
    EXECUTE format('ALTER TABLE corridor_receipts.%I RENAME TO %I', parent, parent || '_' || part_end);
  END LOOP;
  PERFORM corridor.make_receipt_parts(last_sequence, last_sequence);
END
$$;
