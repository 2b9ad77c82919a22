// Package sqlite opens SQLite files for package store, with a driver in pure Go.
//
//	db, err := sqlite.Open("/var/lib/example/connections.db")
//	connections, err := store.New(db, store.DialectSQLite)
//	err = connections.Migrate(ctx)
//
// It suits one machine: any number of processes on it may share the file, and a network file system may
// not. Each connection waits up to five seconds for a writer, keeps a write-ahead log so that reads go on
// meanwhile, has what was answered as done on the disk, and overwrites what is deleted.
//
// Beside the file SQLite keeps two more, with -wal and -shm added to its name, and all three belong to the
// owner alone. No process that has the database open may open and close the file by other means, to copy
// it say, since the operating system then drops the locks that it holds: VACUUM INTO makes a copy.
//
// A host with settings of its own opens the database itself; it should turn secure_delete on, and set
// busy_timeout.
package sqlite
