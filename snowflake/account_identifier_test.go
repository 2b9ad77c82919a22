package snowflake

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAccountIdentifier(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want, host string }{
		// Forms that Snowflake documents.
		{"myorg-account123", "myorg-account123", "myorg-account123.snowflakecomputing.com"},
		{"MYORG-ACCOUNT123", "MYORG-ACCOUNT123", "myorg-account123.snowflakecomputing.com"},
		{"acme-marketing_test_account", "acme-marketing_test_account", "acme-marketing-test-account.snowflakecomputing.com"},
		{"acme-marketing-test-account", "acme-marketing-test-account", "acme-marketing-test-account.snowflakecomputing.com"},
		{"acme-test_aws_us_east_2", "acme-test_aws_us_east_2", "acme-test-aws-us-east-2.snowflakecomputing.com"},
		{"acme-a__b", "acme-a__b", "acme-a--b.snowflakecomputing.com"},
		{"myorg-account123.privatelink", "myorg-account123.privatelink", "myorg-account123.privatelink.snowflakecomputing.com"},
		{"myorg-my_account.PrivateLink", "myorg-my_account.PrivateLink", "myorg-my_account.privatelink.snowflakecomputing.com"},
		{"myorg-my-account.privatelink", "myorg-my-account.privatelink", "myorg-my-account.privatelink.snowflakecomputing.com"},
		{"my_corp.us-east-1.privatelink", "my_corp.us-east-1.privatelink", "my_corp.us-east-1.privatelink.snowflakecomputing.com"},
		{"xy12345", "xy12345", "xy12345.snowflakecomputing.com"},
		{"XY12345", "XY12345", "xy12345.snowflakecomputing.com"},
		{"quantium_dg", "quantium_dg", "quantium-dg.snowflakecomputing.com"},
		{"xy12345.us-east-1", "xy12345.us-east-1", "xy12345.us-east-1.snowflakecomputing.com"},
		{"my_corp.eu-central-1", "my_corp.eu-central-1", "my-corp.eu-central-1.snowflakecomputing.com"},
		{"xy12345.us-west-2", "xy12345.us-west-2", "xy12345.snowflakecomputing.com"},
		{"xy12345.us-west-2.privatelink", "xy12345.us-west-2.privatelink", "xy12345.us-west-2.privatelink.snowflakecomputing.com"},
		{"xy12345.us-east-2.aws", "xy12345.us-east-2.aws", "xy12345.us-east-2.aws.snowflakecomputing.com"},
		{"xy12345.us-central1.gcp", "xy12345.us-central1.gcp", "xy12345.us-central1.gcp.snowflakecomputing.com"},
		{"xy12345.west-europe.AZURE", "xy12345.west-europe.AZURE", "xy12345.west-europe.azure.snowflakecomputing.com"},
		{"xy12345.mexicocentral.azure", "xy12345.mexicocentral.azure", "xy12345.mexicocentral.azure.snowflakecomputing.com"},
		{"xy12345.mexicocentral.privatelink", "xy12345.mexicocentral.privatelink", "xy12345.mexicocentral.privatelink.snowflakecomputing.com"},
		{"xy12345.us-east-1-gov.aws", "xy12345.us-east-1-gov.aws", "xy12345.us-east-1-gov.aws.snowflakecomputing.com"},
		{"xy12345.fhplus.us-gov-west-1.aws", "xy12345.fhplus.us-gov-west-1.aws", "xy12345.fhplus.us-gov-west-1.aws.snowflakecomputing.com"},
		{"xy12345.dod.us-gov-west-1.aws", "xy12345.dod.us-gov-west-1.aws", "xy12345.dod.us-gov-west-1.aws.snowflakecomputing.com"},
		{"xy12345.us-east-1.privatelink", "xy12345.us-east-1.privatelink", "xy12345.us-east-1.privatelink.snowflakecomputing.com"},
		{"xy12345.east-us-2.azure.privatelink", "xy12345.east-us-2.azure.privatelink", "xy12345.east-us-2.azure.privatelink.snowflakecomputing.com"},
		{"xy12345.privatelink", "xy12345.privatelink", "xy12345.privatelink.snowflakecomputing.com"},
		{"xy12345.cn-northwest-1.aws", "xy12345.cn-northwest-1.aws", "xy12345.cn-northwest-1.aws.snowflakecomputing.cn"},
		{"xy12345.CN-northwest-1", "xy12345.CN-northwest-1", "xy12345.cn-northwest-1.snowflakecomputing.cn"},
		{strings.Repeat("x", 63), strings.Repeat("x", 63), strings.Repeat("x", 63) + ".snowflakecomputing.com"},

		// Surrounding characters.
		{" \t xy12345 \r\n", "xy12345", "xy12345.snowflakecomputing.com"},
		{"\u00a0xy12345\u200b", "xy12345", "xy12345.snowflakecomputing.com"},
		{`"xy12345"`, "xy12345", "xy12345.snowflakecomputing.com"},
		{"“myorg-account123”.", "myorg-account123", "myorg-account123.snowflakecomputing.com"},
		{"'xy12345',", "xy12345", "xy12345.snowflakecomputing.com"},
		{"xy12345.us-east-1./", "xy12345.us-east-1", "xy12345.us-east-1.snowflakecomputing.com"},
		{"myorg\u2010a\u2011b\u2012c\u2013d\u2014e\u2015f", "myorg-a-b-c-d-e-f", "myorg-a-b-c-d-e-f.snowflakecomputing.com"},
		{"xy12345:443", "xy12345", "xy12345.snowflakecomputing.com"},

		// Addresses of the account.
		{"xy12345.us-east-1.snowflakecomputing.com", "xy12345.us-east-1", "xy12345.us-east-1.snowflakecomputing.com"},
		{"XY12345.US-EAST-1.SnowflakeComputing.COM", "XY12345.US-EAST-1", "xy12345.us-east-1.snowflakecomputing.com"},
		{"https://xy12345.us-east-1.snowflakecomputing.com", "xy12345.us-east-1", "xy12345.us-east-1.snowflakecomputing.com"},
		{"HTTPS://MyOrg-My_Acc.snowflakecomputing.com:443/console/login?x=@#/a:b", "MyOrg-My_Acc", "myorg-my-acc.snowflakecomputing.com"},
		{"<https://myorg-account123.snowflakecomputing.com/>", "myorg-account123", "myorg-account123.snowflakecomputing.com"},
		{"http://xy12345.snowflakecomputing.com./", "xy12345", "xy12345.snowflakecomputing.com"},
		{"xy12345.snowflakecomputing.com/console#/", "xy12345", "xy12345.snowflakecomputing.com"},
		{"myorg-account123.privatelink.snowflakecomputing.com", "myorg-account123.privatelink", "myorg-account123.privatelink.snowflakecomputing.com"},
		{"jdbc:snowflake://xy12345.us-east-2.aws.snowflakecomputing.com/?db=X&user=Y", "xy12345.us-east-2.aws", "xy12345.us-east-2.aws.snowflakecomputing.com"},
		{"https://xy12345.cn-northwest-1.aws.snowflakecomputing.cn/", "xy12345.cn-northwest-1.aws", "xy12345.cn-northwest-1.aws.snowflakecomputing.cn"},
		{"https://xy12345.us-west-2.snowflakecomputing.com", "xy12345.us-west-2", "xy12345.snowflakecomputing.com"},
		{`https://xy12345.snowflakecomputing.com\@evil.example`, "xy12345", "xy12345.snowflakecomputing.com"},
		{"xy12345.snowflakecomputing.com/?next=https://evil.example", "xy12345", "xy12345.snowflakecomputing.com"},

		// Addresses of the console.
		{"https://app.snowflake.com/myorg/account123/#/homepage", "myorg-account123", "myorg-account123.snowflakecomputing.com"},
		{"https://app.snowflake.com/MyOrg/my_account", "MyOrg-my_account", "myorg-my-account.snowflakecomputing.com"},
		{"app.snowflake.com/myorg/account123/w29Gb55pEkhg#query", "myorg-account123", "myorg-account123.snowflakecomputing.com"},
		{"https://app.snowflake.com/us-east-1/xy12345/", "xy12345.us-east-1", "xy12345.us-east-1.snowflakecomputing.com"},
		{"https://app.snowflake.com/us-west-2/xy12345/#/", "xy12345.us-west-2", "xy12345.snowflakecomputing.com"},
		{"https://app.snowflake.com/ap-south-1.aws/bm16399", "bm16399.ap-south-1.aws", "bm16399.ap-south-1.aws.snowflakecomputing.com"},
		{"https://app.snowflake.com/west-europe.azure/xy12345?x=y", "xy12345.west-europe.azure", "xy12345.west-europe.azure.snowflakecomputing.com"},
		{"https://app.snowflake.cn/cn-northwest-1.aws/xy12345", "xy12345.cn-northwest-1.aws", "xy12345.cn-northwest-1.aws.snowflakecomputing.cn"},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			t.Parallel()
			var got AccountIdentifier
			if err := got.UnmarshalText([]byte(tt.in)); err != nil {
				t.Fatalf("refused: %v", err)
			}
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Errorf("identifier (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.host, got.host()); diff != "" {
				t.Errorf("host (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAccountIdentifierErrors(t *testing.T) {
	t.Parallel()
	const (
		example    = " Type it as Snowflake shows it, such as myorg-account123 or xy12345.us-east-1."
		blank      = "This field may not be blank."
		form       = "This is not an account identifier." + example
		characters = "An account identifier contains only letters, digits, hyphens, underscores and dots." + example
		label      = "Each part of an account identifier between two dots has 1 to 63 characters and does not begin or end with a hyphen or an underscore." + example
		org        = "The organization may contain only letters and digits. Organization and account both begin with a letter." + example
		cloud      = "The region is missing before the cloud. Type both, such as xy12345.us-east-2.aws."
		console    = "This is an address of Snowflake's console that names no account." + example
		foreign    = "This is not the address of a Snowflake account, which ends in .snowflakecomputing.com or .snowflakecomputing.cn." + example
		user       = "This address contains a user name or a password. Type the account identifier alone, such as myorg-account123 or xy12345.us-east-1."
		port       = "Remove the port. It is always 443."
		china      = "An account in China needs its locator and region. Type both, such as xy12345.cn-northwest-1.aws."
		world      = "The address of an account in China ends in .snowflakecomputing.cn. Type the account identifier alone, such as xy12345.cn-northwest-1.aws."
	)
	tests := []struct{ in, want string }{
		{"", blank},
		{" \n", blank},
		{`""`, blank},
		{"./", blank},

		{"myorg.account123", "Join organization and account with a hyphen. Type myorg-account123."},
		{"MYORG.MY_ACCOUNT", "Join organization and account with a hyphen. Type MYORG-MY_ACCOUNT."},
		{"myorg.account123.privatelink", "Join organization and account with a hyphen. Type myorg-account123.privatelink."},
		{"https://myorg.account123.snowflakecomputing.com", "Join organization and account with a hyphen. Type myorg-account123."},
		{"123.account123", form},
		{strings.Repeat("x", 32) + "." + strings.Repeat("x", 32), form}, // joined, too long for a label
		{"myorg.account.more", form},
		{"myorg-account123.us-east-1", "Type myorg-account123 if this is an organization and its account, which have no region. Type myorg_account123.us-east-1 if it is an account locator."},
		{"my-corp.eu-central-1.privatelink", "Type my-corp.privatelink if this is an organization and its account, which have no region. Type my_corp.eu-central-1.privatelink if it is an account locator."},
		{"myorg-account123.more", form},
		{"account-hfdw89q748.global", form},
		{"xy12345.aws", cloud},
		{"xy12345.fhplus", form},
		{"xy12345.fhplus.us-gov-west-1", form},
		{"xy12345.us-east-2.ibm", form},
		{"xy12345.1us-east.aws", form},
		{"xy12345.us_east.aws", form},
		{"my_org-account", org},
		{"1org-account", org},
		{"org-1account", org},

		{"xy12345..us-east-1", label},
		{".xy12345", label},
		{"-xy12345", label},
		{"myorg-", label},
		{"xy12345_", label},
		{"_xy12345", label},
		{"xy12345.us-east-", label},
		{strings.Repeat("x", 64), label},
		{"xy 12345", characters},
		{"xy12345\x00", characters},
		{"xy12345\nus-east-1", characters},
		{"xy12345%2e", characters},
		{"myorg\u2212account", characters}, // a minus sign
		{"kontо", characters},              // a Cyrillic o
		{"K\u212aelvin", characters},       // folds to k
		{"xy\xff12345", characters},
		{"xy12345:", characters},
		{"account: xy12345", characters},
		{"xy12345.snowflakecomputing.com xy12345", characters},
		{"https:///", characters},
		{"xy12345:8443", port},
		{"https://xy12345.snowflakecomputing.com:8443/", port},

		{"snowflake://jane:secret@xy12345/db", user},
		{"https://jane:secret@xy12345.snowflakecomputing.com", user},
		{"jane@example.com", user},
		{"https://xy12345.snowflakecomputing.com@evil.example/", user},

		{"https://example.com", foreign},
		{"https://xy12345.us-east-1", foreign},
		{"https://my-cluster.abc123.us-east-1.redshift.amazonaws.com:443/dev", foreign},
		{"https://adb-123.4.azuredatabricks.net", foreign},
		{"https://evil.example/.snowflakecomputing.com", foreign},
		{"https://evil.example#.snowflakecomputing.com", foreign},
		{"https://xy12345.snowflakecomputing.com.evil.example", foreign},
		{"https://xy12345.snowflakecomputing.community", foreign},
		{"https://evilsnowflakecomputing.com", foreign},
		{"https://docs.snowflake.com/en/user-guide/admin-account-identifier", foreign},
		{"https://snowflakecomputing.com", foreign},
		{"xy12345/us-east-1", foreign},
		{"xy12345.snowflakecomputing.com.snowflakecomputing.com", form},
		{"bigquery.googleapis.com", form},
		{"example.com", form},
		{".snowflakecomputing.com", label},

		{"https://app.snowflake.com/", console},
		{"https://app.snowflake.com/#/homepage", console},
		{"https://app.snowflake.com/myorg", console},
		{"https://app.snowflake.com/marketplace/listing/GZ1MJZ4HFKQ", console},
		{"https://app.snowflake.com/provider-studio/listings", console},
		{"https://app.snowflake.com/_deeplink/marketplace", console},
		{"https://app.snowflake.com/my%20org/account", console},
		{"https://app.us-east-1.privatelink.snowflakecomputing.com", console},
		{"www.snowflakecomputing.com", console},
		{"https://app-myorg-my_account.privatelink.snowflakecomputing.com/myorg/my_account", "This is the address of Snowflake's console. Type myorg-my_account.privatelink."},
		{"app-xy12345.us-east-1.privatelink", "This is the address of Snowflake's console. Type xy12345.us-east-1.privatelink."},

		{"https://myorg-account123.snowflakecomputing.cn", china},
		{"https://app.snowflake.cn/myorg/account123", china},
		{"xy12345.cn-northwest-1.aws.snowflakecomputing.com", world},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			t.Parallel()
			got := AccountIdentifier("before")
			err := got.UnmarshalText([]byte(tt.in))
			if err == nil {
				t.Fatalf("accepted as %q", got)
			}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Errorf("message (-want +got):\n%s", diff)
			}
			if got != "before" {
				t.Errorf("the refused text changed the identifier to %q", got)
			}
		})
	}
}

