-- The database counts the occupied seats of each session; sessions.seated holds the count.

CREATE FUNCTION count_seats() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE was int := 0; now int := 0;
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.state NOT IN ('cancelled', 'released') THEN was := 1; END IF;
  IF NEW.state NOT IN ('cancelled', 'released') THEN now := 1; END IF;
  IF was <> now THEN
    UPDATE sessions SET seated = seated + now - was WHERE id = NEW.session;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER seats_counted AFTER INSERT OR UPDATE OF state ON seats FOR EACH ROW EXECUTE FUNCTION count_seats();
