// Package sqldb is one way to speak to SQLite and to PostgreSQL.
//
// One SQL text serves both. What truly differs (placeholders, row locks, error codes, words of migrations) stands in
// dialect.go. [DB.Write] and [DB.View] run a transaction and try again when the database asks for it. [DB.Fault]
// turns what a database says into a sentence for people. [DB.Migrate] brings a schema up to date.
//
// Instants are text of 24 characters ([Stamp], [When]), so that they sort as time does. The package knows no table
// but its own, schema_migrations.
package sqldb