func TestAccountIdentifierEqual(t *testing.T) {
	t.Parallel()
	if !AccountIdentifier("MyOrg-Acc").Equal(AccountIdentifier("myorg-ACC")) {
		t.Error("case made a difference")
	}
	if AccountIdentifier("myorg-acc").Equal(AccountIdentifier("myorg-other")) {
		t.Error("two accounts are equal")
	}
}

func TestAccountIdentifierJSON(t *testing.T) {
	t.Parallel()
	var got struct{ Account AccountIdentifier }
	if err := json.Unmarshal([]byte(`{"Account": " https://xy12345.snowflakecomputing.com "}`), &got); err != nil {
		t.Fatal(err)
	}
	if got.Account != "xy12345" {
		t.Errorf("got %q, want xy12345", got.Account)
	}
}

// A Config that was filled in Go was not checked by UnmarshalText.
func TestHostOfInvalidIdentifier(t *testing.T) {
	t.Parallel()
	for _, id := range []AccountIdentifier{"", "evil.example/", "evil.example#", "a b", "app", "xy12345.snowflakecomputing.com"} {
		if got := id.host(); got != "" {
			t.Errorf("%q gave the host %q", id, got)
		}
	}
}

var (
	hostLabel     = regexp.MustCompile(`^[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?$`)
	snowflakeHost = regexp.MustCompile(`^(.+)\.snowflakecomputing\.(com|cn)$`)
)

