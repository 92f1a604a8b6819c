package cap

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"callbox/channels/channeltest"
)

// breach changes one thing in a good document so that it breaks one rule.
type breach struct {
	rule     string
	name     string
	of       string // which document: "alert" where empty, "update", "drill"
	old, new string // replaced everywhere
}

var breaches = []breach{
	{rule: "cap-1", name: "elements out of the schema's order", old: "<status>Actual</status><msgType>Alert</msgType>", new: "<msgType>Alert</msgType><status>Actual</status>"},
	{rule: "cap-1", name: "a polygon after its geocodes", old: "</geocode></area>", new: "</geocode><polygon>41.9000,-72.9000 41.9000,-72.8500 41.9500,-72.8500 41.9000,-72.9000</polygon></area>"},
	{rule: "cap-1", name: "an element twice", old: "<scope>Public</scope>", new: "<scope>Public</scope><scope>Public</scope>"},
	{rule: "cap-1", name: "an element that CAP does not know", old: "<scope>", new: "<ring>1</ring><scope>"},
	{rule: "cap-1", name: "blank text between elements", old: "</info><info>", new: "</info>\n<info>"},
	{rule: "cap-1", name: "a processing instruction", old: "<alert ", new: `<?xml-stylesheet href="a.xsl"?><alert `},
	{rule: "cap-1", name: "a comment", old: "<scope>", new: "<!-- c --><scope>"},
	{rule: "cap-1", name: "a byte order mark", old: "<alert ", new: "\xEF\xBB\xBF<alert "},
	{rule: "cap-1", name: "a document type", old: "<alert ", new: "<!DOCTYPE alert><alert "},
	{rule: "cap-1", name: "a second namespace", old: "<alert ", new: `<alert xmlns:atom="http://www.w3.org/2005/Atom" `},
	{rule: "cap-1", name: "an empty polygon of another namespace", old: "<scope>", new: `<note xmlns="urn:x">n</note><scope>`},

	{rule: "cap-2", name: "an identifier with a blank", old: "o-2026-1113-1</identifier>", new: "o 1</identifier>"},
	{rule: "cap-2", name: "an identifier with a slash", old: "o-2026-1113-1</identifier>", new: "../1</identifier>"},
	{rule: "cap-2", name: "an identifier of 81 characters", old: "o-2026-1113-1</identifier>", new: strings.Repeat("a", 81) + "</identifier>"},
	{rule: "cap-2", name: "an identifier that is not the file's name", old: "o-2026-1113-1</identifier>", new: "o-2026-1113-9</identifier>"},
	{rule: "cap-2", name: "a sender with a comma", old: "<sender>callbox@", new: "<sender>call,box@"},

	{rule: "cap-3", name: "a time in UTC written Z", old: "<sent>2026-11-13T15:05:00-05:00", new: "<sent>2026-11-13T20:05:00Z"},
	{rule: "cap-3", name: "the offset zero", old: "<sent>2026-11-13T15:05:00-05:00", new: "<sent>2026-11-13T20:05:00-00:00"},
	{rule: "cap-3", name: "fractions of a second", old: "<sent>2026-11-13T15:05:00-05:00", new: "<sent>2026-11-13T15:05:00.5-05:00"},
	{rule: "cap-3", name: "no offset", old: "<sent>2026-11-13T15:05:00-05:00", new: "<sent>2026-11-13T15:05:00"},
	{rule: "cap-3", name: "another zone than the agency's", old: "<sent>2026-11-13T15:05:00-05:00", new: "<sent>2026-11-13T14:05:00-06:00"},
	{rule: "cap-3", name: "expires before sent", old: "<expires>2026-11-13T19", new: "<expires>2026-11-13T14"},
	{rule: "cap-3", name: "expires four minutes after sent", old: "<expires>2026-11-13T19:05", new: "<expires>2026-11-13T15:09"},
	{rule: "cap-3", name: "expires more than a day after sent", old: "<expires>2026-11-13T19", new: "<expires>2026-11-14T19"},
	{rule: "cap-3", name: "effective", old: "<expires>", new: "<effective>2026-11-13T15:05:00-05:00</effective><expires>"},
	{rule: "cap-3", name: "onset", old: "<expires>", new: "<onset>2026-11-13T15:05:00-05:00</onset><expires>"},

	{rule: "cap-4", name: "the status System", old: "<status>Actual", new: "<status>System"},
	{rule: "cap-4", name: "a restricted scope", old: "<scope>Public", new: "<scope>Restricted"},
	{rule: "cap-4", name: "an exercise without a note", of: "drill", old: "<note>DRILL: an exercise. Nothing in it is real.</note>"},
	{rule: "cap-4", name: "an exercise in the live feed's status", of: "drill", old: "<status>Exercise</status>", new: "<status>Actual</status>"},
	{rule: "cap-4", name: "an exercise without the mode's word", of: "drill", old: "<headline>DRILL: ", new: "<headline>"},

	{rule: "cap-5", name: "the type Ack", old: "<msgType>Alert", new: "<msgType>Ack"},
	{rule: "cap-5", name: "an alert with references", old: "<incidents>", new: "<references>callbox@alerts.example.gov,o-0,2026-11-13T15:00:00-05:00</references><incidents>"},
	{rule: "cap-5", name: "an update without references", of: "update", old: "<references>callbox@alerts.example.gov,o-2026-1113-1,2026-11-13T15:05:00-05:00</references>"},
	{rule: "cap-5", name: "an update that misses a live message", of: "update", old: "o-2026-1113-1,", new: "o-2026-1113-0,"},
	{rule: "cap-5", name: "a reference with another time than the stored", of: "update", old: "1,2026-11-13T15:05:00-05:00", new: "1,2026-11-13T15:04:00-05:00"},
	{rule: "cap-5", name: "a reference to itself", of: "update", old: "<references>", new: "<references>callbox@alerts.example.gov,o-2026-1113-2,2026-11-13T15:15:00-05:00 "},
	{rule: "cap-5", name: "a reference into the future", of: "update", old: "<references>", new: "<references>callbox@alerts.example.gov,o-2026-1113-9,2026-11-13T15:55:00-05:00 "},
	{rule: "cap-5", name: "a reference of another sender", of: "update", old: "<references>", new: "<references>other@alerts.example.gov,o-1,2026-11-13T15:00:00-05:00 "},
	{rule: "cap-5", name: "a reference of two fields", of: "update", old: "<references>", new: "<references>callbox@alerts.example.gov,o-1 "},
	{rule: "cap-5", name: "no incident", old: "<incidents>o-2026-1113</incidents>"},

	{rule: "cap-6", name: "Spanish before English", old: "<language>en-US", new: "<language>es-MX"},
	{rule: "cap-6", name: "an empty instruction", old: "<instruction>West Hartford: call police 860-555-0101. Tell them where you are first. You can also text 911. Do not call 911 to test it. Next update by 3:45 PM. Full list of numbers: https://callbox.example.org/o/o-2026-1113</instruction>"},
	{rule: "cap-6", name: "the same headline in both languages", old: "<headline>Falla del 911: West Hartford", new: "<headline>911 outage: West Hartford"},
	{rule: "cap-6", name: "a description that repeats the headline", old: "<description>Capitol Region Emergency Communications: since 2:45 PM calls to 911 do not go through.", new: "<description>911 outage: West Hartford"},
	{rule: "cap-6", name: "other areas in Spanish", old: "texto al 911. https://callbox.example.org/o/o-2026-1113</value></parameter><area><areaDesc>West Hartford (CT)</areaDesc><polygon>41.6000,-72.9000 41.6000,-72.8500", new: "texto al 911. https://callbox.example.org/o/o-2026-1113</value></parameter><area><areaDesc>West Hartford (CT)</areaDesc><polygon>41.6000,-72.9000 41.6000,-72.8400"},

	{rule: "cap-7", name: "no event code", old: "<eventCode><valueName>SAME</valueName><value>TOE</value></eventCode>"},
	{rule: "cap-7", name: "an event code that does not exist", old: "<value>TOE</value>", new: "<value>XYZ</value>"},
	{rule: "cap-7", name: "two event codes", old: "<eventCode>", new: "<eventCode><valueName>SAME</valueName><value>CEM</value></eventCode><eventCode>"},
	{rule: "cap-7", name: "an event of 35 characters", old: "<event>911 Telephone Outage Emergency", new: "<event>911 Telephone Outage Emergency xxxx"},
	{rule: "cap-7", name: "a headline of 140 characters", old: "<headline>", new: "<headline>" + strings.Repeat("x", 130)},
	{rule: "cap-7", name: "an area name of 50 characters", old: "<areaDesc>", new: "<areaDesc>" + strings.Repeat("x", 45)},
	{rule: "cap-7", name: "a source of 31 characters", old: "<source>", new: "<source>" + strings.Repeat("x", 20)},
	{rule: "cap-7", name: "an instruction of 100 kB", old: "<instruction>", new: "<instruction>" + strings.Repeat("x ", 50_000)},

	{rule: "cap-9", name: "an unknown urgency", old: "<urgency>Immediate", new: "<urgency>Unknown"},
	{rule: "cap-9", name: "the dead certainty Very Likely", old: "<certainty>Observed", new: "<certainty>Very Likely"},
	{rule: "cap-9", name: "a moderate severity that rings phones", old: "<severity>Severe", new: "<severity>Moderate"},
	{rule: "cap-9", name: "an all-clear that rings phones", old: "<responseType>Execute", new: "<responseType>AllClear"},
	{rule: "cap-9", name: "a response that CAP does not know", old: "<responseType>Execute", new: "<responseType>Run"},

	{rule: "cap-10", name: "a phone text of 91 characters", old: "<valueName>CMAMtext</valueName><value>", new: "<valueName>CMAMtext</valueName><value>" + strings.Repeat("x", 52)},
	{rule: "cap-10", name: "a long phone text of 361 characters", old: "<valueName>CMAMlongtext</valueName><value>", new: "<valueName>CMAMlongtext</valueName><value>" + strings.Repeat("x", 300)},
	{rule: "cap-10", name: "an accent that phones lack", old: "<valueName>CMAMtext</valueName><value>", new: "<valueName>CMAMtext</valueName><value>á"},
	{rule: "cap-10", name: "a bracket that phones lack", old: "<valueName>CMAMtext</valueName><value>", new: "<valueName>CMAMtext</valueName><value>["},
	{rule: "cap-10", name: "a double blank", old: "<valueName>CMAMtext</valueName><value>", new: "<valueName>CMAMtext</valueName><value>a  b "},
	{rule: "cap-10", name: "another handling than Public Safety", old: "Public Safety", new: "Imminent Threat"},
	{rule: "cap-10", name: "a long text without a short one", old: "CMAMtext", new: "CMAMtext-Spanish"},

	{rule: "cap-11", name: "no originator", old: "<parameter><valueName>EAS-ORG</valueName><value>CIV</value></parameter>"},
	{rule: "cap-11", name: "an update that blocks nothing", of: "update", old: "<parameter><valueName>BLOCKCHANNEL</valueName><value>NWEM</value></parameter>"},
	{rule: "cap-11", name: "a channel to block that does not exist", of: "update", old: "<parameter><valueName>BLOCKCHANNEL</valueName><value>NWEM", new: "<parameter><valueName>BLOCKCHANNEL</valueName><value>CAPEXCH</value></parameter><parameter><valueName>BLOCKCHANNEL</valueName><value>NWEM"},
	{rule: "cap-11", name: "phone texts that are blocked", old: "<parameter><valueName>EAS-ORG", new: "<parameter><valueName>BLOCKCHANNEL</valueName><value>CMAS</value></parameter><parameter><valueName>EAS-ORG"},

	{rule: "cap-12", name: "a web address with a query", old: "<web>https://callbox.example.org/", new: "<web>https://callbox.example.org/?a="},
	{rule: "cap-12", name: "a web address without encryption", old: "<web>https", new: "<web>http"},
	{rule: "cap-12", name: "a relative web address", old: "<web>https://callbox.example.org", new: "<web>"},
	{rule: "cap-12", name: "a resource without an address", old: "<area>", new: "<resource><resourceDesc>d</resourceDesc><mimeType>image/png</mimeType></resource><area>"},
	{rule: "cap-12", name: "a resource with a digest", old: "<area>", new: "<resource><resourceDesc>d</resourceDesc><mimeType>image/png</mimeType><uri>https://example.com/a.png</uri><digest>00</digest></resource><area>"},

	{rule: "cap-13", name: "a tag in a text", old: "<instruction>", new: "<instruction>&lt;b&gt;"},
	{rule: "cap-13", name: "an entity in a text", old: "<instruction>", new: "<instruction>&amp;nbsp;"},
	{rule: "cap-13", name: "a character that turns the direction", old: "<description>", new: "<description>\u202e"},
	{rule: "cap-13", name: "a control character", old: "<senderName>", new: "<senderName>\u0085"},
	{rule: "cap-13", name: "an accent apart from its letter", old: "<areaDesc>", new: "<areaDesc>e\u0301"},
}

