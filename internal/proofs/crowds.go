package proofs

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"callbox/channels"
	"callbox/channels/cap"
	"callbox/channels/discord"
	"callbox/channels/mastodon"
	"callbox/templates"
)

// discord reads the post, whose content is in every language and whose embeds are in one each.
func (r readers) discord(m channels.Message) ([]Proof, error) {
	post, err := discord.Compose(m)
	if err != nil {
		return nil, err
	}
	out := []Proof{r.proof(channels.Discord, m.Texts[0].Lang, "content", post.Content).atMost(contentMax)}
	for i, e := range post.Embeds {
		lang := m.Texts[i].Lang
		out = append(out, r.proof(channels.Discord, lang, "embed title", e.Title).atMost(embedTitle),
			r.proof(channels.Discord, lang, "embed text", e.Description).atMost(embedText))
	}
	return out, nil
}

// mastodon reads the statuses, in which a link counts the same however long it is.
func (r readers) mastodon(m channels.Message, l mastodon.Limits) ([]Proof, error) {
	posts, err := mastodon.Compose(m, l)
	if err != nil {
		return nil, err
	}
	of := map[templates.Lang]int{}
	for _, p := range posts {
		of[p.Lang]++
	}
	var out []Proof
	n := 0
	for _, post := range posts {
		if n++; post.First {
			n = 1
		}
		p := r.proof(channels.Mastodon, post.Lang, fmt.Sprintf("status %d/%d", n, of[post.Lang]), post.Status).atMost(l.Chars)
		if at := strings.LastIndex(post.Status, "http"); at >= 0 && l.URL > 0 {
			p.Length += l.URL - utf8.RuneCountInString(post.Status[at:])
		}
		out = append(out, p)
	}
	return out, nil
}

// feed reads the documents back, as an aggregator does.
func (r readers) feed(docs []cap.Document) ([]Proof, error) {
	var out []Proof
	for _, d := range docs {
		alert, err := cap.Parse(d.XML)
		if err != nil {
			return nil, fmt.Errorf("read document %s back: %w", d.Identifier, err)
		}
		for _, info := range alert.Infos {
			out = append(out, r.info(alert.Identifier, info)...)
		}
	}
	return out, nil
}

func (r readers) info(document string, info cap.Info) []Proof {
	primary, _, _ := strings.Cut(info.Language, "-")
	entry := func(field, text string, limit int) Proof {
		return r.proof(channels.CAP, templates.Lang(primary), document+" "+field, text).atMost(limit)
	}
	out := []Proof{
		entry("headline", info.Headline, headMax),
		entry("description", info.Description, proseMax),
		entry("instruction", info.Instruction, proseMax-utf8.RuneCountInString(info.Description)),
	}
	for _, a := range info.Areas {
		out = append(out, entry("areaDesc", a.Desc, placeMax))
	}
	for _, text := range info.Parameter("CMAMtext") {
		out = append(out, entry("CMAMtext", text, shortMax))
	}
	for _, text := range info.Parameter("CMAMlongtext") {
		out = append(out, entry("CMAMlongtext", text, longMax))
	}
	return out
}
