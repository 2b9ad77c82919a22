package snowflake

import (
	"errors"
	"strings"
	"testing"
)

// publishedRegions has a line for each row of the tables "Non-VPS account locator formats" and "Region IDs" of
// Snowflake's page "Account identifiers": the region's ID in its cloud, its ID in Snowflake, and the
// identifier of the locator xy12345. Six more regions come from Snowflake's page "Supported cloud regions".
const publishedRegions = `
us-west-2 aws_us_west_2 xy12345
us-west-2 aws_us_gov_west_2 xy12345.us-west-2-gov.aws
us-gov-west-1 aws_us_gov_west_1_fhplus xy12345.fhplus.us-gov-west-1.aws
us-gov-west-1 aws_us_gov_west_1_dod xy12345.dod.us-gov-west-1.aws
us-east-2 aws_us_east_2 xy12345.us-east-2.aws
us-east-1 aws_us_east_1 xy12345.us-east-1
us-east-1 aws_us_gov_east_1 xy12345.us-east-1-gov.aws
us-gov-east-1 aws_us_gov_east_1_fhplus xy12345.fhplus.us-gov-east-1.aws
ca-central-1 aws_ca_central_1 xy12345.ca-central-1.aws
sa-east-1 aws_sa_east_1 xy12345.sa-east-1.aws
af-south-1 aws_af_south_1 xy12345.af-south-1.aws
eu-west-1 aws_eu_west_1 xy12345.eu-west-1
eu-west-2 aws_eu_west_2 xy12345.eu-west-2.aws
eu-west-3 aws_eu_west_3 xy12345.eu-west-3.aws
eu-central-1 aws_eu_central_1 xy12345.eu-central-1
eu-central-2 aws_eu_central_2 xy12345.eu-central-2.aws
eu-north-1 aws_eu_north_1 xy12345.eu-north-1.aws
ap-northeast-1 aws_ap_northeast_1 xy12345.ap-northeast-1.aws
ap-northeast-3 aws_ap_northeast_3 xy12345.ap-northeast-3.aws
ap-northeast-2 aws_ap_northeast_2 xy12345.ap-northeast-2.aws
ap-south-1 aws_ap_south_1 xy12345.ap-south-1.aws
ap-southeast-1 aws_ap_southeast_1 xy12345.ap-southeast-1.aws
ap-southeast-2 aws_ap_southeast_2 xy12345.ap-southeast-2
ap-southeast-3 aws_ap_southeast_3 xy12345.ap-southeast-3.aws
cn-northwest-1 aws_cn_northwest_1 xy12345.cn-northwest-1.aws
us-central1 gcp_us_central1 xy12345.us-central1.gcp
us-east4 gcp_us_east4 xy12345.us-east4.gcp
europe-west2 gcp_europe_west2 xy12345.europe-west2.gcp
europe-west3 gcp_europe_west3 xy12345.europe-west3.gcp
europe-west4 gcp_europe_west4 xy12345.europe-west4.gcp
me-central2 gcp_me_central2 xy12345.me-central2.gcp
australia-southeast2 gcp_australia_southeast2 xy12345.australia-southeast2.gcp
westus2 azure_westus2 xy12345.west-us-2.azure
centralus azure_centralus xy12345.central-us.azure
southcentralus azure_southcentralus xy12345.south-central-us.azure
eastus2 azure_eastus2 xy12345.east-us-2.azure
usgovvirginia azure_usgovvirginia xy12345.us-gov-virginia.azure
usgovvirginia azure_usgovvirginia_fhplus xy12345.fhplus.us-gov-virginia.azure
canadacentral azure_canadacentral xy12345.canada-central.azure
mexicocentral azure_mexicocentral xy12345.mexicocentral.azure
uksouth azure_uksouth xy12345.uk-south.azure
northeurope azure_northeurope xy12345.north-europe.azure
swedencentral azure_swedencentral xy12345.sweden-central.azure
westeurope azure_westeurope xy12345.west-europe.azure
switzerlandnorth azure_switzerlandnorth xy12345.switzerland-north.azure
uaenorth azure_uaenorth xy12345.uae-north.azure
centralindia azure_centralindia xy12345.central-india.azure
japaneast azure_japaneast xy12345.japan-east.azure
koreacentral azure_koreacentral xy12345.korea-central.azure
southeastasia azure_southeastasia xy12345.southeast-asia.azure
australiaeast azure_australiaeast xy12345.australia-east.azure
`