// areaBreaches change the polygon or the geocode of the alert.
var areaBreaches = []breach{
	{name: "latitude and longitude swapped", old: goodPolygon, new: "-72.9000,41.6000 -72.9000,41.6500 -72.8500,41.6500 -72.9000,41.6000"},
	{name: "an open ring", old: goodPolygon, new: "41.6000,-72.9000 41.6000,-72.8500 41.6500,-72.8500 41.6500,-72.9000"},
	{name: "a ring that crosses itself", old: goodPolygon, new: "41.6000,-72.9000 41.6500,-72.8500 41.6500,-72.9000 41.6000,-72.8500 41.6000,-72.9000"},
	{name: "a ring that runs clockwise", old: goodPolygon, new: "41.6000,-72.9000 41.6500,-72.9000 41.6500,-72.8500 41.6000,-72.8500 41.6000,-72.9000"},
	{name: "three pairs", old: goodPolygon, new: "41.6000,-72.9000 41.6000,-72.8500 41.6000,-72.9000"},
	{name: "a ring without an area", old: goodPolygon, new: "41.6000,-72.9000 41.6000,-72.8500 41.6000,-72.8600 41.6000,-72.9000"},
	{name: "a point twice", old: goodPolygon, new: "41.6000,-72.9000 41.6000,-72.8500 41.6000,-72.8500 41.6500,-72.8500 41.6000,-72.9000"},
	{name: "five decimals", old: goodPolygon, new: "41.60001,-72.9000 41.6000,-72.8500 41.6500,-72.8500 41.60001,-72.9000"},
	{name: "a line feed between pairs", old: goodPolygon, new: strings.Replace(goodPolygon, " ", "\n", 1)},
	{name: "two blanks between pairs", old: goodPolygon, new: strings.Replace(goodPolygon, " ", "  ", 1)},
	{name: "parentheses", old: goodPolygon, new: "(" + goodPolygon + ")"},
	{name: "another country", old: goodPolygon, new: "51.6000,-0.9000 51.6000,-0.8500 51.6500,-0.8500 51.6000,-0.9000"},
	{name: "an empty polygon", old: goodPolygon},
	{name: "eleven polygons", old: "<polygon>" + goodPolygon + "</polygon>", new: strings.Repeat("<polygon>"+goodPolygon+"</polygon>", 11)},
	{name: "no polygon", old: "<polygon>" + goodPolygon + "</polygon>"},
	{name: "a circle", old: "<geocode>", new: "<circle>41.6,-72.9 0</circle><geocode>"},
	{name: "no geocode", old: "<geocode><valueName>SAME</valueName><value>009003</value></geocode>"},
	{name: "a county that does not exist", old: "<value>009003</value>", new: "<value>009900</value>"},
	{name: "a code of five digits", old: "<value>009003</value>", new: "<value>09003</value>"},
	{name: "32 codes", old: "<geocode>", new: strings.Repeat("<geocode><valueName>SAME</valueName><value>009003</value></geocode>", 31) + "<geocode>"},
}

