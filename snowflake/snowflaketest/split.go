// Cutting a script into statements.

package snowflaketest

// A fragment is one statement of a script: its text from the first token to the last, and where it
// begins.
type fragment struct {
	text string
	line int
}

// SplitScript cuts a script into statements by Snowflake's rules: at semicolons that stand outside of
// literals, quoted names and comments. Comments around a statement are dropped, those inside are kept.
//
// When the text ends inside a literal, a quoted name or a comment, it returns the statements before
// that together with an *Error.
func SplitScript(script string) ([]string, error) {
	fragments, err := split(script)
	texts := make([]string, len(fragments))
	for i, f := range fragments {
		texts[i] = f.text
	}
	if err != nil {
		return texts, err
	}
	return texts, nil
}

func split(script string) ([]fragment, *Error) {
	l := newLexer(script)
	var fragments []fragment
	var first, last token
	open := false
	flush := func() {
		if open {
			fragments = append(fragments, fragment{text: script[first.start:last.end()], line: first.line})
		}
		open = false
	}
	for {
		t, err := l.next()
		if err != nil {
			// The statement that the error is in, not the error's own line, is what a person looks for.
			err.Line = l.line
			if open {
				err.Line, err.Statement = first.line, script[first.start:]
			}
			return fragments, err
		}
		switch {
		case t.kind == tokenEnd:
			flush()
			return fragments, nil
		case t.is(";"):
			flush()
		default:
			if !open {
				first, open = t, true
			}
			last = t
		}
	}
}
