// The names that follow from the host's product.

package snowflake

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Defaults that do not depend on the host's product. COMPUTE_WH is the warehouse
// that Snowflake gives to every new account.
const (
	defaultWarehouse Identifier = "COMPUTE_WH"
	defaultSchema    Identifier = "ANALYTICS"
)

// maxProduct keeps the longest name made from a product well within Snowflake's
// 255 characters, and the script's title on one line of a screen.
const maxProduct = 64

// productNames holds what a host's product gives its name to, in every account
// that its customers connect.
type productNames struct {
	title    string // the setup script's first line, a comment, without its line break
	database Identifier
	role     Identifier
	user     Identifier
	stage    Identifier
}

// namesOf derives the names from a product: for Flagsmith, the database
// FLAGSMITH, the role FLAGSMITH_LOADER, the user FLAGSMITH_SERVICE and the stage
// FLAGSMITH_STAGE. Runs of anything but the letters A to Z and digits become one
// underscore, so Acme Cloud 2 gives ACME_CLOUD_2.
//
// An error names the option Product.
func namesOf(product string) (productNames, error) {
	product = strings.Trim(product, " ")
	if err := checkProduct(product); err != nil {
		return productNames{}, fmt.Errorf("snowflake: Options.Product %w", err)
	}
	base := baseName(product)
	return productNames{
		title:    "-- " + product + " Analytics",
		database: Identifier(base),
		role:     Identifier(base + "_LOADER"),
		user:     Identifier(base + "_SERVICE"),
		stage:    Identifier(base + "_STAGE"),
	}, nil
}

// checkProduct lets through what can stand in a comment wherever the script is
// run. A line break would end the comment. The others do no harm to Snowflake
// but to the tools before it: snow and SnowSQL read & and <% as the beginning of
// a variable even in a comment, and simple splitters end a statement at any
// semicolon.
func checkProduct(product string) error {
	switch {
	case product == "":
		return errors.New("is missing: it is your product's name, such as Flagsmith")
	case strings.ContainsFunc(product, isOddInProduct):
		return errors.New("may hold only letters, digits, spaces and . , - _ ' + ! ( )")
	case utf8.RuneCountInString(product) > maxProduct:
		return fmt.Errorf("may have at most %d characters", maxProduct)
	case !strings.ContainsFunc(product, func(r rune) bool { return r < utf8.RuneSelf && isLetter(byte(r)) }):
		return errors.New("needs a letter of A to Z, to make names of")
	}
	return nil
}

func isOddInProduct(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) && !strings.ContainsRune(" .,-_'+!()", r)
}

// baseName makes of a product a name that needs no quotes in SQL.
func baseName(product string) string {
	parts := strings.FieldsFunc(product, func(r rune) bool {
		return r >= utf8.RuneSelf || !isLetterOrDigit(byte(r))
	})
	name := strings.ToUpper(strings.Join(parts, "_"))
	if !isBare(name) {
		name = "_" + name // it begins with a digit
	}
	return name
}