func TestPublishedRegions(t *testing.T) {
	t.Parallel()
	rows := strings.Split(strings.TrimSpace(publishedRegions), "\n")
	unique := make(map[string]int) // a region of a cloud can have several regions of Snowflake
	for _, row := range rows {
		unique[strings.Fields(row)[0]]++
	}
	for _, row := range rows {
		columns := strings.Fields(row)
		cloudID, region, documented := columns[0], columns[1], columns[2]
		t.Run(region, func(t *testing.T) {
			t.Parallel()
			cloud, _, _ := strings.Cut(region, "_")
			host := AccountIdentifier(documented).host()
			spellings := []string{
				region, strings.ToUpper(region), "PUBLIC." + strings.ToUpper(region), strings.ReplaceAll(region, "_", "-"),
			}
			if unique[cloudID] == 1 && !strings.Contains(cloudID, "gov") {
				spelled := strings.ReplaceAll(cloudID, "-", "_")
				spellings = append(spellings, spelled, strings.ToUpper(spelled), spelled+"."+cloud, cloud+"_"+spelled)
			}
			for _, spelling := range spellings {
				var id AccountIdentifier
				if err := id.UnmarshalText([]byte("xy12345." + spelling)); err != nil || id.host() != host {
					t.Errorf("xy12345.%s became %s with the host %s and the error %v, want the host %s", spelling, id, id.host(), err, host)
				}
				if strings.HasPrefix(strings.ToLower(spelling), "mexicocentral") {
					continue // also the spelling of addresses
				}
				// A word can be an organization as well as a locator, so the customer has to confirm.
				err := id.UnmarshalText([]byte("acme." + spelling))
				if got, want := suggestion(err).host(), strings.Replace(host, "xy12345", "acme", 1); got != want {
					t.Errorf("acme.%s: %v suggests the host %q, want %s", spelling, err, got, want)
				}
				if err := id.UnmarshalText([]byte(spelling)); !errors.Is(err, errAccountLocator) {
					t.Errorf("%s alone became %s with the error %v", spelling, id, err)
				}
				if err := id.UnmarshalText([]byte("xy12345." + spelling + ".privatelink")); !errors.Is(err, errAccountPrivate) {
					t.Errorf("over private connectivity, %s became %s with the error %v", spelling, id, err)
				}
			}
		})
	}
}

// suggestion returns the identifier that a message asks the customer to type, if any.
func suggestion(err error) AccountIdentifier {
	if err == nil {
		return ""
	}
	_, text, found := strings.Cut(err.Error(), " Type ")
	if !found || strings.Contains(text, "such as") {
		return ""
	}
	return AccountIdentifier(strings.TrimSuffix(text, "."))
}

func TestRegionErrors(t *testing.T) {
	t.Parallel()
	const (
		unknown = "The part after the first dot looks like a region that is not known here. Type organization and account with a hyphen, such as myorg-account123, or the locator and region of the account's address, such as xy12345.us-east-2.aws."
		alone   = "This is a region. Type the account locator before it, such as xy12345.us-east-1."
	)
	for in, want := range map[string]string{
		"ab12345.AWS_EU_NOWHERE_9":     unknown,
		"ab12345.aws_westeurope":       unknown,
		"ab12345.AZURE_FRANCECENTRAL":  unknown,
		"ab12345.gcp_asia_south1":      unknown,
		"ab12345.us_gov_west_1":        unknown,
		"ab12345.us_gov_east_1":        unknown,
		"ab12345.eu_west_9":            unknown,
		"ab12345.PUBLIC.AWS_EU_WEST_9": unknown,
		"PUBLIC.AWS_US_WEST_2":         alone,
		"AWS_EU_CENTRAL_1":             alone,
		"us-east-1":                    alone,
		"westeurope.azure":             alone,
		"AWS_US_WEST_2.AB12345":        "The region comes after the account locator. Type AB12345.us-west-2.",
		"PUBLIC.AWS_EU_WEST_1.AB12345": "The region comes after the account locator. Type AB12345.eu-west-1.",
		"acme.AZURE_WESTEUROPE":        "Type the region as in the account's address. Type acme.west-europe.azure.",
		"my-corp.AWS_EU_WEST_1":        "Type my-corp if this is an organization and its account, which have no region. Type my_corp.eu-west-1 if it is an account locator.",
	} {
		t.Run(in, func(t *testing.T) {
			t.Parallel()
			var id AccountIdentifier
			if err := id.UnmarshalText([]byte(in)); err == nil || err.Error() != want {
				t.Errorf("became %q with the error\n%v, want\n%s", id, err, want)
			}
		})
	}
}
