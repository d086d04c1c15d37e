CREATE TABLE "platform"."owners" (
	"kind" text COLLATE "C" NOT NULL,
	"name" text COLLATE "C" NOT NULL,
	"owner" text NOT NULL,
	CONSTRAINT "owners_kind_name_pk" PRIMARY KEY("kind","name")
);
--> statement-breakpoint
ALTER TABLE "platform"."heartbeats" ADD COLUMN "owner" text DEFAULT current_user NOT NULL;--> statement-breakpoint
ALTER TABLE "platform"."idempotency" ADD COLUMN "owner" text DEFAULT current_user NOT NULL;--> statement-breakpoint
ALTER TABLE "platform"."parked" ADD COLUMN "owner" text DEFAULT current_user NOT NULL;--> statement-breakpoint
ALTER TABLE "platform"."reactions" ADD COLUMN "owner" text DEFAULT current_user NOT NULL;
--> statement-breakpoint
-- Only what runs as the zone's own login may say who owns what: the functions below.
-- A role is the one assumed at the start of the connection, or the login that has none.
CREATE FUNCTION platform.caller() RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$ SELECT CASE current_setting('role') WHEN 'none' THEN session_user::text
  ELSE current_setting('role') END $$;
--> statement-breakpoint
-- Whether the caller owns a kind of stream or a fact. Whoever asks first becomes its owner; of two
-- at once the second waits for the first one's transaction.
CREATE FUNCTION platform.owns(of_kind text, of_name text) RETURNS boolean
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  owned text;
BEGIN
  SELECT o.owner INTO owned FROM platform.owners o WHERE o.kind = of_kind AND o.name = of_name;
  IF NOT FOUND THEN
    INSERT INTO platform.owners (kind, name, owner) VALUES (of_kind, of_name, platform.caller())
      ON CONFLICT DO NOTHING;
    SELECT o.owner INTO STRICT owned
      FROM platform.owners o WHERE o.kind = of_kind AND o.name = of_name;
  END IF;
  RETURN owned = platform.caller();
END
$$;
--> statement-breakpoint
INSERT INTO platform.owners (kind, name, owner)
  SELECT DISTINCT ON (fact) 'fact', fact, owner FROM platform.standing ORDER BY fact, updated_at;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION platform.lock_stream(wanted text, OUT seq bigint, OUT head bytea)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF NOT platform.owns('stream', split_part(wanted, '/', 1)) THEN
    RAISE EXCEPTION 'stream % is another role''s', wanted USING ERRCODE = 'SZ004';
  END IF;
  SELECT s.seq, s.head INTO seq, head FROM platform.streams s WHERE s.stream = wanted FOR UPDATE;
  IF FOUND THEN
    RETURN;
  END IF;
  IF wanted !~ '^[a-z][a-z-]{0,31}/[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$' THEN
    RAISE EXCEPTION 'no name of a stream' USING ERRCODE = 'SZ005';
  END IF;
  -- FOR UPDATE locks nothing where there is no row, so the row comes first. Of two that insert at
  -- once the second waits here and then reads what the first committed.
  INSERT INTO platform.streams (stream, seq, head) VALUES (wanted, 0, NULL) ON CONFLICT DO NOTHING;
  SELECT s.seq, s.head INTO STRICT seq, head
    FROM platform.streams s WHERE s.stream = wanted FOR UPDATE;
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
  IF EXISTS (SELECT FROM platform.log l WHERE l.event_id = new_event_id) THEN
    RAISE EXCEPTION 'event id % is in the log', new_event_id USING ERRCODE = '23505';
  END IF;
END
$$;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION platform.set_standing(
  of_subject text, of_fact text, is_blocking boolean, because text
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF NOT platform.owns('fact', of_fact) THEN
    RETURN false;
  END IF;
  -- Excludes every guard of this subject until this transaction ends.
  PERFORM FROM platform.standing s WHERE s.subject = of_subject ORDER BY s.fact FOR UPDATE;
  INSERT INTO platform.standing AS s (subject, fact, blocking, reason, owner, updated_at)
    VALUES (of_subject, of_fact, is_blocking, because, platform.caller(), now())
    ON CONFLICT (subject, fact) DO UPDATE
      SET blocking = excluded.blocking, reason = excluded.reason, updated_at = excluded.updated_at;
  RETURN true;
END
$$;
--> statement-breakpoint
DROP INDEX platform.standing_fact_owner;
--> statement-breakpoint
-- Signs of life from before carry no owner; their workers write them anew within seconds.
DELETE FROM platform.heartbeats;
--> statement-breakpoint
-- Whether a row of bookkeeping may be touched: by who wrote it, and by the zone's own workers.
CREATE FUNCTION platform.touches(row_owner text) RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$ SELECT row_owner = current_user
  OR current_user = (SELECT z.role_prefix || '_platform' FROM platform.zone z) $$;
--> statement-breakpoint
ALTER TABLE platform.heartbeats ENABLE ROW LEVEL SECURITY;
--> statement-breakpoint
ALTER TABLE platform.parked ENABLE ROW LEVEL SECURITY;
--> statement-breakpoint
ALTER TABLE platform.reactions ENABLE ROW LEVEL SECURITY;
--> statement-breakpoint
ALTER TABLE platform.idempotency ENABLE ROW LEVEL SECURITY;
--> statement-breakpoint
CREATE POLICY own ON platform.heartbeats USING (platform.touches(owner));
--> statement-breakpoint
CREATE POLICY own ON platform.parked USING (platform.touches(owner));
--> statement-breakpoint
CREATE POLICY own ON platform.reactions USING (platform.touches(owner));
--> statement-breakpoint
-- A key is seen by all, since under one key there is one mutation, whichever subgraph has it. One
-- that has run out goes to whoever uses it next.
CREATE POLICY seen ON platform.idempotency FOR SELECT USING (true);
--> statement-breakpoint
CREATE POLICY kept ON platform.idempotency FOR INSERT WITH CHECK (owner = current_user);
--> statement-breakpoint
CREATE POLICY kept_again ON platform.idempotency FOR UPDATE
  USING (platform.touches(owner) OR created_at <= now() - interval '24 hours')
  WITH CHECK (owner = current_user);
--> statement-breakpoint
CREATE POLICY swept ON platform.idempotency FOR DELETE USING (platform.touches(owner));
