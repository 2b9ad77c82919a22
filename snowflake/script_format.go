// Writing a script of commented blocks.

package snowflake

import (
	"strings"
)

// A script is written in sections: what it is for, and what one role does. Of an optional section the
// statements are comments as well.
type section struct {
	comment  string
	block    block
	optional bool
}

// writeScript joins a title, what there is to know before running it, and the sections. Each section
// begins with its own USE ROLE, so that it can be run by itself.
func writeScript(title, first, preface string, sections []section) string {
	var b strings.Builder
	b.WriteString(title + "\n" + first + "\n\n")
	comment(&b, preface)
	for _, s := range sections {
		b.WriteString("\n")
		comment(&b, s.comment)
		statements := strings.Join(append([]string{use(s.block.role)}, s.block.statements...), "\n")
		if s.optional {
			comment(&b, statements)
			continue
		}
		b.WriteString(statements + "\n")
	}
	return b.String()
}

// comment writes each line of text as a comment of its own. Names have no line breaks, so none can end
// its comment.
func comment(b *strings.Builder, text string) {
	for line := range strings.Lines(text) {
		b.WriteString(strings.TrimRight("-- "+strings.TrimSuffix(line, "\n"), " ") + "\n")
	}
}

// howToRun says how a script is run.
func (c *Config) howToRun(file string) string {
	text := `How: run all of it, from top to bottom. In Snowsight, paste it into a worksheet and choose "Run All".
Or save it as ` + file + ` and run one of these:
  snow sql -f ` + file + `
  snowsql -f ` + file + ` -o exit_on_error=true`
	if c.looksTemplated() {
		text = strings.Replace(text, "snow sql", "snow sql --enable-templating NONE", 1)
		text = strings.Replace(text, "exit_on_error=true", "exit_on_error=true -o variable_substitution=false", 1)
		text += "\nThe extra options are needed: a name below holds & or <%, which these tools would read as a variable."
	}
	return text
}

// looksTemplated reports whether a name holds what snow and SnowSQL take for the beginning of a variable,
// in comments too.
func (c *Config) looksTemplated() bool {
	for _, id := range []Identifier{c.Warehouse, c.Database, c.Schema, c.Role, c.User, c.Stage} {
		if strings.Contains(string(id), "&") || strings.Contains(string(id), "<%") {
			return true
		}
	}
	return false
}
