-- The zone log's machinery: everything that must hold whatever the calling program does
-- (spec/20-events.md §3-5). Functions run as their owner: the subgraphs' roles may call them but may
-- not touch the tables behind them.

-- The first entry's predecessor, and the log's head, exist as soon as the zone has its name.
CREATE FUNCTION platform.log_genesis(zone_id text) RETURNS bytea
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$ SELECT sha256(convert_to('sez-log-genesis-v1', 'UTF8') || '\x00'::bytea || convert_to(zone_id, 'UTF8')) $$;
--> statement-breakpoint
CREATE FUNCTION platform.start_log() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  INSERT INTO platform.log_head (position, hash) VALUES (0, platform.log_genesis(NEW.zone_id));
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER zone_starts_log AFTER INSERT ON platform.zone
  FOR EACH ROW EXECUTE FUNCTION platform.start_log();
--> statement-breakpoint
-- Locks a stream's head until the end of the transaction and answers it, creating it at 0.
CREATE FUNCTION platform.lock_stream(wanted text, OUT seq bigint, OUT head bytea)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  SELECT s.seq, s.head INTO seq, head FROM platform.streams s WHERE s.stream = wanted FOR UPDATE;
  IF FOUND THEN
    RETURN;
  END IF;
  -- FOR UPDATE locks nothing where there is no row, so the row comes first. Of two that insert at
  -- once the second waits here and then reads what the first committed.
  INSERT INTO platform.streams (stream, seq, head) VALUES (wanted, 0, NULL) ON CONFLICT DO NOTHING;
  SELECT s.seq, s.head INTO STRICT seq, head
    FROM platform.streams s WHERE s.stream = wanted FOR UPDATE;
END
$$;
--> statement-breakpoint
-- Appends an event to the head its caller has locked. It re-checks what the log's readers rely on.
CREATE FUNCTION platform.append_event(
  to_stream text, new_seq bigint, new_prev bytea, new_event_id text, new_canonical text, new_digest bytea
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  bytes bytea := convert_to(new_canonical, 'UTF8');
BEGIN
  IF octet_length(bytes) > 65536 THEN
    RAISE EXCEPTION 'event of % bytes', octet_length(bytes) USING ERRCODE = 'SZ001';
  END IF;
  IF new_digest IS DISTINCT FROM sha256(bytes) THEN
    RAISE EXCEPTION 'digest is not that of the canonical text' USING ERRCODE = 'SZ002';
  END IF;
  UPDATE platform.streams s SET seq = new_seq, head = new_digest
    WHERE s.stream = to_stream AND s.seq = new_seq - 1 AND s.head IS NOT DISTINCT FROM new_prev;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'stream % is not at sequence %', to_stream, new_seq - 1 USING ERRCODE = 'SZ003';
  END IF;
  INSERT INTO platform.outbox (event_id, stream, stream_seq, canonical, digest)
    VALUES (new_event_id, to_stream, new_seq, new_canonical, new_digest);
  -- After the insert: its unique index has by now waited for anyone who moves the same id out of
  -- the outbox. An id that were in the log twice would stop the sequencer for ever.
  IF EXISTS (SELECT FROM platform.log l WHERE l.event_id = new_event_id) THEN
    RAISE EXCEPTION 'event id % is in the log', new_event_id USING ERRCODE = '23505';
  END IF;
END
$$;
--> statement-breakpoint
CREATE UNIQUE INDEX outbox_event_id ON platform.outbox (event_id);
--> statement-breakpoint
-- Gives committed events their positions, oldest first, and answers how many.
--
-- One step runs at a time: the head's row lock is held until the step commits, so positions become
-- visible in their order and none is ever skipped. Each statement inside sees what was committed
-- before it began, hence READ COMMITTED and a function rather than one statement. Events of one
-- stream carry ascending outbox ids because their stream was locked when they drew them. A step
-- that fails leaves everything as it was.
CREATE FUNCTION platform.sequence_step(rows_max integer DEFAULT 1000) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '2s'
AS $$
DECLARE
  base bigint;
  prev bytea;
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
    prev := sha256(convert_to('sez-log-v1', 'UTF8') || '\x00'::bytea || prev || event.digest);
    INSERT INTO platform.log (position, event_id, stream, stream_seq, canonical, digest, hash)
      VALUES (base + moved, event.event_id, event.stream, event.stream_seq, event.canonical,
        event.digest, prev);
  END LOOP;
  IF moved > 0 THEN
    UPDATE platform.log_head SET position = base + moved, hash = prev;
    -- Once per batch, and only here: commits of transactions that notify run one after another.
    PERFORM pg_notify('sez_log', (base + moved)::text);
  END IF;
  RETURN moved;
END
$$;
--> statement-breakpoint
-- Locks the standing of all subjects, in one order, until the end of the transaction, and answers
-- what forbids the act: a blocking fact, or a null fact for a subject nothing is known about.
CREATE FUNCTION platform.guard(subjects text[])
RETURNS TABLE (subject text, fact text, reason text)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM FROM platform.standing s WHERE s.subject = ANY (subjects)
    ORDER BY s.subject, s.fact FOR SHARE;
  -- A second look, since a fact may have been added while the first one waited for its lock. Nobody
  -- can add one from here on: set_standing locks the subject's rows before it writes.
  RETURN QUERY
    SELECT w.subject, s.fact, s.reason
    FROM (SELECT DISTINCT unnest(subjects) COLLATE "C" AS subject) w
    LEFT JOIN platform.standing s ON s.subject = w.subject
    WHERE s.subject IS NULL OR s.blocking
    ORDER BY 1, 2;
END
$$;
--> statement-breakpoint
-- Sets a fact of the calling role, and answers false where it is another role's.
CREATE FUNCTION platform.set_standing(
  of_subject text, of_fact text, is_blocking boolean, because text
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  -- current_user is the function's owner here; the role setting is still the caller's.
  caller text := CASE current_setting('role') WHEN 'none' THEN session_user::text
    ELSE current_setting('role') END;
BEGIN
  -- A fact's name has one owner, wherever it is used; two probes into (fact, owner) tell.
  IF EXISTS (SELECT FROM platform.standing s WHERE s.fact = of_fact AND s.owner < caller)
    OR EXISTS (SELECT FROM platform.standing s WHERE s.fact = of_fact AND s.owner > caller) THEN
    RETURN false;
  END IF;
  -- Excludes every guard of this subject until this transaction ends.
  PERFORM FROM platform.standing s WHERE s.subject = of_subject ORDER BY s.fact FOR UPDATE;
  INSERT INTO platform.standing AS s (subject, fact, blocking, reason, owner, updated_at)
    VALUES (of_subject, of_fact, is_blocking, because, caller, now())
    ON CONFLICT (subject, fact) DO UPDATE
      SET blocking = excluded.blocking, reason = excluded.reason, updated_at = excluded.updated_at
      WHERE s.owner = excluded.owner;
  RETURN FOUND;
END
$$;
--> statement-breakpoint
CREATE INDEX standing_fact_owner ON platform.standing (fact, owner);
--> statement-breakpoint
-- History is written once.
CREATE FUNCTION platform.refuse_change() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = '42501';
END
$$;
--> statement-breakpoint
SELECT platform.append_only('platform.log');
--> statement-breakpoint
SELECT platform.append_only('platform.log_nodes');
--> statement-breakpoint
SELECT platform.append_only('platform.checkpoints');
