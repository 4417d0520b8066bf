-- The database counts the occupied seats of each session; sessions.seated holds the count.

CREATE TRIGGER seats_taken AFTER INSERT ON seats WHEN NEW.state NOT IN ('cancelled', 'released')
BEGIN
  UPDATE sessions SET seated = seated + 1 WHERE id = NEW.session;
END;
CREATE TRIGGER seats_changed AFTER UPDATE OF state ON seats
WHEN (OLD.state IN ('cancelled', 'released')) <> (NEW.state IN ('cancelled', 'released'))
BEGIN
  UPDATE sessions SET seated = seated + CASE WHEN NEW.state IN ('cancelled', 'released') THEN -1 ELSE 1 END WHERE id = NEW.session;
END;
