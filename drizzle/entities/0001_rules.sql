-- The status history is written once; reasons are apart because a text may name people and must be
-- erasable (spec/23-entities.md §5).
CREATE TRIGGER status_transitions_append_only
  BEFORE UPDATE OR DELETE OR TRUNCATE ON entities.status_transitions
  FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change();
--> statement-breakpoint
-- An entity is never deleted: its id, its number and its history outlive it.
CREATE FUNCTION entities.refuse_deletion() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RAISE EXCEPTION 'an entity is never deleted' USING ERRCODE = '42501';
END
$$;
--> statement-breakpoint
CREATE TRIGGER entities_never_deleted BEFORE DELETE OR TRUNCATE ON entities.entities
  FOR EACH STATEMENT EXECUTE FUNCTION entities.refuse_deletion();
--> statement-breakpoint
-- What the register has shown stays: a number is given once, and history only grows.
CREATE FUNCTION entities.keep_register() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF NEW.id <> OLD.id OR NEW.version <= OLD.version OR NEW.history_seq < OLD.history_seq
    OR (OLD.registration_number IS NOT NULL AND NEW.jurisdiction_id = OLD.jurisdiction_id
      AND NEW.registration_number IS DISTINCT FROM OLD.registration_number)
  THEN
    RAISE EXCEPTION 'an entity keeps its id, number and history' USING ERRCODE = '42501';
  END IF;
  RETURN NEW;
END
$$;
--> statement-breakpoint
CREATE TRIGGER entities_keep_register BEFORE UPDATE ON entities.entities
  FOR EACH ROW EXECUTE FUNCTION entities.keep_register();
