package snowflake

import "strings"

// locatorSuffixes has, by cloud, the text that follows the locator of an account in each region, from the
// page "Account identifiers" in Snowflake's documentation, "Non-VPS account locator formats".
var locatorSuffixes = map[string][]string{
	"aws": {
		"us-west-2", "us-east-1", "us-east-2.aws", "ca-central-1.aws", "sa-east-1.aws", "af-south-1.aws",
		"eu-west-1", "eu-west-2.aws", "eu-west-3.aws", "eu-central-1", "eu-central-2.aws", "eu-north-1.aws",
		"ap-northeast-1.aws", "ap-northeast-2.aws", "ap-northeast-3.aws", "ap-south-1.aws",
		"ap-southeast-1.aws", "ap-southeast-2", "ap-southeast-3.aws", "cn-northwest-1.aws",
	},
	"azure": {
		"west-us-2.azure", "central-us.azure", "south-central-us.azure", "east-us-2.azure", "us-gov-virginia.azure",
		"canada-central.azure", "mexicocentral.azure", "uk-south.azure", "north-europe.azure", "sweden-central.azure",
		"west-europe.azure", "switzerland-north.azure", "uae-north.azure", "central-india.azure", "japan-east.azure",
		"korea-central.azure", "southeast-asia.azure", "australia-east.azure",
	},
	"gcp": {
		"us-central1.gcp", "us-east4.gcp", "europe-west2.gcp", "europe-west3.gcp", "europe-west4.gcp",
		"me-central2.gcp", "australia-southeast2.gcp",
	},
}

// governmentSuffixes has the regions whose names in SQL are different, without separators.
var governmentSuffixes = map[string]string{
	"awsusgovwest2":            "us-west-2-gov.aws",
	"awsusgoveast1":            "us-east-1-gov.aws",
	"awsusgovwest1fhplus":      "fhplus.us-gov-west-1.aws",
	"awsusgovwest1dod":         "dod.us-gov-west-1.aws",
	"awsusgoveast1fhplus":      "fhplus.us-gov-east-1.aws",
	"azureusgovvirginiafhplus": "fhplus.us-gov-virginia.azure",
}

// locatorSuffix returns the documented suffix for the region that text names, or "". Text is the region's
// name in SQL, such as AZURE_WESTEUROPE from CURRENT_REGION(), or in its cloud, such as westeurope. It can
// begin with the region group PUBLIC, contain hyphens or underscores, and end in the cloud.
func locatorSuffix(text string) string {
	name := joinWords(strings.TrimPrefix(strings.ToLower(text), "public."))
	if suffix := governmentSuffixes[name]; suffix != "" {
		return suffix
	}
	for cloud, suffixes := range locatorSuffixes {
		region := strings.TrimSuffix(strings.TrimPrefix(name, cloud), "."+cloud)
		for _, suffix := range suffixes {
			if joinWords(strings.TrimSuffix(suffix, "."+cloud)) == region {
				return suffix
			}
		}
	}
	return ""
}

// isAddressed reports whether region is spelled as in an address of the account. On AWS, and over private
// connectivity, addresses exist with and without the cloud.
func isAddressed(region, suffix string, private bool) bool {
	typed := strings.ToLower(region)
	if typed == suffix || strings.TrimSuffix(typed, ".aws") == strings.TrimSuffix(suffix, ".aws") {
		return true
	}
	i := strings.LastIndexByte(suffix, '.')
	return private && i > 0 && typed == suffix[:i]
}

var wordSeparators = strings.NewReplacer("-", "", "_", "")

func joinWords(text string) string { return wordSeparators.Replace(text) }

// looksLikeRegion reports whether text is written like the name of a region in SQL or, with underscores, in
// AWS.
func looksLikeRegion(text string) bool {
	first, rest, _ := strings.Cut(strings.TrimPrefix(strings.ToLower(text), "public."), "_")
	switch first {
	case "aws", "azure", "gcp":
		return rest != ""
	case "us", "ca", "mx", "sa", "eu", "il", "me", "af", "ap", "cn":
		rest = strings.TrimPrefix(rest, "gov_")
		direction := strings.TrimRight(rest, "_0123456789")
		for _, word := range []string{"north", "south", "east", "west", "central"} {
			direction = strings.Replace(direction, word, "", 1)
		}
		return direction == "" && rest != ""
	}
	return false
}

// looksGenerated reports whether an account locator is one that Snowflake generated, such as xy12345. Others
// are words, as names of organizations are.
func looksGenerated(locator string) bool {
	letters := strings.TrimRight(locator, "0123456789")
	return letters != locator && letters != "" && !strings.ContainsAny(locator, "-_")
}