const goodPolygon = "41.6000,-72.9000 41.6000,-72.8500 41.6500,-72.8500 41.6500,-72.9000 41.6000,-72.9000"

func TestEachBreachOfARuleIsFoundAndNoOtherRuleSpeaks(t *testing.T) {
	live := newDesk(t, nil)
	docs := story(t, live, channeltest.Sample{}, channeltest.Sample{Kind: "update"})
	good := map[string]Document{
		"": docs[0][0], "update": docs[1][0],
		"drill": story(t, newDesk(t, nil), channeltest.Sample{Mode: "drill"})[0][0],
	}
	rules := map[string]Rules{"": {Atlas: live.atlas}, "update": {Atlas: live.atlas, Earlier: docs[0]}, "drill": {Atlas: live.atlas}}
	for of, r := range rules {
		r.Speaker = message(channeltest.Sample{}, 0).Bulletin.Facts.Speaker
		rules[of] = r
		if got := r.Lint([]Document{good[of]}); len(blocking(got)) != 0 {
			t.Fatalf("the good %s document: %v", of, got)
		}
	}
	for _, b := range breaches {
		t.Run(b.rule+" "+b.name, func(t *testing.T) { b.check(t, good[b.of], rules[b.of]) })
	}
	for _, b := range areaBreaches {
		b.rule = "cap-8"
		t.Run(b.rule+" "+b.name, func(t *testing.T) { b.check(t, good[""], rules[""]) })
	}
}

