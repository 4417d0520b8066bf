package store

// BackupTables gives the tables that a backup holds, and those that it leaves out.
func BackupTables() (saved, unsaved []string) {
	for _, table := range savedTables {
		saved = append(saved, table.name)
	}
	return saved, unsavedTables
}
