package discord

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/bwmarrin/discordgo"
	"pgregory.net/rapid"

	"callbox/channels"
	"callbox/channels/channeltest"
	"callbox/channels/crowd/crowdtest"
	"callbox/outages"
	"callbox/templates"
)

const page = "https://callbox.example.org/o/o-2026-1113"

func message(mode outages.Mode, texts ...templates.Text) channels.Message {
	m := channeltest.Message(mode)
	m.Texts, m.Page = texts, page
	return m
}

// Promises 2 and 3, and every limit of Discord, over texts of all sizes with hostile words.
func TestAPostKeepsEveryLimitAndEveryWordThatMustStay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mode := rapid.SampledFrom(channeltest.Modes).Draw(t, "mode")
		m := message(mode, rapid.SliceOfN(crowdtest.Texts(mode), 1, 4).Draw(t, "texts")...)
		p, err := Compose(m)
		if err != nil {
			t.Fatalf("Compose: %v", err)
		}
		checkLimits(t, p)
		for i, e := range p.Embeds {
			for _, s := range append(strings.Split(p.Content, "\n"), e.Title, e.Description) {
				if marked := regexp.MustCompile(`^(DRILL|SIMULACRO)`).MatchString(s); marked != (mode != outages.Live) {
					t.Errorf("%s: %q", mode, s)
				}
			}
			checkWords(t, e.Description, m.Texts[i])
		}
	})
}

func checkLimits(t *rapid.T, p *discordgo.WebhookParams) {
	total := 0
	if n := utf8.RuneCountInString(p.Content); n > 2000-notice || n == 0 {
		t.Errorf("content of %d characters", n)
	}
	if len(p.Embeds) == 0 || len(p.Embeds) > 10 {
		t.Errorf("%d embeds", len(p.Embeds))
	}
	for _, e := range p.Embeds {
		title, description := utf8.RuneCountInString(e.Title), utf8.RuneCountInString(e.Description)
		if title > 256 || title == 0 || description > 4096 || description == 0 {
			t.Errorf("title of %d and description of %d characters", title, description)
		}
		total += title + description
	}
	if total > 6000 {
		t.Errorf("embeds of %d characters together", total)
	}
}

// checkWords checks that what may not be dropped stands, and that the link says how many numbers do not.
func checkWords(t *rapid.T, description string, text templates.Text) {
	for _, c := range append(append([]templates.Clause{}, text.Opening...), text.Closing...) {
		if c.Rank == templates.Keep && !strings.Contains(description, escape(c.Text)) {
			t.Errorf("%q is missing of\n%s", c.Text, description)
		}
	}
	missing := 0
	for _, p := range text.Parts {
		for _, n := range p.Numbers {
			if !strings.Contains(description, n.Local) {
				missing++
			}
		}
	}
	if !strings.HasSuffix(description, ": "+page) {
		t.Errorf("no link at the end of\n%s", description)
	}
	if said := strings.Contains(description, fmt.Sprintf("\n(+%d) ", missing)); said != (missing > 0) {
		t.Errorf("%d numbers are missing, said so: %t, in\n%s", missing, said, description)
	}
}

func TestATextThatJustFitsIsWholeAndOneCharacterMoreIsNot(t *testing.T) {
	number := templates.Number{Local: "860-555-0101"}
	text := func(n int) templates.Text {
		return templates.Text{Topic: "911 outage", Title: "911 outage: Hartford", More: "More", Parts: []templates.Part{{
			Name: "Hartford", Numbers: []templates.Number{number},
			Clauses: []templates.Clause{{Text: strings.Repeat("x", n)}, {Text: "Call " + number.Local + "."}},
		}}}
	}
	rest := size(" Call 860-555-0101.\n\nMore: " + page)
	for _, c := range []struct {
		n     int
		whole bool
	}{{maxDescription - rest, true}, {maxDescription - rest + 1, false}} {
		p, err := Compose(message(outages.Live, text(c.n)))
		if err != nil {
			t.Fatalf("%d characters: %v", c.n, err)
		}
		d := p.Embeds[0].Description
		if got := strings.Contains(d, number.Local); got != c.whole {
			t.Errorf("%d characters: the number stands: %t, want %t", c.n, got, c.whole)
		}
		if c.whole && size(d) != maxDescription {
			t.Errorf("a description of %d characters, want exactly %d", size(d), maxDescription)
		}
	}
}

