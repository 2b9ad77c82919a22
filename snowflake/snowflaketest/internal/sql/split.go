package sql

// A Statement is one statement of a script, from its first token to its last.
type Statement struct {
	Text string
	Line int // of the script, from 1
}

// Split cuts a script into statements, at semicolons outside of literals, quoted names and comments. Comments
// around a statement are dropped, those inside are kept. With an error it returns the statements before it.
func Split(script string) ([]Statement, *Error) {
	l := newLexer(script)
	var statements []Statement
	var first, last Token
	open := false
	flush := func() {
		if open {
			statements = append(statements, Statement{Text: script[first.Start:last.End()], Line: first.Line})
		}
		open = false
	}
	for {
		t, err := l.next()
		if err != nil {
			err.Statement.Line = l.line
			if open {
				err.Statement = Statement{Text: script[first.Start:], Line: first.Line}
			}
			return statements, err
		}
		switch {
		case t.Kind == End:
			flush()
			return statements, nil
		case t.Is(";"):
			flush()
		default:
			if !open {
				first, open = t, true
			}
			last = t
		}
	}
}
