package snowflake

import (
	"fmt"
	"slices"
	"strings"
)

// Snowflake's error codes that a script handles, as SQLCODE has them: without leading zeros.
const (
	sqlNotAuthorized = 2003 // does not exist or not authorized
	sqlCannotOperate = 2043 // does not exist, or operation cannot be performed
	sqlInsufficient  = 3001 // insufficient privileges
	sqlNoPrivileges  = 3041 // already exists, but current role has no privileges on it
)

// carryOn returns a block that runs a statement. If Snowflake refuses it with one of the
// codes, the block returns the sentence and the script goes on. Any other error stops it.
func carryOn(statement, sentence string, codes ...int) string {
	return execute("", []string{statement}, "RETURN "+literal(sentence), codes)
}

// orStop returns a block that runs statements. If Snowflake refuses one with one of the
// codes, the script stops with the sentence instead of Snowflake's text.
func orStop(statements []string, sentence string, codes ...int) string {
	declare := "DECLARE\n  refused EXCEPTION (-20001, " + literal(sentence) + ");\n"
	return execute(declare, statements, "RAISE refused", codes)
}

func execute(declare string, statements []string, action string, codes []int) string {
	condition := fmt.Sprintf("SQLCODE = %d", codes[0])
	if len(codes) > 1 {
		condition = "SQLCODE IN (" + strings.Trim(strings.Join(strings.Fields(fmt.Sprint(codes)), ", "), "[]") + ")"
	}
	text := fmt.Sprintf(`
%sBEGIN
  %s
EXCEPTION
  WHEN STATEMENT_ERROR THEN
    IF (%s) THEN
      %s;
    END IF;
    RAISE;
END;
`, declare, strings.Join(statements, "\n  "), condition, action)
	if strings.Contains(text, "$$") { // in a name
		return "EXECUTE IMMEDIATE " + literal(text) + ";"
	}
	return "EXECUTE IMMEDIATE $$" + text + "$$;"
}

// exactCase makes Snowflake read names in double quotes as they are written. Without it
// an account with the parameter set folds them to upper case.
const exactCase = "ALTER SESSION SET QUOTED_IDENTIFIERS_IGNORE_CASE = FALSE;"

// needsExactCase reports whether statements have a name in double quotes that would change.
func needsExactCase(statements []string) bool {
	return slices.ContainsFunc(statements, func(s string) bool {
		for i, part := range strings.Split(s, `"`) {
			if i%2 == 1 && part != strings.ToUpper(part) {
				return true
			}
		}
		return false
	})
}
