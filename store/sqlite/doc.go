// Package sqlite opens SQLite files.
package sqlite