func (b breach) check(t *testing.T, d Document, r Rules) {
	broken := bytes.ReplaceAll(d.XML, []byte(b.old), []byte(b.new))
	if bytes.Equal(broken, d.XML) {
		t.Fatalf("the document does not hold %q", b.old)
	}
	d.XML = broken
	if got := blocking(r.Lint([]Document{d})); !slices.Equal(got, []string{b.rule}) {
		t.Errorf("rules that block: %q, want only %s\n%v", got, b.rule, r.Lint([]Document{d}))
	}
}

func TestRule01ADocumentThatIsNotXMLIsRefused(t *testing.T) {
	for _, text := range []string{"", "<", "<alert/>", "<html></html>", `<alert xmlns="urn:oasis:names:tc:emergency:cap:1.1"></alert>`, "<alert>&x;</alert>", "\xff\xfe"} {
		if got := blocking(Rules{}.Check([]byte(text))); len(got) == 0 {
			t.Errorf("%q: no finding", text)
		}
	}
}

func TestRule01AnIndentedDocumentHasFewFindings(t *testing.T) {
	d := story(t, newDesk(t, nil), channeltest.Sample{})[0][0]
	indented := bytes.ReplaceAll(d.XML, []byte("><"), []byte(">\n  <"))
	if got := (Rules{}).Check(indented); len(got) == 0 || len(got) > 10 {
		t.Errorf("%d findings, want one for each kind of element", len(got))
	}
}

