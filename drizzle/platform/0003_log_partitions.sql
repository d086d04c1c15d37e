-- The log in partitions of a fixed number of positions (spec/19-storage.md §7), so that its oldest
-- part can be taken off as an archive (spec/20-events.md §10) and no index ever covers all of it.
CREATE TABLE "platform"."archives" (
	"to_position" bigint PRIMARY KEY NOT NULL,
	"from_position" bigint NOT NULL,
	"hash" "bytea" NOT NULL,
	"root" "bytea" NOT NULL,
	"file_name" text NOT NULL,
	"file_digest" "bytea" NOT NULL,
	"checkpoint_size" bigint NOT NULL,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "platform"."log_events" (
	"event_id" text PRIMARY KEY NOT NULL,
	"position" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "platform"."stream_floors" (
	"stream" text COLLATE "C" PRIMARY KEY NOT NULL,
	"seq" bigint NOT NULL,
	"head" "bytea" NOT NULL
);
--> statement-breakpoint
-- Partitions stand in a schema that no role may use: they are reached through the log alone.
CREATE SCHEMA platform_log;
--> statement-breakpoint
-- A power of two, so that a partition is one complete tree of the range. Never changed in a zone
-- that has a log.
CREATE FUNCTION platform.log_partition_entries() RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$ SELECT 1048576::bigint $$;
--> statement-breakpoint
ALTER TABLE "platform"."log" DROP CONSTRAINT "log_event_id";
--> statement-breakpoint
ALTER TABLE "platform"."log" SET SCHEMA platform_log;
--> statement-breakpoint
CREATE TABLE "platform"."log" (
	"position" bigint PRIMARY KEY NOT NULL,
	"event_id" text NOT NULL,
	"stream" text COLLATE "C" NOT NULL,
	"stream_seq" bigint NOT NULL,
	"canonical" text NOT NULL,
	"digest" "bytea" NOT NULL,
	"hash" "bytea" NOT NULL,
	"recorded_at" timestamp (3) with time zone DEFAULT now() NOT NULL
) PARTITION BY RANGE ("position");
--> statement-breakpoint
CREATE INDEX "log_stream_position" ON "platform"."log" USING btree ("stream","position");
--> statement-breakpoint
SELECT platform.append_only('platform.log');
--> statement-breakpoint
SELECT platform.append_only('platform.log_events');
--> statement-breakpoint
SELECT platform.append_only('platform.archives');
--> statement-breakpoint
-- Makes the partition that ends at a multiple of the partition's size, unless it is there. It is
-- made beside the log and attached with a constraint that says its bounds, which locks out neither
-- readers nor writers. It runs as its caller: sequence_step may, no role may.
CREATE FUNCTION platform.make_log_partition(last_position bigint) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  first_position bigint := last_position - platform.log_partition_entries() + 1;
  partition_name text := format('platform_log.%I', 'log_' || last_position);
BEGIN
  IF to_regclass(partition_name) IS NOT NULL THEN
    RETURN;
  END IF;
  EXECUTE format(
    'CREATE TABLE %s (LIKE platform.log INCLUDING ALL, UNIQUE (stream, stream_seq), '
    'CHECK (position >= %s AND position < %s))',
    partition_name, first_position, last_position + 1
  );
  PERFORM platform.append_only(partition_name::regclass);
  EXECUTE format(
    'ALTER TABLE platform.log ATTACH PARTITION %s FOR VALUES FROM (%s) TO (%s)',
    partition_name, first_position, last_position + 1
  );
END
$$;
--> statement-breakpoint
-- What there is becomes the first partition, whatever its length: no row is copied, and the indexes
-- it has are the ones it needs. It ends where the partition of its last entry would.
DO $$
DECLARE
  head bigint := (SELECT max(position) FROM platform_log.log);
  entries bigint := platform.log_partition_entries();
  last_position bigint := (head + entries - 1) / entries * entries;
BEGIN
  IF head IS NULL THEN
    DROP TABLE platform_log.log;
    RETURN;
  END IF;
  INSERT INTO platform.log_events (event_id, position)
    SELECT event_id, position FROM platform_log.log ORDER BY position;
  EXECUTE format(
    'ALTER TABLE platform.log ATTACH PARTITION platform_log.log FOR VALUES FROM (1) TO (%s)',
    last_position + 1
  );
  EXECUTE format('ALTER TABLE platform_log.log RENAME TO log_%s', last_position);
END
$$;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION platform.sequence_step(rows_max integer DEFAULT 1000) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '2s'
AS $$
DECLARE
  entries bigint := platform.log_partition_entries();
  base bigint;
  prev bytea;
  reach bigint;
  moved integer := 0;
  event record;
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'sequence_step needs read committed' USING ERRCODE = '25001';
  END IF;
  -- An idle zone is asked often; it must not be written to each time.
  IF NOT EXISTS (SELECT FROM platform.outbox) THEN
    RETURN 0;
  END IF;
  SELECT h.position, h.hash INTO STRICT base, prev FROM platform.log_head h FOR UPDATE;
  -- The end of the partition in which the next position lies.
  reach := (base / entries + 1) * entries;
  PERFORM platform.make_log_partition(reach);
  FOR event IN
    WITH oldest AS (
      SELECT o.id FROM platform.outbox o ORDER BY o.id LIMIT least(greatest(rows_max, 1), 1000)
    ), taken AS (
      DELETE FROM platform.outbox o USING oldest WHERE o.id = oldest.id
      RETURNING o.id, o.event_id, o.stream, o.stream_seq, o.canonical, o.digest
    )
    SELECT * FROM taken ORDER BY id
  LOOP
    moved := moved + 1;
    IF base + moved > reach THEN
      reach := reach + entries;
      PERFORM platform.make_log_partition(reach);
    END IF;
    prev := sha256(convert_to('sez-log-v1', 'UTF8') || '\x00'::bytea || prev || event.digest);
    INSERT INTO platform.log (position, event_id, stream, stream_seq, canonical, digest, hash)
      VALUES (base + moved, event.event_id, event.stream, event.stream_seq, event.canonical,
        event.digest, prev);
    INSERT INTO platform.log_events (event_id, position) VALUES (event.event_id, base + moved);
  END LOOP;
  IF moved > 0 THEN
    UPDATE platform.log_head SET position = base + moved, hash = prev;
    -- Long before it is needed, so that a step which could not make it has many tries.
    IF reach - base - moved < entries / 4 THEN
      PERFORM platform.make_log_partition(reach + entries);
    END IF;
    -- Once per batch, and only here: commits of transactions that notify run one after another.
    PERFORM pg_notify('sez_log', (base + moved)::text);
  END IF;
  RETURN moved;
END
$$;
--> statement-breakpoint
-- Appends an event to the head its caller has locked. It re-checks what the log's readers rely on:
-- one event that says another place than its own would stop every one of them.
CREATE OR REPLACE FUNCTION platform.append_event(
  to_stream text, new_seq bigint, new_prev bytea, new_event_id text, new_canonical text, new_digest bytea
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  bytes bytea := convert_to(new_canonical, 'UTF8');
  -- The canonical form sorts names, so all of an event but actor, at and data stands at its end.
  type_said text := substring(right(new_canonical, 256)
    from '"type":"([a-z][a-z-]{0,31}\.[a-z][a-z0-9-]{0,63})","zoneId":"[^"]*"\}$');
  ending text;
BEGIN
  IF octet_length(bytes) > 65536 THEN
    RAISE EXCEPTION 'event of % bytes', octet_length(bytes) USING ERRCODE = 'SZ001';
  END IF;
  IF new_digest IS DISTINCT FROM sha256(bytes) THEN
    RAISE EXCEPTION 'digest is not that of the canonical text' USING ERRCODE = 'SZ002';
  END IF;
  IF NOT platform.owns('stream', split_part(to_stream, '/', 1)) THEN
    RAISE EXCEPTION 'stream % is another role''s', to_stream USING ERRCODE = 'SZ004';
  END IF;
  SELECT format(
      ',"event":"sez.event.v1","eventId":"%s","stream":"%s","streamPrev":%s,"streamSeq":%s,"type":"%s","zoneId":"%s"}',
      new_event_id, to_stream, coalesce('"' || encode(new_prev, 'hex') || '"', 'null'), new_seq,
      type_said, z.zone_id)
    INTO STRICT ending FROM platform.zone z;
  IF type_said IS NULL OR new_event_id !~ '^evt_[0-9a-f-]{36}$'
    OR right(new_canonical, length(ending)) <> ending OR new_canonical !~ '^\{"actor":'
  THEN
    RAISE EXCEPTION 'the text is not this event of this stream' USING ERRCODE = 'SZ006';
  END IF;
  PERFORM new_canonical::json;
  UPDATE platform.streams s SET seq = new_seq, head = new_digest
    WHERE s.stream = to_stream AND s.seq = new_seq - 1 AND s.head IS NOT DISTINCT FROM new_prev;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'stream % is not at sequence %', to_stream, new_seq - 1 USING ERRCODE = 'SZ003';
  END IF;
  INSERT INTO platform.outbox (event_id, stream, stream_seq, canonical, digest)
    VALUES (new_event_id, to_stream, new_seq, new_canonical, new_digest);
  -- After the insert: its unique index has by now waited for anyone who moves the same id out of
  -- the outbox. An id that were in the log twice would stop the sequencer for ever.
  IF EXISTS (SELECT FROM platform.log_events l WHERE l.event_id = new_event_id) THEN
    RAISE EXCEPTION 'event id % is in the log', new_event_id USING ERRCODE = '23505';
  END IF;
END
$$;
--> statement-breakpoint
-- Takes the first partition off the log once its file proves itself, in the caller's transaction.
-- It runs as its caller, who must own the log. What takes long comes first: the log is locked, from
-- everybody, only for the moment in which the partition goes.
CREATE FUNCTION platform.archive_log(
  first_position bigint, last_position bigint, last_hash bytea, new_root bytea,
  new_file_name text, new_file_digest bytea, proved_by bigint
) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '1s'
AS $$
DECLARE
  partition_name text := format('platform_log.%I', 'log_' || last_position);
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'archive_log needs read committed' USING ERRCODE = '25001';
  END IF;
  IF NOT pg_has_role(current_user,
    (SELECT c.relowner FROM pg_class c WHERE c.oid = 'platform.log'::regclass), 'USAGE')
  THEN
    RAISE EXCEPTION 'the log is archived by its owner' USING ERRCODE = '42501';
  END IF;
  -- One archive is taken at a time.
  PERFORM pg_advisory_xact_lock(7305005);
  IF first_position <> (SELECT coalesce(max(a.to_position), 0) + 1 FROM platform.archives a) THEN
    RAISE EXCEPTION 'the log does not begin at %', first_position USING ERRCODE = 'SZ007';
  END IF;
  IF NOT EXISTS (
      SELECT FROM platform.log l WHERE l.position = last_position AND l.hash = last_hash)
    OR NOT EXISTS (SELECT FROM platform.log_head h WHERE h.position > last_position)
    OR NOT EXISTS (SELECT FROM platform.checkpoints c
      WHERE c.size = proved_by AND c.size >= last_position)
  THEN
    RAISE EXCEPTION 'the log up to % is not sealed as said', last_position USING ERRCODE = 'SZ008';
  END IF;
  IF EXISTS (SELECT FROM platform.reactions r WHERE r.position < last_position)
    OR EXISTS (SELECT FROM platform.parked p WHERE p.position <= last_position)
  THEN
    RAISE EXCEPTION 'a reaction needs entries up to %', last_position USING ERRCODE = 'SZ009';
  END IF;
  -- Leaves are computed from the log. Of those that go, consistency with an archived checkpoint
  -- needs the last one of an odd size, and its sibling.
  INSERT INTO platform.log_nodes (height, idx, hash)
    SELECT 0, l.position - 1, sha256('\x00'::bytea || l.hash)
    FROM platform.log l
    JOIN (
      SELECT unnest(ARRAY[c.size, c.size + 1]) AS position FROM platform.checkpoints c
      WHERE c.size BETWEEN first_position AND last_position AND c.size % 2 = 1
    ) wanted ON wanted.position = l.position
    WHERE l.position BETWEEN first_position AND last_position;
  INSERT INTO platform.stream_floors AS f (stream, seq, head)
    SELECT DISTINCT ON (l.stream) l.stream, l.stream_seq, l.digest
    FROM platform.log l WHERE l.position BETWEEN first_position AND last_position
    ORDER BY l.stream, l.position DESC
    ON CONFLICT (stream) DO UPDATE SET seq = excluded.seq, head = excluded.head;
  INSERT INTO platform.archives
      (to_position, from_position, hash, root, file_name, file_digest, checkpoint_size)
    VALUES (last_position, first_position, last_hash, new_root, new_file_name, new_file_digest,
      proved_by);
  LOCK TABLE platform.log IN ACCESS EXCLUSIVE MODE;
  EXECUTE format('ALTER TABLE platform.log DETACH PARTITION %s', partition_name);
  EXECUTE format('DROP TABLE %s', partition_name);
END
$$;
