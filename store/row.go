package store

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/warehousekit/warehousekit/warehouse"
)

// dbRow is a row as sqlx scans it. The last three columns hold the last test result and are null before
// the first test. After a test that passed, test_error is null too.
type dbRow struct {
	ID           string         `db:"id"`
	Organisation string         `db:"organisation"`
	Type         string         `db:"type"`
	Config       string         `db:"config"`
	Preset       string         `db:"host_config"` // named before Preset was
	PublicKey    string         `db:"public_key"`
	SetupScript  string         `db:"setup_script"`
	Sealed       []byte         `db:"sealed"`
	Revision     int64          `db:"revision"`
	CreatedAt    int64          `db:"created_at"`
	TestedAt     sql.NullInt64  `db:"tested_at"`
	TestError    sql.NullString `db:"test_error"`
	Diagnosis    sql.NullString `db:"diagnosis"`
}

func (r dbRow) decode() warehouse.Row {
	row := warehouse.Row{
		Connection: warehouse.Connection{
			ID:           r.ID,
			Organisation: r.Organisation,
			Type:         r.Type,
			Config:       json.RawMessage(r.Config),
			Preset:       json.RawMessage(r.Preset),
			PublicKey:    r.PublicKey,
			SetupScript:  r.SetupScript,
			Revision:     r.Revision,
			CreatedAt:    time.Unix(0, r.CreatedAt).UTC(),
		},
		Sealed: r.Sealed,
	}
	if !r.TestedAt.Valid {
		return row
	}
	row.LastTest = &warehouse.TestResult{
		Success:  !r.TestError.Valid,
		TestedAt: time.Unix(0, r.TestedAt.Int64).UTC(),
		Error:    r.TestError.String,
	}
	if json.Unmarshal([]byte(r.Diagnosis.String), &row.LastTest.Diagnosis) != nil {
		// Details of a test are no reason to hide its connection. The next test replaces them.
		row.LastTest.Diagnosis = warehouse.Diagnosis{}
		if !row.LastTest.Success {
			row.LastTest.Diagnosis.Code = warehouse.CodeUnknown
		}
	}
	return row
}

// testColumns is a test result as its three columns store it.
type testColumns struct {
	testedAt  sql.NullInt64
	testError sql.NullString
	diagnosis sql.NullString
}

func encodeTest(result *warehouse.TestResult) (testColumns, error) {
	if result == nil {
		return testColumns{}, nil
	}
	at, err := nanoseconds(result.TestedAt)
	if err != nil {
		return testColumns{}, err
	}
	diagnosis, err := json.Marshal(result.Diagnosis)
	if err != nil {
		return testColumns{}, errors.New("store: encode a diagnosis")
	}
	return testColumns{
		testedAt:  sql.NullInt64{Int64: at, Valid: true},
		testError: sql.NullString{String: result.Error, Valid: !result.Success},
		diagnosis: sql.NullString{String: string(diagnosis), Valid: true},
	}, nil
}

// nanoseconds returns t in nanoseconds since 1970. Times outside the years 1678 to 2262 overflow, the
// zero time included, and are rejected.
func nanoseconds(t time.Time) (int64, error) {
	n := t.UnixNano()
	if !time.Unix(0, n).Equal(t) {
		return 0, fmt.Errorf("store: the time %s is outside the years 1678 to 2262", t.UTC().Format(time.RFC3339))
	}
	return n, nil
}
