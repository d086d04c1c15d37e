-- What was signed, and what was computed from it, is written once (spec/24-corridor.md §7).
CREATE TRIGGER receipts_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON corridor.receipts
  FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change();
--> statement-breakpoint
CREATE TRIGGER receipt_proofs_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON corridor.receipt_proofs
  FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change();
--> statement-breakpoint
CREATE TRIGGER mountain_nodes_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON corridor.mountain_nodes
  FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change();
--> statement-breakpoint
CREATE TRIGGER checkpoints_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON corridor.checkpoints
  FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change();
--> statement-breakpoint
CREATE TRIGGER documents_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON corridor.documents
  FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change();
--> statement-breakpoint
CREATE TRIGGER participants_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON corridor.participants
  FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change();
--> statement-breakpoint
-- A corridor is never deleted, its name never given again, and its chain never gets shorter.
CREATE FUNCTION corridor.keep_chain() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF NEW.id <> OLD.id OR NEW.receipt_count < OLD.receipt_count OR NEW.version < OLD.version
    OR (OLD.genesis_root IS NOT NULL AND NEW.genesis_root IS DISTINCT FROM OLD.genesis_root)
  THEN
    RAISE EXCEPTION 'a corridor keeps its id, genesis and chain' USING ERRCODE = '42501';
  END IF;
  RETURN NEW;
END
$$;
--> statement-breakpoint
CREATE TRIGGER corridors_keep_chain BEFORE UPDATE ON corridor.corridors
  FOR EACH ROW EXECUTE FUNCTION corridor.keep_chain();
--> statement-breakpoint
CREATE FUNCTION corridor.refuse_deletion() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RAISE EXCEPTION 'a corridor is never deleted' USING ERRCODE = '42501';
END
$$;
--> statement-breakpoint
CREATE TRIGGER corridors_never_deleted BEFORE DELETE OR TRUNCATE ON corridor.corridors
  FOR EACH STATEMENT EXECUTE FUNCTION corridor.refuse_deletion();
