// Package postgres opens PostgreSQL databases.
package postgres
