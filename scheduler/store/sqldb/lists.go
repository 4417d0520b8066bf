package sqldb

// List gives the placeholders and arguments of an IN list of at least one and
// at most some hundred ids. The last id is repeated up to a power of two, so that
// lists of all lengths make a handful of statements, each prepared once.
func List[T ~string](ids []T) (in string, args []any) {
	size := 1
	for size < len(ids) {
		size *= 2
	}
	args = make([]any, size)
	for i := range args {
		args[i] = ids[min(i, len(ids)-1)]
	}
	return Marks(size), args
}

// Among gives a condition that a column is one of at least one and at most
// some hundred ids, and its arguments. On PostgreSQL the ids are one array, so
// that there is one statement for all lengths.
func Among[T ~string](t *Tx, column string, ids []T) (condition string, args []any) {
	if t.db.dialect.numbered {
		texts := make([]string, len(ids))
		for i, id := range ids {
			texts[i] = string(id)
		}
		return column + " = ANY (?)", []any{texts}
	}
	in, args := List(ids)
	return column + " IN (" + in + ")", args
}

// Alone tells whether one transaction writes at a time, so that nobody else
// holds a lock.
func (t *Tx) Alone() bool { return t.db.dialect.skipLocked == "" }
