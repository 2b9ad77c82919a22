package snowflake

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// These defaults do not depend on the product. Snowflake creates COMPUTE_WH in new
// accounts.
const (
	defaultWarehouse Identifier = "COMPUTE_WH"
	defaultSchema    Identifier = "ANALYTICS"
)

// maxProduct keeps derived names below Snowflake's 255 characters, and the script's
// title on one line.
const maxProduct = 64

// productNames are the names that derive from the host's product.
type productNames struct {
	title    string // first line of the setup script, without the line break
	database Identifier
	role     Identifier
	user     Identifier
	stage    Identifier
}

// newProductNames derives the names from a product. For Flagsmith, they are the
// database FLAGSMITH, the role FLAGSMITH_LOADER, the user FLAGSMITH_SERVICE and the
// stage FLAGSMITH_STAGE. Each run of characters other than A to Z and digits becomes
// one underscore: Acme Cloud 2 gives ACME_CLOUD_2.
func newProductNames(product string) (productNames, error) {
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

// checkProduct accepts characters that are safe in a comment. A line break would end
// the comment. Other characters confuse tools: snow and SnowSQL expand & and <% even
// in comments, and simple splitters end a statement at any semicolon.
func checkProduct(product string) error {
	switch {
	case product == "":
		return errors.New("is missing: set it to your product's name, such as Flagsmith")
	case strings.ContainsFunc(product, isInvalidInProduct):
		return errors.New("may contain only letters, digits, spaces and . , - _ ' + ! ( )")
	case utf8.RuneCountInString(product) > maxProduct:
		return fmt.Errorf("may have at most %d characters", maxProduct)
	case !strings.ContainsFunc(product, func(r rune) bool { return r < utf8.RuneSelf && isLetter(byte(r)) }):
		return errors.New("needs a letter from A to Z")
	}
	return nil
}

func isInvalidInProduct(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) && !strings.ContainsRune(" .,-_'+!()", r)
}

// baseName returns a name that needs no quotes in SQL.
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
