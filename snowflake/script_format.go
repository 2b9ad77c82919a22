package snowflake

import (
	"net/netip"
	"slices"
	"strings"
)

// A block is a list of statements that one role runs.
type block struct {
	role       string
	statements []string
}

// lines returns the statements, after the one that selects the role.
func (b block) lines() []string {
	return append([]string{"USE ROLE " + b.role + ";"}, b.statements...)
}

// A section of a script is a comment and a block. The statements of an optional section
// are commented out.
type section struct {
	comment  string
	block    block
	optional bool
}

// formatScript returns a script. Its second line selects a role, as does each section,
// which can then be run separately.
func formatScript(title, role, preface string, sections []section) string {
	var b strings.Builder
	b.WriteString(title + "\n" + "USE ROLE " + role + ";\n")
	if slices.ContainsFunc(sections, func(s section) bool { return needsExactCase(s.block.statements) }) {
		b.WriteString(exactCase + "\n")
	}
	b.WriteString("\n")
	writeComment(&b, preface)
	for _, s := range sections {
		b.WriteString("\n")
		writeComment(&b, s.comment)
		statements := strings.Join(s.block.lines(), "\n")
		if s.optional {
			writeComment(&b, statements)
			continue
		}
		b.WriteString(statements + "\n")
	}
	return b.String()
}

// writeComment writes each line of text as a comment. Identifiers have no line breaks,
// so none can end its comment.
func writeComment(b *strings.Builder, text string) {
	for line := range strings.Lines(text) {
		b.WriteString(strings.TrimRight("-- "+strings.TrimSuffix(line, "\n"), " ") + "\n")
	}
}

// formatFix returns blocks as text that an administrator can run.
func formatFix(blocks []block) string {
	var lines []string
	if slices.ContainsFunc(blocks, func(b block) bool { return needsExactCase(b.statements) }) {
		lines = append(lines, exactCase)
	}
	for _, b := range blocks {
		lines = append(lines, b.lines()...)
	}
	return strings.Join(lines, "\n")
}

// formatAddresses returns addresses for people: a single one without /32.
func formatAddresses(addresses []netip.Prefix) string {
	texts := make([]string, len(addresses))
	for i, a := range addresses {
		if texts[i] = a.String(); a.IsSingleIP() {
			texts[i] = a.Addr().String()
		}
	}
	return strings.Join(texts, ", ")
}

// instructions returns how to run a script.
func (c *Config) instructions(file string) string {
	text := `How: run the whole script, from top to bottom. In Snowsight, open Projects » Workspaces » + Add New » SQL File,
paste the script, select all of it and run it. Or save it as ` + file + ` and run one of these:
  snow sql -f ` + file + `
  snowsql -f ` + file + ` -o exit_on_error=true`
	if c.looksTemplated() {
		text = strings.Replace(text, "snow sql", "snow sql --enable-templating NONE", 1)
		text = strings.Replace(text, "exit_on_error=true", "exit_on_error=true -o variable_substitution=false", 1)
		text += "\nKeep the extra options. Without them, these tools read parts of the names below as variables or comments."
	}
	return text
}

// templates are how variables and comments of snow and SnowSQL begin. Both tools look for
// them everywhere, even in SQL comments.
var templates = []string{"&", "<%", "{{", "{%", "{#"}

func (c *Config) looksTemplated() bool {
	for _, id := range c.names() {
		if slices.ContainsFunc(templates, func(start string) bool { return strings.Contains(string(*id), start) }) {
			return true
		}
	}
	return false
}
