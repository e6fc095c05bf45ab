-- How the function mart-query runs a reader's SQL. SET ROLE alone does not hold a reader: the role is checked against
-- the user who connected, so set_config('role', …) inside a SELECT would lead back to the owner. In a function with
-- SECURITY DEFINER PostgreSQL refuses to change the role, and EXECUTE through a cursor takes one statement only.
CREATE FUNCTION audit.read_rows(statement text, row_limit integer) RETURNS SETOF record
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  reader refcursor;
  found_row record;
BEGIN
  IF current_setting('transaction_read_only') <> 'on' THEN
    RAISE EXCEPTION 'read_rows needs a read-only transaction' USING ERRCODE = 'object_not_in_prerequisite_state';
  END IF;
  OPEN reader NO SCROLL FOR EXECUTE statement;
  FOR i IN 1..row_limit LOOP
    FETCH reader INTO found_row;
    EXIT WHEN NOT FOUND;
    RETURN NEXT found_row;
  END LOOP;
  CLOSE reader;
END $$;

COMMENT ON FUNCTION audit.read_rows IS 'Runs one statement as lake_reader and returns at most row_limit rows';

REVOKE ALL ON FUNCTION audit.read_rows FROM PUBLIC;
-- A function's owner needs CREATE on its schema in the moment of the change only.
GRANT CREATE ON SCHEMA audit TO lake_reader;
ALTER FUNCTION audit.read_rows OWNER TO lake_reader;
REVOKE CREATE ON SCHEMA audit FROM lake_reader;
