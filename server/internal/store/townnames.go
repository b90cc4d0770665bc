package store

import "strings"

// The names that town knows, in the spelling of placeKey: of the countries that
// the growers' apps are used in, what geocoders and people write at the end of
// an address. Towns are not among them: a town is what stands before these.

func names(list string) []string { return strings.Split(list, "|") }

var countries = names("philippines|pilipinas|republic of the philippines|ph|india|bharat|भारत|in|bangladesh|বাংলাদেশ|bd")

// regions are the Philippines' regions, India's states and territories, and
// Bangladesh's divisions where somebody leaves out that word.
var regions = map[string][]string{
	"ph": names("metro manila|national capital region|ncr|kalakhang maynila|cordillera administrative region|cordillera|car|" +
		"ilocos region|ilocos|cagayan valley|central luzon|calabarzon|mimaropa|bicol region|bicol|western visayas|" +
		"central visayas|eastern visayas|negros island region|zamboanga peninsula|northern mindanao|davao region|soccsksargen|" +
		"caraga|bangsamoro|barmm|bangsamoro autonomous region in muslim mindanao|autonomous region in muslim mindanao"),
	"in": names("andhra pradesh|arunachal pradesh|assam|bihar|chhattisgarh|goa|gujarat|haryana|himachal pradesh|jharkhand|" +
		"karnataka|kerala|madhya pradesh|maharashtra|manipur|meghalaya|mizoram|nagaland|odisha|orissa|punjab|rajasthan|sikkim|" +
		"tamil nadu|telangana|tripura|uttar pradesh|uttarakhand|west bengal|andaman and nicobar islands|chandigarh|" +
		"dadra and nagar haveli and daman and diu|delhi|jammu and kashmir|ladakh|lakshadweep|puducherry|pondicherry"),
}

// provinces are the Philippines'.
var provinces = names("abra|agusan del norte|agusan del sur|aklan|albay|antique|apayao|aurora|basilan|bataan|batanes|batangas|" +
	"benguet|biliran|bohol|bukidnon|bulacan|cagayan|camarines norte|camarines sur|camiguin|capiz|catanduanes|cavite|cebu|" +
	"compostela valley|cotabato|north cotabato|davao de oro|davao del norte|davao del sur|davao occidental|davao oriental|" +
	"dinagat islands|eastern samar|guimaras|ifugao|ilocos norte|ilocos sur|iloilo|isabela|kalinga|la union|laguna|" +
	"lanao del norte|lanao del sur|leyte|maguindanao|maguindanao del norte|maguindanao del sur|marinduque|masbate|" +
	"misamis occidental|misamis oriental|mountain|negros occidental|negros oriental|northern samar|nueva ecija|nueva vizcaya|" +
	"occidental mindoro|oriental mindoro|palawan|pampanga|pangasinan|quezon|quirino|rizal|romblon|samar|western samar|" +
	"sarangani|siquijor|sorsogon|south cotabato|southern leyte|sultan kudarat|sulu|surigao del norte|surigao del sur|tarlac|" +
	"tawi-tawi|zambales|zamboanga del norte|zamboanga del sur|zamboanga sibugay")

// finerFirst and finerLast are words at the beginning and at the end of what is
// finer than a town.
var (
	finerFirst = names("purok|sitio|zone|barangay|brgy|bgy|block|blk|lot|phase|house|unit|plot|flat|village|gram|ward|road|survey")
	finerLast  = names("street|st|road|rd|avenue|ave|lane|drive|dr|highway|hwy|extension|ext|boulevard|blvd|bypass|alley|path|trail|" +
		"farm|orchard|plantation|estate|residence|residences|compound|subdivision|homes|apartments|building|tower|school|church|" +
		"hall|market|marg|sarak|nagar|colony|para|union|ward|village|poblacion|proper")
)