func TestRule02ANameIsUsedOnce(t *testing.T) {
	d := story(t, newDesk(t, nil), channeltest.Sample{})[0][0]
	r := Rules{Earlier: []Document{{Identifier: d.Identifier, XML: []byte("<alert/>")}}}
	if got := blocking(r.Lint([]Document{d})); !slices.Contains(got, "cap-2") {
		t.Errorf("rules %q, want cap-2 for a name that was used before", got)
	}
	if got := blocking(Rules{}.Lint([]Document{d, d})); !slices.Equal(got, []string{"cap-2"}) {
		t.Errorf("rules %q, want cap-2 for a name used twice", got)
	}
}

func TestWarningsDoNotBlock(t *testing.T) {
	d := story(t, newDesk(t, nil), channeltest.Sample{})[0][0]
	for _, c := range []struct{ rule, name, old, new string }{
		{"cap-3", "a life of ten minutes", "<expires>2026-11-13T19:05", "<expires>2026-11-13T15:15"},
		{"cap-10", "911 as a number to call", "<valueName>CMAMtext</valueName><value>", "<valueName>CMAMtext</valueName><value>Call 911. "},
		{"cap-10", "no place", "<valueName>CMAMlongtext</valueName><value>West Hartford", "<valueName>CMAMlongtext</valueName><value>Here"},
	} {
		d := d
		d.XML = bytes.ReplaceAll(d.XML, []byte(c.old), []byte(c.new))
		after := Rules{}.Lint([]Document{d})
		if len(blocking(after)) != 0 {
			t.Errorf("%s blocks: %v", c.name, after)
		}
		var rules []string
		for _, f := range after {
			rules = append(rules, f.Rule)
		}
		if !slices.Contains(rules, c.rule) {
			t.Errorf("%s: warnings %q, want %s", c.name, rules, c.rule)
		}
	}
}

func TestRule10TellsANumberToCallFromOtherWordsOf911(t *testing.T) {
	for text, want := range map[string]bool{
		"Call 911.": true, "Please dial 911 now": true, "Llame al 911": true,
		"Do not call 911 to test it.": false, "Call 911 from a landline.": false, "Elsewhere, call 911.": false, "Call 911 first.": false,
		"No llame al 911 para probarlo.": false, "Llame al 911 desde un celular.": false, "En otros lugares, llame al 911.": false, "Text 911.": false,
	} {
		got := slices.ContainsFunc(dialsForm.FindAllStringSubmatch(text, -1), func(m []string) bool { return m[1] == "" && m[2] == "" })
		if got != want {
			t.Errorf("%q gives 911 as a number to call: %v, want %v", text, got, want)
		}
	}
}

func TestDocumentsOfOneOutlineAreNoticed(t *testing.T) {
	book := atlas(t) // without outlines of towns, both have that of their region
	m := message(channeltest.Sample{Towns: 2}, 0)
	findings, err := deskOver(t, book, nil).Lint(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		if f.Rule == "cap-8" && !f.Block && strings.Contains(f.Text, "phones there hear both") {
			return
		}
	}
	t.Errorf("findings %v, want a warning that phones hear both", findings)
}