func TestATitleThatIsTooLongGivesWayToItsTopic(t *testing.T) {
	for n, want := range map[int]string{maxTitle: strings.Repeat("x", maxTitle), maxTitle + 1: "911 outage"} {
		p, err := Compose(message(outages.Live, templates.Text{
			Topic: "911 outage", Title: strings.Repeat("x", n), Parts: []templates.Part{{Name: "Hartford"}},
		}))
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Embeds[0].Title; got != want {
			t.Errorf("a title of %d characters became one of %d", n, len(got))
		}
	}
}

func TestLanguagesWithoutRoomAreLeftOutTheLastFirst(t *testing.T) {
	long := templates.Text{Topic: "911 outage", Title: "911 outage", Opening: []templates.Clause{{Text: strings.Repeat("x", 2500)}}}
	p, err := Compose(message(outages.Live, long, long, long))
	if err != nil || len(p.Embeds) != 2 {
		t.Fatalf("%d embeds, %v; want two of three languages", len(p.Embeds), err)
	}
	long.Opening[0].Text = strings.Repeat("x", maxDescription)
	if _, err := Compose(message(outages.Live, long)); err == nil {
		t.Error("a text without room for its link was composed")
	}
	short := templates.Text{Topic: "911 outage", Title: "911 outage"}
	p, err = Compose(message(outages.Live, short, short, short, short, short, short, short, short, short, short, short, short))
	if err != nil || len(p.Embeds) != maxEmbeds {
		t.Errorf("%d embeds, %v; want %d", len(p.Embeds), err, maxEmbeds)
	}
}

func TestNothingTypedCallsLinksOrFormats(t *testing.T) {
	bad := regexp.MustCompile("[@＠][^ @＠]|(^|[^\\\\])[*_~`|<>#\\[\\]]|https?://|^[-+] |^[0-9]+\\. ")
	for _, in := range crowdtest.Hostile {
		if got := escape(in); bad.MatchString(strings.ReplaceAll(got, `\\`, "")) {
			t.Errorf("escape(%q) = %q", in, got)
		}
	}
	for in, want := range map[string]string{
		"Call 860-555-0101 (police).":   "Call 860-555-0101 (police).",
		"2:45 PM, Main St. & 5th":       "2:45 PM, Main St. & 5th",
		"[x](https://example.org)":      `\[x\](https:\//example.org)`,
		"@@everyone":                    "@@ everyone",
		"1. go":                         `1\. go`,
		"- go":                          `\- go`,
		`\*`:                            `\\\*`,
		"desde las 2:45 p. m. en año ñ": "desde las 2:45 p. m. en año ñ",
	} {
		if got := escape(in); got != want {
			t.Errorf("escape(%q) = %q, want %q", in, got, want)
		}
	}
	p, err := Compose(channeltest.Message(outages.Live))
	if err != nil || p.AllowedMentions == nil || p.AllowedMentions.Parse == nil || len(p.AllowedMentions.Parse) != 0 {
		t.Errorf("allowed mentions %+v, %v; want an empty list and not none", p.AllowedMentions, err)
	}
}

func TestAPostReadsAsItShould(t *testing.T) {
	p, err := Compose(channeltest.Sample{Mode: outages.Drill, Towns: 2}.Message())
	if err != nil {
		t.Fatal(err)
	}
	want := strings.TrimSpace(`
DRILL: Capitol Region Emergency Communications: since 2:45 PM calls to 911 do not go through.

**West Hartford**
West Hartford: call police 860-555-0101. Tell them where you are first. You can also text 911.

**Newington**
Newington: call police 860-555-0102. Tell them where you are first. You can also text 911.

Do not call 911 to test it. Next update by 3:45 PM.

Full list of numbers: ` + page)
	if got := p.Embeds[0].Description; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got, want := p.Content, "DRILL: 911 outage: West Hartford and Newington\nSIMULACRO: Falla del 911: West Hartford y Newington"; got != want {
		t.Errorf("content %q, want %q", got, want)
	}
}