func FuzzAccountIdentifier(f *testing.F) {
	for _, seed := range []string{
		"myorg-account123", "xy12345.us-east-1", "XY_12345.us-west-2", "a.fhplus.us-gov-west-1.aws", "a.cn-northwest-1.aws",
		"org.account", " https://a-b_c.privatelink.snowflakecomputing.com:443/x?y#z", "https://app.snowflake.com/us-east-1.aws/x/",
		"https://app.snowflake.com/org/acc", "snowflake://u:p@x/y", "“x”", "\u212a", "app-a-b.privatelink",
		"x1.AWS_EU_CENTRAL_1", "x1.PUBLIC.AZURE_WESTEUROPE", "x1.us_gov_west_1_fhplus", "gcp_us_east4.x1", "a_b.us-east-1.privatelink", "x1.westeurope.azure.privatelink",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var id AccountIdentifier
		if err := id.UnmarshalText([]byte(text)); err != nil {
			if len(err.Error()) > 400 || strings.ContainsFunc(err.Error(), func(r rune) bool { return r < ' ' || r > '~' }) {
				t.Fatalf("%q: the message is long or cannot be printed: %q", text, err)
			}
			return
		}
		host := id.host()
		match := snowflakeHost.FindStringSubmatch(host)
		if match == nil || len(host) > 253 {
			t.Fatalf("%q became the host %q", text, host)
		}
		for label := range strings.SplitSeq(match[1], ".") {
			if !hostLabel.MatchString(label) || strings.Contains(label, "_") && !id.isPrivate() {
				t.Fatalf("%q became the host %q, with the label %q", text, host, label)
			}
		}
		for _, again := range []string{string(id), strings.ToUpper(string(id)), "https://" + string(id) + id.domain() + "/"} {
			var second AccountIdentifier
			if err := second.UnmarshalText([]byte(again)); err != nil || !second.Equal(id) || second.host() != host {
				t.Fatalf("%q became %q, and %q became %q: %v", text, id, again, second, err)
			}
		}
	})
}
